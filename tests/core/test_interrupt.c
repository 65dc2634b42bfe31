/* Interrupts: a signal is a state that is asked for, taken once, and passed on at the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/interrupt.h"

enum { STORM = 20000 };

static int readable(void) {
  struct pollfd wake = {.fd = pi_interrupt_fd(), .events = POLLIN};
  int n;
  while ((n = poll(&wake, 1, 0)) < 0 && errno == EINTR) continue;
  return n == 1;
}

static int install(void **state) {
  (void)state;
  return pi_interrupt_install(NULL);
}

static void pending_until_taken(void **state) {
  (void)state;
  assert_int_equal(pi_interrupt_pending(), 0);
  assert_false(readable());
  assert_int_equal(raise(SIGTERM), 0);
  assert_int_equal(pi_interrupt_pending(), SIGTERM);
  assert_true(readable());
  assert_int_equal(pi_interrupt_take(), SIGTERM);
  assert_int_equal(pi_interrupt_take(), 0);
  assert_int_equal(pi_interrupt_pending(), 0);
  assert_false(readable());
}

static void closed_pipe_is_an_error_not_a_signal(void **state) {
  (void)state;
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  assert_int_equal(close(ends[0]), 0);
  assert_int_equal(write(ends[1], "x", 1), -1);
  assert_int_equal(errno, EPIPE);
  assert_int_equal(close(ends[1]), 0);
}

/* Runs `body` in a child and returns how the child ended, as from waitpid. */
static int in_child(void (*body)(void)) {
  int status;
  pid_t child = fork();
  if (child == 0) {
    body();
    _exit(0);
  }
  assert_true(child > 0);
  while (waitpid(child, &status, 0) < 0) assert_int_equal(errno, EINTR);
  return status;
}

static void reraise_term(void) { pi_interrupt_reraise(SIGTERM); }

static void ends_by_the_same_signal(void **state) {
  (void)state;
  int status = in_child(reraise_term);
  assert_true(WIFSIGNALED(status));
  assert_int_equal(WTERMSIG(status), SIGTERM);
}

static void raise_twice(unsigned milliseconds) {
  struct timespec pause = {.tv_sec = milliseconds / 1000, .tv_nsec = (long)(milliseconds % 1000) * 1000000};
  (void)pi_interrupt_take();
  (void)raise(SIGTERM);
  while (nanosleep(&pause, &pause) < 0 && errno == EINTR) continue;
  (void)raise(SIGINT);
}

static void raise_soon_again(void) { raise_twice(100); }
static void raise_late_again(void) { raise_twice(2100); }

static void second_signal_ends_what_hangs(void **state) {
  (void)state;
  assert_int_equal(in_child(raise_soon_again), 0);
  int status = in_child(raise_late_again);
  assert_true(WIFSIGNALED(status));
  assert_int_equal(WTERMSIG(status), SIGINT);
}

static void ignore_then_raise(void) {
  (void)signal(SIGHUP, SIG_IGN);
  if (pi_interrupt_install(NULL) < 0) _exit(1);
  (void)raise(SIGHUP);
  if (pi_interrupt_pending() != 0) _exit(2);
}

static void ignored_at_start_stays_ignored(void **state) {
  (void)state;
  assert_int_equal(in_child(ignore_then_raise), 0);
}

/* Signals that arrive while one is taken: the descriptor is readable exactly while a signal is pending, so that a
 * poll() neither sleeps through one nor spins without one. */
static void signals_while_taking(void **state) {
  (void)state;
  pid_t target = getpid(), storm = fork();
  if (storm == 0) {
    for (int i = 0; i < STORM; i++) (void)kill(target, i % 2 ? SIGINT : SIGTERM);
    _exit(0);
  }
  assert_true(storm > 0);
  sigset_t handled, before;
  (void)sigemptyset(&handled);
  (void)sigaddset(&handled, SIGINT);
  (void)sigaddset(&handled, SIGTERM);
  for (int status; waitpid(storm, &status, WNOHANG) != storm;) {
    (void)pi_interrupt_take();
    (void)sigprocmask(SIG_BLOCK, &handled, &before);
    int pending = pi_interrupt_pending(), awake = readable();
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    assert_int_equal(awake, pending != 0);
  }
  (void)pi_interrupt_take();
  assert_false(readable());
}

static volatile sig_atomic_t told;

static void count(void *data) { told = told + *(const int *)data; }

static void a_watcher_hears_of_signals_and_lost_readers(void **state) {
  (void)state;
  int one = 1, ends[2];
  told = 0;
  pi_interrupt_watch(count, &one);
  assert_int_equal(raise(SIGINT), 0);
  assert_int_equal(told, 1);
  assert_int_equal(pi_interrupt_take(), SIGINT);
  assert_int_equal(pipe(ends), 0);
  (void)close(ends[0]);
  assert_int_equal(write(ends[1], "x", 1), -1);
  assert_int_equal(told, 2);
  assert_int_equal(pi_interrupt_pending(), 0);
  pi_interrupt_watch(NULL, NULL);
  assert_int_equal(write(ends[1], "x", 1), -1);
  assert_int_equal(told, 2);
  (void)close(ends[1]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_watcher_hears_of_signals_and_lost_readers),
      cmocka_unit_test(pending_until_taken),
      cmocka_unit_test(closed_pipe_is_an_error_not_a_signal),
      cmocka_unit_test(ends_by_the_same_signal),
      cmocka_unit_test(ignored_at_start_stays_ignored),
      cmocka_unit_test(second_signal_ends_what_hangs),
      cmocka_unit_test(signals_while_taking),
  };
  return cmocka_run_group_tests(tests, install, NULL);
}
