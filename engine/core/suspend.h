/* Suspension: SIGTSTP (Ctrl-Z at a terminal) as a question that the program answers when its screen and its children
 * are in order, and SIGCONT as news.
 *
 *   pi_suspend_catch(true, &err)   while there is something to put in order; with false SIGTSTP acts by itself again
 *   pi_suspend_asked()             now and then: is this process to stop?
 *   pi_suspend_stop()              stops it, as SIGTSTP would have; returns when it goes on, with the seconds between
 *   pi_suspend_continued()         has it gone on since the last call? Also after a SIGSTOP, which nobody is asked
 * about
 *
 * Who does not answer is not waited for: a second SIGTSTP stops the process at once. A SIGTSTP that was ignored when
 * the program started stays ignored. */
#ifndef PIENV_CORE_SUSPEND_H
#define PIENV_CORE_SUSPEND_H

#include <stdbool.h>

#include "core/err.h"

/* -1: "handle signal: <reason>". */
int pi_suspend_catch(bool on, pi_err *err);
bool pi_suspend_asked(void);
double pi_suspend_stop(void);
bool pi_suspend_continued(void);

#endif
