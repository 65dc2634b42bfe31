/* Processes: how they end, what ends with them, and what pienv survives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "process_fixture.h"

static void cancel_ends_the_whole_group(void **state) {
  (void)state;
  spec.out.sink = PI_SINK_LINES;
  spawn(SH("sleep 60 & echo $!; wait"));
  pid_t grandchild = read_pid();
  double before = seconds_now();
  pi_process_cancel(process);
  finish();
  assert_true(result.signalled);
  assert_int_equal(result.status, SIGTERM);
  assert_true(gone_within(grandchild, 0.1));
  assert_true(seconds_now() - before < 1.5); /* nobody waited for the grace */
}

static void what_ignores_sigterm_is_killed_after_the_grace(void **state) {
  (void)state;
  spec.out.sink = PI_SINK_LINES;
  spec.grace = 0.3;
  spawn(SH("trap '' TERM; echo $$; while :; do sleep 0.02; done"));
  (void)read_pid();
  double before = seconds_now();
  pi_process_cancel(process);
  finish();
  assert_int_equal(result.status, SIGKILL);
  assert_true(seconds_now() - before >= 0.3);
  assert_false(result.timed_out);
}

static void a_grandchild_that_ignores_sigterm_is_killed_too(void **state) {
  (void)state;
  spec.out.sink = PI_SINK_LINES;
  spec.grace = 0.3;
  spawn(SH("(trap '' TERM; while :; do sleep 0.02; done) >/dev/null & echo $!; wait"));
  pid_t grandchild = read_pid();
  pi_process_cancel(process);
  finish();
  assert_int_equal(result.status, SIGTERM); /* the leader went at once; the group was waited for */
  assert_true(gone_within(grandchild, 0.1));
}

static void a_second_cancel_kills_at_once(void **state) {
  (void)state;
  spec.out.sink = PI_SINK_LINES;
  spec.grace = 60;
  spawn(SH("trap '' TERM; echo $$; while :; do sleep 0.02; done"));
  (void)read_pid();
  double before = seconds_now();
  pi_process_cancel(process);
  assert_false(news(0.2));
  pi_process_cancel(process);
  finish();
  assert_int_equal(result.status, SIGKILL);
  assert_true(seconds_now() - before < 5);
}

static void a_time_limit_stops_the_whole_group(void **state) {
  (void)state;
  spec.out.sink = PI_SINK_LINES;
  spec.timeout = 0.2;
  spawn(SH("sleep 60 & echo $!; wait"));
  pid_t grandchild = read_pid();
  finish();
  assert_true(result.timed_out);
  assert_int_equal(result.status, SIGTERM);
  assert_true(result.wall >= 0.2 && result.wall < 2);
  assert_true(gone_within(grandchild, 0.1));
}

static void a_stopped_process_is_ended_too(void **state) {
  (void)state;
  spec.grace = 20;
  spec.out.sink = PI_SINK_LINES;
  spawn(SH("trap 'exit 5' TERM; echo $$; kill -STOP $$; sleep 60"));
  (void)read_pid();
  pause_for(0.05);
  pi_process_cancel(process);
  finish();
  assert_int_equal(result.status, 5);
}

static void descendants_that_keep_the_output_open_do_not_hang_us(void **state) {
  (void)state;
  double before = seconds_now();
  run(SH("sleep 60 & echo $!; exit 4"));
  pid_t daemon_pid = (pid_t)atol(out);
  assert_int_equal(result.status, 4);
  assert_true(seconds_now() - before < 5);
  assert_true(lives(daemon_pid)); /* it was not asked to stop */
  assert_int_equal(kill(daemon_pid, SIGKILL), 0);
}

static void release_kills_and_reaps(void **state) {
  (void)state;
  spec.out.sink = PI_SINK_LINES;
  spawn(SH("trap '' TERM; sleep 60 & echo $!; wait"));
  pid_t leader = pi_process_pid(process), grandchild = read_pid();
  pi_process_release(process);
  process = NULL;
  assert_int_equal(kill(leader, 0), -1);
  assert_int_equal(errno, ESRCH);
  assert_true(gone_within(grandchild, 1));
}

static void many_at_once(void **state) {
  (void)state;
  enum { COUNT = 150 };
  static pi_process *all[COUNT];
  int exited = 0;
  for (int i = 0; i < COUNT; i++) {
    char script[40];
    (void)snprintf(script, sizeof script, "sleep 0.%d; exit %d", i % 3, i);
    spec.argv = SH(script);
    assert_int_equal(pi_process_spawn(&all[i], loop, &spec, NULL), 0);
  }
  while (exited < COUNT) {
    pi_process_event event;
    assert_int_equal(pi_process_loop_wait(loop, 30, NULL), 0);
    for (; pi_process_loop_peek(loop, &event); pi_process_loop_pop(loop)) exited++;
  }
  for (int i = 0; i < COUNT; i++) {
    assert_int_equal(pi_process_result_of(all[i])->status, i);
    pi_process_release(all[i]);
  }
}

static void a_pending_interrupt_ends_the_wait(void **state) {
  (void)state;
  spawn(ARGV("sleep", "60"));
  double before = seconds_now();
  assert_int_equal(kill(getpid(), SIGTERM), 0);
  assert_false(news(60));
  assert_false(news(60));
  assert_true(seconds_now() - before < 5);
  assert_int_equal(pi_interrupt_take(), SIGTERM);
  assert_false(news(0.05));
}

/* Runs a step in a process of its own and returns its exit code. */
static int in_fork(int (*step)(void)) {
  int status = -1;
  pid_t child = fork();
  if (child == 0) _exit(step());
  assert_int_equal(waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Spawns `cat` on some bytes and compares what it writes; for a process without cmocka's checks. */
static int cat_works(void) {
  const char *text = NULL;
  size_t size = 0;
  pi_process_event event;
  spec.argv = ARGV("cat");
  spec.input = "bytes";
  spec.input_size = 5;
  if (pi_process_spawn(&process, loop, &spec, NULL) < 0) return 1;
  while (!pi_process_loop_peek(loop, &event))
    if (pi_process_loop_wait(loop, 10, NULL) < 0) return 2;
  if (!pi_process_captured(process, 1, &text, &size, &dropped) || size != 5 || memcmp(text, "bytes", 5) != 0) return 3;
  return pi_process_result_of(process)->status == 0 ? 0 : 4;
}

static int without_standard_descriptors(void) {
  for (int fd = 0; fd < 3; fd++) (void)close(fd);
  return cat_works();
}

static void pienv_may_be_started_without_standard_descriptors(void **state) {
  (void)state;
  assert_int_equal(in_fork(without_standard_descriptors), 0);
}

static int with_sigchld_ignored(void) {
  (void)signal(SIGCHLD, SIG_IGN);
  return pi_process_loop_new(&loop, NULL) < 0 ? 9 : cat_works();
}

static void pienv_may_be_started_with_sigchld_ignored(void **state) {
  (void)state;
  pi_process_loop *kept = loop;
  assert_int_equal(in_fork(with_sigchld_ignored), 0);
  loop = kept;
}

static int report_end = -1;

static int die_with_a_child(void) {
  spec.argv = ARGV("sleep", "60");
  if (pi_process_spawn(&process, loop, &spec, NULL) < 0) return 1;
  pid_t pid = pi_process_pid(process);
  if (write(report_end, &pid, sizeof pid) != sizeof pid) return 2;
  (void)raise(SIGKILL);
  return 3;
}

static void children_die_when_pienv_is_killed(void **state) {
  (void)state;
  int ends[2];
  pid_t pid = 0;
  assert_int_equal(pipe(ends), 0);
  report_end = ends[1];
  assert_int_equal(in_fork(die_with_a_child), 128 + SIGKILL);
  assert_int_equal(read(ends[0], &pid, sizeof pid), sizeof pid);
  assert_true(gone_within(pid, 2));
  assert_int_equal(close(ends[0]) + close(ends[1]), 0);
}

/* As many new descriptors as `few` leaves room for; what pienv's starter left open may lie among them. */
static int spawn_with_few(rlim_t few, pi_err *err) {
  struct rlimit old;
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &(struct rlimit){.rlim_cur = few, .rlim_max = old.rlim_max}), 0);
  spec.argv = ARGV("true");
  int spawned = pi_process_spawn(&process, loop, &spec, err);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
  return spawned;
}

static void no_descriptor_is_left_when_they_run_out(void **state) {
  (void)state;
  pi_err err;
  int before = count_descriptors(), free_fd = dup(0), more = 0;
  assert_int_equal(close(free_fd), 0);
  /* Each of its descriptors in turn is the one too many, until they are enough. */
  for (; spawn_with_few((rlim_t)(free_fd + more), &err) < 0; more++) {
    assert_string_equal(err.code, "EMFILE");
    assert_int_equal(count_descriptors(), before);
    assert_true(more < 1024);
  }
  assert_true(more >= 4); /* two pipes; a third one until a child was seen to borrow our memory */
  finish();
}

int main(int argc, char **argv) {
  if (argc == 3) return run_as_child(argv[1], atol(argv[2]));
  const struct CMUnitTest tests[] = {
      BOTH(cancel_ends_the_whole_group),
      BOTH(what_ignores_sigterm_is_killed_after_the_grace),
      BOTH(a_grandchild_that_ignores_sigterm_is_killed_too),
      BOTH(a_second_cancel_kills_at_once),
      BOTH(a_time_limit_stops_the_whole_group),
      BOTH(a_stopped_process_is_ended_too),
      BOTH(descendants_that_keep_the_output_open_do_not_hang_us),
      BOTH(release_kills_and_reaps),
      BOTH(no_descriptor_is_left_when_they_run_out),
      BOTH(many_at_once),
      BOTH(a_pending_interrupt_ends_the_wait),
      BOTH(pienv_may_be_started_without_standard_descriptors),
      BOTH(pienv_may_be_started_with_sigchld_ignored),
      BOTH(children_die_when_pienv_is_killed),
  };
  if (pi_interrupt_install(NULL) < 0) return 1;
  return cmocka_run_group_tests(tests, NULL, NULL);
}
