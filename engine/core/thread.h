/* Threads that help the one that calls: they handle no signal and see no Lua. */
#ifndef PIENV_CORE_THREAD_H
#define PIENV_CORE_THREAD_H

#include <pthread.h>

/* Starts a thread, to be joined, with a small stack (256 KiB). All signals are blocked in it: they are handled in the
 * program's first thread, whose waits they end. Returns 0 or an errno; whoever can goes on without the thread. */
int pi_thread_start(pthread_t *thread, void *(*run)(void *argument), void *argument);

#endif
