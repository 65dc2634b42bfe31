/* Suspension: a SIGTSTP is a question, its answer stops the process, and SIGCONT is news. Each test is a child that a
 * parent, its shell, sees stop and makes go on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/suspend.h"

enum { PASSED = 7 };

/* Exits with its line where it does not hold. */
#define MUST(condition)                           \
  do {                                            \
    if (!(condition)) _exit(__LINE__ % 200 + 50); \
  } while (0)

/* Runs `body` in a process group of its own and continues it whenever it stops; returns how often that was. */
static int stops_of(void (*body)(void)) {
  int status, stops = 0;
  const struct timespec pause = {.tv_nsec = 200000000};
  pid_t child = fork();
  if (child == 0) {
    (void)setpgid(0, 0); /* as a shell does: a group that is not orphaned */
    body();
    _exit(PASSED);
  }
  assert_true(child > 0);
  for (;;) {
    pid_t ended = waitpid(child, &status, WUNTRACED);
    if (ended < 0 && errno == EINTR) continue;
    assert_int_equal(ended, child);
    if (!WIFSTOPPED(status)) break;
    stops++;
    (void)nanosleep(&pause, NULL);
    assert_int_equal(kill(child, SIGCONT), 0);
  }
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), PASSED);
  return stops;
}

static void answer(void) {
  MUST(pi_suspend_catch(true, NULL) == 0);
  MUST(!pi_suspend_asked() && !pi_suspend_continued());
  (void)raise(SIGTSTP);
  MUST(pi_suspend_asked());
  double seconds = pi_suspend_stop();
  MUST(seconds > 0.1 && seconds < 60);
  MUST(!pi_suspend_asked());
  MUST(pi_suspend_continued() && !pi_suspend_continued());
  (void)raise(SIGTSTP);
  MUST(pi_suspend_asked());
  (void)pi_suspend_stop();
}

static void a_stop_is_asked_for_and_answered(void **state) {
  (void)state;
  assert_int_equal(stops_of(answer), 2);
}

static void silence(void) {
  MUST(pi_suspend_catch(true, NULL) == 0);
  (void)raise(SIGTSTP);
  (void)raise(SIGTSTP); /* stops here */
  MUST(!pi_suspend_asked());
  MUST(pi_suspend_continued());
}

static void a_second_one_does_not_wait(void **state) {
  (void)state;
  assert_int_equal(stops_of(silence), 1);
}

static void leave(void) {
  MUST(pi_suspend_catch(true, NULL) == 0);
  (void)raise(SIGTSTP);
  MUST(pi_suspend_catch(false, NULL) == 0); /* stops here */
  MUST(!pi_suspend_asked());
  (void)raise(SIGTSTP); /* and here */
  MUST(!pi_suspend_asked());
}

static void a_question_that_is_open_at_the_end_is_answered(void **state) {
  (void)state;
  assert_int_equal(stops_of(leave), 2);
}

static void ignore(void) {
  (void)signal(SIGTSTP, SIG_IGN);
  MUST(pi_suspend_catch(true, NULL) == 0);
  (void)raise(SIGTSTP);
  MUST(!pi_suspend_asked());
}

static void ignored_at_start_stays_ignored(void **state) {
  (void)state;
  assert_int_equal(stops_of(ignore), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_stop_is_asked_for_and_answered),
      cmocka_unit_test(a_second_one_does_not_wait),
      cmocka_unit_test(a_question_that_is_open_at_the_end_is_answered),
      cmocka_unit_test(ignored_at_start_stays_ignored),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
