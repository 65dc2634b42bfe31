/* Interrupts: SIGINT, SIGTERM and SIGHUP as a state that the program asks for, never as an abrupt end.
 *
 *   pi_interrupt_install(&err)        once, in main
 *   pi_interrupt_pending()            in long loops: the signal, or 0
 *   pi_interrupt_fd()                 for poll(): readable while a signal is pending
 *   pi_interrupt_take()               the program starts its clean-up: returns the signal and forgets it, so that
 *                                     the clean-up is not interrupted itself (a second signal interrupts that too)
 *   pi_interrupt_request(signal)      as if that signal had arrived: for a closed pipe (SIGPIPE)
 *   pi_interrupt_watch(call, data)    for who does not want to ask: called by the signal's handler
 *   pi_interrupt_reraise(signal)      the last thing: ends this process by the signal, as its caller expects
 *
 * A signal that nobody has taken for two seconds means that the program hangs where it asks no more (a pattern that
 * takes for ever to match): the next one then ends it at once, without clean-up.
 *
 * SIGPIPE and SIGXFSZ end nothing: a write then fails with EPIPE, or EFBIG past `ulimit -f`. Children get the default
 * actions back (process.h). A signal that was ignored when the program started (nohup) stays ignored. */
#ifndef PIENV_CORE_INTERRUPT_H
#define PIENV_CORE_INTERRUPT_H

#include "core/err.h"

int pi_interrupt_install(pi_err *err);
int pi_interrupt_pending(void);
int pi_interrupt_take(void);
int pi_interrupt_fd(void);
void pi_interrupt_request(int signal_number);

/* Has `call` called, with `data`, when a signal has become pending, and when a pipe that was written to has lost its
 * reader (nothing is pending then). It runs in the handler, in the thread that the signal came to, and may do only what
 * a handler may. NULL: no more. One watcher at a time. */
void pi_interrupt_watch(void (*call)(void *data), void *data);
_Noreturn void pi_interrupt_reraise(int signal_number);

#endif
