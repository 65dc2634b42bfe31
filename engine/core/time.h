/* Clocks and time stamps. */
#ifndef PIENV_CORE_TIME_H
#define PIENV_CORE_TIME_H

#include <stdint.h>

#include "core/err.h"

/* Seconds since 1970-01-01T00:00:00Z, without leap seconds. May jump: for time stamps. */
double pi_time_now(void);

/* Seconds since some moment; never goes back: for durations. May be called in a signal handler. */
double pi_time_monotonic(void);

#define PI_TIME_ISO_SIZE 21

/* "2026-01-02T03:04:05Z" and a NUL. -1: "format SECONDS: year out of range", ERANGE, outside the years 0 to 9999. */
int pi_time_iso(char text[PI_TIME_ISO_SIZE], int64_t seconds, pi_err *err);

#endif
