/* Time: see time.h. */
#include "core/time.h"

#include <inttypes.h>
#include <time.h>

static double seconds_of(clockid_t clock) {
  struct timespec t;
  (void)clock_gettime(clock, &t); /* cannot fail for the two clocks below */
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double pi_time_now(void) { return seconds_of(CLOCK_REALTIME); }

double pi_time_monotonic(void) { return seconds_of(CLOCK_MONOTONIC); }

int pi_time_iso(char text[PI_TIME_ISO_SIZE], int64_t seconds, pi_err *err) {
  time_t t = (time_t)seconds;
  struct tm parts;
  if (gmtime_r(&t, &parts) == NULL || parts.tm_year < -1900 || parts.tm_year > 9999 - 1900)
    return pi_err_set(err, "ERANGE", "format %" PRId64 ": year out of range", seconds);
  char wide[128]; /* what the compiler sees as possible */
  (void)snprintf(wide, sizeof wide, "%04d-%02d-%02dT%02d:%02d:%02dZ", parts.tm_year + 1900, parts.tm_mon + 1,
                 parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
  memcpy(text, wide, PI_TIME_ISO_SIZE);
  return 0;
}
