/* Interrupts: see interrupt.h. State: the pending signal, and a non-blocking pipe that wakes poll(). */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/interrupt.h"
#include "core/time.h"

static const int handled[] = {SIGINT, SIGTERM, SIGHUP};

static volatile sig_atomic_t pending;
static volatile double pending_since; /* on the monotonic clock; changed only where signals cannot come in between */
static int wake[2] = {-1, -1};

static void (*volatile watcher)(void *);
static void *volatile watcher_data;

/* Seconds after which a signal that nobody has taken shows that nobody ever will. */
static const double PATIENCE = 2;

static void tell_watcher(void) {
  void (*call)(void *) = watcher;
  if (call != NULL) call(watcher_data);
}

/* The write tells its caller itself. */
static void on_lost_reader(int signal_number) {
  (void)signal_number;
  tell_watcher();
}

static void set_pending(int signal_number) {
  if (pending == 0) pending_since = pi_time_monotonic();
  pending = signal_number;
  if (wake[1] >= 0) {
    ssize_t ignored = write(wake[1], "!", 1); /* a full pipe is readable already */
    (void)ignored;
  }
  tell_watcher();
}

static void on_signal(int signal_number) {
  int saved = errno;
  if (pending != 0 && pi_time_monotonic() - pending_since > PATIENCE) {
    (void)signal(signal_number, SIG_DFL);
    (void)raise(signal_number); /* blocked until the handler returns, then the end */
  }
  set_pending(signal_number);
  errno = saved;
}

int pi_interrupt_install(pi_err *err) {
  if (wake[0] < 0 && pipe2(wake, O_CLOEXEC | O_NONBLOCK) < 0) return pi_err_os(err, errno, "create", "interrupt pipe");
  for (size_t i = 0; i < sizeof handled / sizeof handled[0]; i++) {
    struct sigaction old, action = {.sa_handler = on_signal};
    (void)sigfillset(&action.sa_mask);
    if (sigaction(handled[i], NULL, &old) == 0 && old.sa_handler == SIG_IGN) continue;
    if (sigaction(handled[i], &action, NULL) < 0) return pi_err_os(err, errno, "handle", "signal");
  }
  struct sigaction lost = {.sa_handler = on_lost_reader, .sa_flags = SA_RESTART};
  (void)sigemptyset(&lost.sa_mask);
  (void)sigaction(SIGPIPE, &lost, NULL);
  (void)signal(SIGXFSZ, SIG_IGN);
  return 0;
}

int pi_interrupt_pending(void) { return pending; }

/* The handler must not run between the two halves: the pipe would be empty while a signal is pending, and a poll()
 * would sleep through it. */
int pi_interrupt_take(void) {
  char drained[16];
  sigset_t all, before;
  (void)sigfillset(&all);
  (void)sigprocmask(SIG_BLOCK, &all, &before);
  int signal_number = pending;
  pending = 0;
  if (wake[0] >= 0)
    while (read(wake[0], drained, sizeof drained) > 0) continue;
  (void)sigprocmask(SIG_SETMASK, &before, NULL);
  return signal_number;
}

void pi_interrupt_request(int signal_number) {
  sigset_t all, before;
  (void)sigfillset(&all);
  (void)sigprocmask(SIG_BLOCK, &all, &before);
  set_pending(signal_number);
  (void)sigprocmask(SIG_SETMASK, &before, NULL);
}

void pi_interrupt_watch(void (*call)(void *data), void *data) {
  watcher = NULL; /* never one's call with another one's data */
  watcher_data = data;
  watcher = call;
}

int pi_interrupt_fd(void) { return wake[0]; }

void pi_interrupt_reraise(int signal_number) {
  sigset_t only;
  (void)signal(signal_number, SIG_DFL);
  (void)sigemptyset(&only);
  (void)sigaddset(&only, signal_number);
  (void)sigprocmask(SIG_UNBLOCK, &only, NULL);
  (void)raise(signal_number);
  _exit(128 + signal_number); /* only where the default action is not to end */
}
