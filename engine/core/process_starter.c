/* A thread that starts children, one after the other, while the caller goes on: see process_internal.h.
 *
 * vfork holds the thread that calls it until the child runs its program, which is most of what a short child costs; and
 * only that thread. It lives as long as the loop, for the kernel kills a child when the thread that started it ends
 * (process_exec.c). */
#include <pthread.h>
#include <stdlib.h>

#include "core/process_internal.h"
#include "core/thread.h"

struct pi_process_starter {
  pthread_mutex_t mutex; /* of all below */
  pthread_cond_t queued, done;
  pi_process_start *first, *last;
  bool over;
  pthread_t thread;
};

void pi_process_start_now(pi_process_start *start) {
  start->failed = pi_process_exec(&start->pid, start->plan, start->ends.fds);
  pi_process_drop_ends(&start->ends);
  if (start->failed.errnum == 0 && start->pidfd) start->watch = pi_process_pidfd(start->pid);
}

/* The next one to start, off the queue; NULL: it is over. */
static pi_process_start *next_of(pi_process_starter *t) {
  while (t->first == NULL && !t->over) (void)pthread_cond_wait(&t->queued, &t->mutex);
  pi_process_start *s = t->first;
  if (s == NULL) return NULL;
  t->first = s->next;
  if (t->first == NULL) t->last = NULL;
  return s;
}

static void *start_all(void *argument) {
  pi_process_starter *t = argument;
  pi_process_start *s;
  (void)pthread_mutex_lock(&t->mutex);
  while ((s = next_of(t)) != NULL) {
    (void)pthread_mutex_unlock(&t->mutex);
    pi_process_start_now(s);
    (void)pthread_mutex_lock(&t->mutex);
    atomic_store(&s->pending, false);
    (void)pthread_cond_signal(&t->done);
  }
  (void)pthread_mutex_unlock(&t->mutex);
  return NULL;
}

pi_process_starter *pi_process_starter_new(void) {
  pi_process_starter *t = calloc(1, sizeof *t);
  if (t == NULL) return NULL;
  t->mutex = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
  t->queued = t->done = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
  if (pi_thread_start(&t->thread, start_all, t) == 0) return t;
  free(t);
  return NULL;
}

void pi_process_starter_add(pi_process_starter *starter, pi_process_start *start) {
  atomic_store(&start->pending, true);
  start->next = NULL;
  (void)pthread_mutex_lock(&starter->mutex);
  *(starter->last != NULL ? &starter->last->next : &starter->first) = start;
  starter->last = start;
  (void)pthread_cond_signal(&starter->queued);
  (void)pthread_mutex_unlock(&starter->mutex);
}

void pi_process_starter_wait(pi_process_starter *starter, pi_process_start *start) {
  if (!atomic_load(&start->pending)) return;
  (void)pthread_mutex_lock(&starter->mutex);
  while (atomic_load(&start->pending)) (void)pthread_cond_wait(&starter->done, &starter->mutex);
  (void)pthread_mutex_unlock(&starter->mutex);
}

void pi_process_starter_free(pi_process_starter *starter) {
  if (starter == NULL) return;
  (void)pthread_mutex_lock(&starter->mutex);
  starter->over = true;
  (void)pthread_cond_signal(&starter->queued);
  (void)pthread_mutex_unlock(&starter->mutex);
  (void)pthread_join(starter->thread, NULL);
  free(starter);
}
