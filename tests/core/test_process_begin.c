/* Children that a thread starts while the caller goes on: pi_process_begin. */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/process_internal.h"
#include "process_fixture.h"

enum { MANY = 60 };

static pi_process *all[MANY];
static bool no_threads; /* pthread_create fails */
static int threads;     /* started */

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument);

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument) {
  if (no_threads) return EAGAIN;
  threads++;
  return __real_pthread_create(thread, attributes, start, argument);
}

static double before_start, after_start; /* seconds that a start takes longer */

pi_process_failure __real_pi_process_exec(pid_t *pid, const pi_process_plan *plan, const int fds[3]);
pi_process_failure __wrap_pi_process_exec(pid_t *pid, const pi_process_plan *plan, const int fds[3]);

pi_process_failure __wrap_pi_process_exec(pid_t *pid, const pi_process_plan *plan, const int fds[3]) {
  pause_for(before_start);
  pi_process_failure failed = __real_pi_process_exec(pid, plan, fds);
  pause_for(after_start);
  return failed;
}

static int signals_to_us; /* to the process group of this program, which gets none */

int __real_kill(pid_t pid, int number);
int __wrap_kill(pid_t pid, int number);

int __wrap_kill(pid_t pid, int number) {
  if (pid != 0) return __real_kill(pid, number);
  signals_to_us++;
  return 0;
}

static void begin(int n, const char *const *argv) {
  pi_err err = {.message = ""};
  spec.argv = argv;
  if (pi_process_begin(&all[n], loop, &spec, &err) < 0) fail_msg("%s", err.message);
}

static void release_all(int count) {
  for (int i = 0; i < count; i++) pi_process_release(all[i]);
}

/* Handles news until so many have exited; what they wrote is in `out`, in the order of their ends. */
static void await_exits(int count) {
  while (count > 0) {
    pi_process_event event;
    const char *text;
    size_t size;
    assert_int_equal(pi_process_loop_wait(loop, 30, NULL), 0);
    for (; pi_process_loop_peek(loop, &event); pi_process_loop_pop(loop)) {
      if (event.type != PI_EVENT_EXIT) continue;
      count--;
      if (pi_process_captured(event.process, 1, &text, &size, &dropped)) keep(text, size, "");
    }
  }
}

/* The spec, its lists and its texts are overwritten at once, for nothing of them is needed any more. */
static void begin_number(int n) {
  char number[8], path[] = "PATH=/usr/bin:/bin", variable[16], folder[] = "/";
  const char *argv[] = {"sh", "-c", "echo $N; exit $N", NULL}, *envp[] = {path, variable, NULL};
  (void)snprintf(number, sizeof number, "%d", n);
  (void)snprintf(variable, sizeof variable, "N=%s", number);
  spec.envp = envp;
  spec.cwd = folder;
  begin(n, argv);
  memset(variable, 'x', sizeof variable - 1);
  memset(path, 'x', sizeof path - 1);
  memset(folder, 'x', sizeof folder - 1);
  memset(argv, 0, sizeof argv);
  memset(envp, 0, sizeof envp);
  spec.envp = NULL;
  spec.cwd = NULL;
}

static void run_many(void) {
  for (int i = 0; i < MANY; i++) begin_number(i);
  await_exits(MANY);
  for (int i = 0; i < MANY; i++) {
    const char *text;
    char expected[8];
    size_t size;
    assert_false(pi_process_is_pending(all[i]));
    assert_int_equal(pi_process_started(all[i], NULL), 0);
    assert_true(pi_process_pid(all[i]) > 0);
    assert_int_equal(pi_process_result_of(all[i])->status, i);
    assert_true(pi_process_captured(all[i], 1, &text, &size, &dropped));
    assert_int_equal(size, snprintf(expected, sizeof expected, "%d\n", i));
    assert_memory_equal(text, expected, size);
  }
  release_all(MANY);
}

static void what_is_begun_runs_with_what_it_was_given(void **state) {
  (void)state;
  threads = 0;
  run_many();
  assert_int_equal(threads, 1);
}

static void without_a_thread_all_is_the_same(void **state) {
  (void)state;
  no_threads = true;
  run_many();
  no_threads = false;
}

static void one_at_a_time_takes_no_thread(void **state) {
  (void)state;
  threads = 0;
  for (int i = 0; i < 3; i++) {
    begin(0, ARGV("true"));
    await_exits(1);
    release_all(1);
  }
  assert_int_equal(threads, 0);
}

static void fails(int n, const char *code, const char *message) {
  pi_err err;
  assert_int_equal(pi_process_started(all[n], &err), -1);
  assert_string_equal(err.code, code);
  assert_string_equal(err.message, message);
  assert_int_equal(pi_process_pid(all[n]), 0);
  assert_int_equal(pi_process_kill(all[n], SIGTERM, &err), -1);
  assert_string_equal(err.code, "ESRCH");
  pi_process_cancel(all[n]); /* nothing happens */
}

static void a_start_that_fails_is_told_and_has_no_event(void **state) {
  (void)state;
  int before = count_descriptors();
  begin(0, ARGV("sleep", "0.2"));
  begin(1, ARGV("/no/such/program"));
  spec.cwd = "/no/such/folder";
  begin(2, ARGV("true"));
  spec.cwd = NULL;
  spec.out.sink = spec.err.sink = PI_SINK_NULL; /* nothing but the thread can tell of it */
  begin(3, ARGV("no-such-program"));
  fails(1, "ENOENT", "run /no/such/program: No such file or directory");
  fails(2, "ENOENT", "enter /no/such/folder: No such file or directory");
  fails(3, "ENOENT", "run no-such-program: No such file or directory");
  await_exits(1);
  release_all(4);
  assert_true(count_descriptors() <= before);
  assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* nothing is left to reap */
}

/* With an output that ends, and without one. */
static void a_wait_returns_when_a_start_has_failed(void **state) {
  (void)state;
  begin(0, ARGV("sleep", "60"));
  for (int i = 1; i <= 2; i++) {
    pi_process_event event;
    begin(i, ARGV("no-such-program"));
    assert_int_equal(pi_process_loop_wait(loop, 60, NULL), 0);
    assert_false(pi_process_loop_peek(loop, &event));
    assert_false(pi_process_is_pending(all[i]));
    assert_int_equal(pi_process_started(all[i], NULL), -1);
    spec.out.sink = spec.err.sink = PI_SINK_NULL;
  }
  release_all(3);
}

static void what_is_pending_can_be_released_and_stopped(void **state) {
  (void)state;
  pid_t pids[MANY];
  for (int round = 0; round < 2; round++) {
    for (int i = 0; i < MANY; i++) begin(i, ARGV("sleep", "60"));
    if (round == 0) {
      release_all(MANY);
    } else {
      for (int i = 0; i < MANY; i++) pi_process_cancel(all[i]);
      for (int i = 0; i < MANY; i++) pids[i] = pi_process_pid(all[i]);
      await_exits(MANY);
      release_all(MANY);
      for (int i = 0; i < MANY; i++) assert_false(lives(pids[i]));
    }
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
  }
}

/* A time limit runs, input is fed, and lines come, whoever started the child. */
static void the_rest_of_the_spec_counts_too(void **state) {
  (void)state;
  spec.timeout = 0.3;
  begin(0, ARGV("sleep", "60"));
  begin(1, ARGV("sleep", "60"));
  spec.timeout = 0;
  spec.input = "fed";
  spec.input_size = 3;
  begin(2, ARGV("cat"));
  await_exits(3);
  assert_out("fed");
  assert_true(pi_process_result_of(all[0])->timed_out && pi_process_result_of(all[1])->timed_out);
  assert_false(pi_process_result_of(all[2])->timed_out);
  release_all(3);
}

static void a_limit_that_passes_before_a_start_stops_it_after_that(void **state) {
  (void)state;
  begin(0, ARGV("sleep", "60")); /* the next one is started by the thread */
  before_start = 0.2;
  spec.timeout = 0.05;
  begin(1, ARGV("sleep", "60"));
  await_exits(1);
  before_start = 0;
  assert_int_equal(signals_to_us, 0);
  assert_true(pi_process_result_of(all[1])->timed_out);
  assert_int_equal(pi_process_result_of(all[1])->status, SIGTERM);
  release_all(2);
}

/* Something that it left behind holds its output, so that only its exit can be told. */
static void an_exit_before_the_start_is_known_is_told(void **state) {
  (void)state;
  begin(0, ARGV("sleep", "60"));
  after_start = 0.2;
  double began = seconds_now();
  begin(1, SH("sleep 5 & echo $!"));
  await_exits(1);
  after_start = 0;
  pid_t left = (pid_t)atol(out);
  assert_true(left > 1 && kill(left, SIGKILL) == 0);
  assert_true(seconds_now() - began < 3);
  release_all(2);
  (void)waitpid(left, NULL, 0); /* ours by now, where this system lets us adopt it */
}

/* Locks are created with a umask of 0, which holds for all threads. */
static void a_umask_of_a_moment_is_not_theirs(void **state) {
  (void)state;
  mode_t before = umask(027);
  begin(0, ARGV("sleep", "60"));
  before_start = 0.1;
  begin(1, SH("umask"));
  (void)umask(0);
  await_exits(1);
  before_start = 0;
  (void)umask(before);
  assert_out("0027\n");
  release_all(2);
}

/* As by a child of ours that was started while we wrote it, and has not come to its own program yet. */
static void a_program_that_is_still_open_for_writing_is_waited_for(void **state) {
  (void)state;
  static const char script[] = "#!/bin/sh\nexit 7\n";
  const char *program = in_scratch("written");
  int fd = open(program, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
  assert_int_equal(write(fd, script, sizeof script - 1), sizeof script - 1);
  pid_t writer = fork();
  if (writer == 0) {
    pause_for(0.05);
    _exit(0);
  }
  assert_int_equal(close(fd), 0);
  begin(0, ARGV("sleep", "60"));
  begin(1, ARGV(program));
  assert_int_equal(pi_process_started(all[1], NULL), 0);
  await_exits(1);
  assert_int_equal(pi_process_result_of(all[1])->status, 7);
  release_all(2);
  assert_int_equal(waitpid(writer, NULL, 0), writer);
}

static void they_have_no_descriptor_of_ours(void **state) {
  (void)state;
  for (int i = 0; i < 3; i++) begin(i, self("fds", 4096));
  await_exits(3);
  assert_out("0 1 2 0 1 2 0 1 2 ");
  release_all(3);
}

static int report_end = -1;

static int die_with_children(void) {
  pid_t pids[3];
  for (int i = 0; i < 3; i++) {
    spec.argv = ARGV("sleep", "60");
    if (pi_process_begin(&all[i], loop, &spec, NULL) < 0) return 1;
  }
  for (int i = 0; i < 3; i++) pids[i] = pi_process_pid(all[i]);
  if (write(report_end, pids, sizeof pids) != sizeof pids) return 2;
  (void)raise(SIGKILL);
  return 3;
}

static void they_die_when_pienv_is_killed(void **state) {
  (void)state;
  int ends[2], status = 0;
  pid_t pids[3];
  assert_int_equal(pipe(ends), 0);
  report_end = ends[1];
  pid_t child = fork();
  if (child == 0) _exit(die_with_children());
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFSIGNALED(status));
  assert_int_equal(read(ends[0], pids, sizeof pids), sizeof pids);
  for (int i = 0; i < 3; i++) assert_true(gone_within(pids[i], 2));
  assert_int_equal(close(ends[0]) + close(ends[1]), 0);
}

int main(int argc, char **argv) {
  if (argc == 3) return run_as_child(argv[1], atol(argv[2]));
  const struct CMUnitTest tests[] = {
      BOTH(what_is_begun_runs_with_what_it_was_given),
      BOTH(without_a_thread_all_is_the_same),
      BOTH(one_at_a_time_takes_no_thread),
      BOTH(a_start_that_fails_is_told_and_has_no_event),
      BOTH(a_wait_returns_when_a_start_has_failed),
      BOTH(what_is_pending_can_be_released_and_stopped),
      BOTH(the_rest_of_the_spec_counts_too),
      BOTH(a_limit_that_passes_before_a_start_stops_it_after_that),
      BOTH(an_exit_before_the_start_is_known_is_told),
      BOTH(a_umask_of_a_moment_is_not_theirs),
      BOTH(a_program_that_is_still_open_for_writing_is_waited_for),
      BOTH(they_have_no_descriptor_of_ours),
      BOTH(they_die_when_pienv_is_killed),
  };
  if (pi_interrupt_install(NULL) < 0) return 1;
  return cmocka_run_group_tests(tests, NULL, NULL);
}
