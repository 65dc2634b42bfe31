/* Signals by name ("SIGTERM"), both ways, for messages and for callers that are not C. */
#ifndef PIENV_CORE_SIGNALS_H
#define PIENV_CORE_SIGNALS_H

#include "core/err.h"

/* "SIGKILL" for SIGKILL, also for numbers that pi_signal_number does not take; "SIGUNKNOWN" without a name. Static. */
const char *pi_signal_name(int number);

/* The number of a POSIX signal's name; 0 where there is none. Real-time signals have no name here. */
int pi_signal_number(const char *name);

#endif
