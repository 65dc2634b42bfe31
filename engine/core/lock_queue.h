/* Waiting for a lock (core/lock.h) in the kernel's own queue: who came first gets it first.
 *
 *   pi_lock_queue *queue;
 *   if (pi_lock_queue_enter(&queue, path, PI_LOCK_EXCLUSIVE, -1, &err) < 0) ...      no thread to be had, ...
 *   while ((taken = pi_lock_queue_ask(queue, &lock, &err)) == 0) ...                 other work, a short sleep
 *   pi_lock_queue_leave(queue);
 *
 * A thread blocks in flock() on behalf of the caller, who goes on with his work: who asks again and again instead is
 * overtaken by everybody who happens to ask at the right moment. */
#ifndef PIENV_CORE_LOCK_QUEUE_H
#define PIENV_CORE_LOCK_QUEUE_H

#include "core/lock.h"

typedef struct pi_lock_queue pi_lock_queue;

/* Opens the file as pi_lock_try does and stands in line. -1: "lock <path>: <reason>". */
int pi_lock_queue_enter(pi_lock_queue **queue, const char *path, pi_lock_mode mode, int create_mode, pi_err *err);

/* 1: the lock is taken, and *lock's now. 0: not yet. -1: it will not be: "ESTALE" when the file was replaced, so that
 * one must stand in the line of the new one. */
int pi_lock_queue_ask(pi_lock_queue *queue, pi_lock *lock, pi_err *err);

/* Sleeps until asking is worth it, `seconds` have passed or a signal has come. Only where no other work is to be done.
 */
void pi_lock_queue_wait(const pi_lock_queue *queue, double seconds);

/* Leaves the line, and gives back a lock that was not taken over; frees. NULL is fine. */
void pi_lock_queue_leave(pi_lock_queue *queue);

#endif
