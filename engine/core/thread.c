/* Starting threads: see thread.h. */
#include <signal.h>

#include "core/thread.h"

enum { STACK = 256 * 1024 };

int pi_thread_start(pthread_t *thread, void *(*run)(void *argument), void *argument) {
  sigset_t all, before;
  pthread_attr_t attributes;
  int result = pthread_attr_init(&attributes);
  if (result != 0) return result;
  (void)pthread_attr_setstacksize(&attributes, STACK);
  (void)sigfillset(&all);
  (void)pthread_sigmask(SIG_SETMASK, &all, &before);
  result = pthread_create(thread, &attributes, run, argument);
  (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
  (void)pthread_attr_destroy(&attributes);
  return result;
}
