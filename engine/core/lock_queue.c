/* Waiting for a lock: see lock_queue.h. A signal that nothing else uses ends the thread's wait. */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <time.h>

#include "core/io.h"
#include "core/lock_queue.h"

/* Takes the lock of an open file; EINTR when a signal came. */
static int os_wait(int fd, pi_lock_mode mode);

/* A descriptor that can be read from once os_ring was called; -1 and errno. */
static int os_bell(void);
static void os_ring(int bell);

/* Ignored by default, and nobody sends it but the kernel for sockets with urgent data, which pienv has none of. */
enum { WAKE = SIGURG };

enum { STACK = 64 * 1024 };

struct pi_lock_queue {
  pi_lock lock;
  pi_lock_mode mode;
  pthread_t thread;
  int bell; /* rung when it has ended */
  atomic_bool leaving, ended;
  int errnum;  /* once it has ended; 0: the lock is taken */
  char path[]; /* as the caller named it */
};

static void *stand_in_line(void *argument) {
  pi_lock_queue *q = argument;
  int result;
  do result = os_wait(q->lock.fd, q->mode);
  while (result < 0 && errno == EINTR && !atomic_load(&q->leaving));
  q->errnum = result < 0 ? errno : 0;
  atomic_store(&q->ended, true);
  os_ring(q->bell);
  return NULL;
}

static void on_wake(int number) { (void)number; }

/* The signals of the program are handled in its first thread; this one takes only the one that ends its wait. */
static int start_thread(pi_lock_queue *q) {
  sigset_t others, before;
  pthread_attr_t attributes;
  struct sigaction action = {.sa_handler = on_wake}; /* without SA_RESTART */
  (void)sigemptyset(&action.sa_mask);
  (void)sigaction(WAKE, &action, NULL);
  if (pthread_attr_init(&attributes) != 0) return ENOMEM;
  (void)pthread_attr_setstacksize(&attributes, STACK);
  (void)sigfillset(&others);
  (void)sigdelset(&others, WAKE);
  (void)pthread_sigmask(SIG_BLOCK, &others, &before);
  int result = pthread_create(&q->thread, &attributes, stand_in_line, q);
  (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
  (void)pthread_attr_destroy(&attributes);
  return result;
}

int pi_lock_queue_enter(pi_lock_queue **queue, const char *path, pi_lock_mode mode, int create_mode, pi_err *err) {
  size_t size = strlen(path) + 1;
  pi_lock_queue *q = malloc(sizeof *q + size);
  if (q == NULL) return pi_err_os(err, ENOMEM, "lock", path);
  pi_lock_init(&q->lock);
  q->mode = mode;
  q->errnum = 0;
  q->bell = -1;
  atomic_init(&q->leaving, false);
  atomic_init(&q->ended, false);
  memcpy(q->path, path, size);
  int reason = 0, opened = pi_lock_open(&q->lock, path, create_mode, err);
  if (opened == 0 && (q->bell = os_bell()) < 0) reason = errno;
  if (opened == 0 && reason == 0) reason = start_thread(q);
  if (opened == 0 && reason == 0) {
    *queue = q;
    return 0;
  }
  pi_lock_release(&q->lock);
  pi_io_close(&q->bell);
  free(q);
  return opened < 0 ? -1 : pi_err_os(err, reason, "lock", path);
}

int pi_lock_queue_ask(pi_lock_queue *queue, pi_lock *lock, pi_err *err) {
  bool ended = atomic_load(&queue->ended);
  if (ended && queue->errnum != 0) return pi_err_os(err, queue->errnum, "lock", queue->path);
  int named = pi_lock_is_named(&queue->lock, queue->path, err);
  if (named == 0) return pi_err_set(err, "ESTALE", "lock %s: the file was replaced", queue->path);
  if (named < 0 || !ended) return named < 0 ? -1 : 0;
  *lock = queue->lock;
  pi_lock_init(&queue->lock);
  return 1;
}

void pi_lock_queue_wait(const pi_lock_queue *queue, double seconds) {
  struct pollfd bell = {.fd = queue->bell, .events = POLLIN};
  (void)poll(&bell, 1, seconds < 60 ? (int)(seconds * 1000) + 1 : 60000);
}

/* The signal may come before the thread waits, so it is sent until the thread has seen it. */
static void end_thread(pi_lock_queue *q) {
  const struct timespec moment = {.tv_nsec = 1000 * 1000};
  atomic_store(&q->leaving, true);
  while (!atomic_load(&q->ended)) {
    (void)pthread_kill(q->thread, WAKE);
    (void)nanosleep(&moment, NULL);
  }
  (void)pthread_join(q->thread, NULL);
}

void pi_lock_queue_leave(pi_lock_queue *queue) {
  if (queue == NULL) return;
  end_thread(queue);
  pi_lock_release(&queue->lock);
  pi_io_close(&queue->bell);
  free(queue);
}

static int os_bell(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

static void os_ring(int bell) {
  const uint64_t one = 1;
  (void)pi_io_write(bell, &one, sizeof one); /* it cannot be full: it is rung once */
}

static int os_wait(int fd, pi_lock_mode mode) { return flock(fd, mode == PI_LOCK_SHARED ? LOCK_SH : LOCK_EX); }
