/* Processes: what reaches the child, and what comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "process_fixture.h"

static void exec_failure_is_told_from_exit_127(void **state) {
  (void)state;
  spawn_fails(ARGV("pienv-no-such-program"), "ENOENT", "run pienv-no-such-program: No such file or directory");
  spawn_fails(ARGV("/etc/passwd"), "EACCES", "run /etc/passwd: Permission denied");
  spec.cwd = "/nonexistent";
  spawn_fails(ARGV("true"), "ENOENT", "enter /nonexistent: No such file or directory");
  spec.cwd = NULL;
  run(SH("exit 127"));
  assert_false(result.signalled);
  assert_int_equal(result.status, 127);
}

static void a_file_that_is_no_program_is_not_given_to_a_shell(void **state) {
  (void)state;
  char message[200];
  const char *path = in_scratch("script");
  put_file(path, "echo run by a shell\n");
  assert_int_equal(chmod(path, 0755), 0);
  (void)snprintf(message, sizeof message, "run %s: Exec format error", path);
  spawn_fails(ARGV(path), "ENOEXEC", message);
}

static void the_program_is_found_in_the_path_of_the_child(void **state) {
  (void)state;
  char variable[300];
  assert_int_equal(mkdir(in_scratch("a"), 0755), 0);
  assert_int_equal(mkdir(in_scratch("b"), 0755), 0);
  put_file(in_scratch("a/pienv-tool"), "#!/bin/sh\necho a\n"); /* not executable: passed by */
  put_file(in_scratch("b/pienv-tool"), "#!/bin/sh\necho b\n");
  assert_int_equal(chmod(in_scratch("b/pienv-tool"), 0755), 0);
  (void)snprintf(variable, sizeof variable, "PATH=/nonexistent:%s/a:%s/b", scratch, scratch);
  spec.envp = ARGV(variable);
  run(ARGV("pienv-tool"));
  assert_out("b\n");
  (void)snprintf(variable, sizeof variable, "PATH=%s/a", scratch);
  spawn_fails(ARGV("pienv-tool"), "EACCES", "run pienv-tool: Permission denied");
  spec.envp = ARGV("A=1"); /* no PATH: the system's */
  run(ARGV("env"));
  assert_out("A=1\n");
  (void)snprintf(variable, sizeof variable, "PATH=:/bin"); /* an empty folder is the current one: the child's */
  spec.envp = ARGV(variable);
  spec.cwd = in_scratch("b");
  run(ARGV("pienv-tool"));
  assert_out("b\n");
}

static void the_child_has_no_descriptor_of_ours(void **state) {
  (void)state;
  int before = count_descriptors();
  int leaky = fcntl(1, F_DUPFD, 100); /* as inherited from whoever started us: without close-on-exec */
  assert_true(leaky >= 100);
  pi_process *other;
  pi_err err;
  spec.argv = ARGV("cat"); /* another child's pipes are open meanwhile */
  spec.input = out;
  spec.input_size = sizeof out;
  assert_int_equal(pi_process_spawn(&other, loop, &spec, &err), 0);
  run(self("fds", 4096));
  pi_process_release(other);
  assert_int_equal(close(leaky), 0);
  pi_process_release(process);
  process = NULL;
  assert_int_equal(count_descriptors(), before);
  assert_out("0 1 2 ");
}

static void the_child_has_fresh_signals_and_its_own_group(void **state) {
  (void)state;
  sigset_t set, old;
  (void)sigemptyset(&set);
  (void)sigaddset(&set, SIGUSR1);
  assert_int_equal(sigprocmask(SIG_BLOCK, &set, &old), 0);
  run(ARGV("/bin/grep", "-E", "SigBlk|SigIgn|SigCgt", "/proc/self/status"));
  assert_int_equal(sigprocmask(SIG_SETMASK, &old, NULL), 0);
  assert_non_null(strstr(out, "SigBlk:\t0000000000000000\n"));
  assert_non_null(strstr(out, "SigIgn:\t0000000000000000\n")); /* SIGPIPE, which we ignore, is back */
  out_size = 0;
  spec.out.sink = PI_SINK_LINES;
  spawn(ARGV("/bin/sh", "-c", "cut -d ' ' -f 5 /proc/$$/stat; sleep 60"));
  assert_int_equal(read_pid(), pi_process_pid(process)); /* field 5 is the group */
  assert_int_not_equal(getpgrp(), pi_process_pid(process));
}

static void cwd_may_hold_spaces_and_newlines(void **state) {
  (void)state;
  char folder[200], wanted[220];
  (void)snprintf(folder, sizeof folder, "%s/a b\nc\xff", scratch);
  (void)snprintf(wanted, sizeof wanted, "%s\n", folder);
  assert_int_equal(mkdir(folder, 0755), 0);
  spec.cwd = folder;
  run(ARGV("/bin/pwd"));
  assert_out(wanted);
}

static void a_limit_keeps_the_end_of_10_megabytes(void **state) {
  (void)state;
  const char *text;
  size_t size;
  const long records = 10 * (1 << 20) / 16;
  char wanted[17];
  spec.out.limit = 100000;
  spec.err.limit = 50;
  run(self("records", records));
  assert_int_equal(result.status, 0);
  assert_int_equal(out_size, 100000);
  assert_int_equal(dropped, 10 * (1 << 20) - 100000);
  for (long i = 0; i < 100000 / 16; i++) {
    (void)snprintf(wanted, sizeof wanted, "%015ld\n", records - 100000 / 16 + i);
    assert_memory_equal(out + 16 * i, wanted, 16);
  }
  assert_true(pi_process_captured(process, 2, &text, &size, &dropped));
  assert_int_equal(size, 50);
  assert_int_equal(dropped, 10 * (1 << 20) - 50);
  (void)snprintf(wanted, sizeof wanted, "%015ld\n", -(records - 1));
  assert_memory_equal(text + 34, wanted, 16);
}

static long peak_kilobytes(void) {
  struct rusage usage;
  assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
  return usage.ru_maxrss;
}

static void a_stream_of_lines_takes_no_memory(void **state) {
  (void)state;
  const long count = 256 * 1024;
  long lines = 0, before = peak_kilobytes();
  spec.out.sink = PI_SINK_LINES;
  spawn(self("lines", count));
  for (bool exited = false; !exited;) {
    pi_process_event event;
    assert_int_equal(pi_process_loop_wait(loop, 30, NULL), 0);
    for (; pi_process_loop_peek(loop, &event); pi_process_loop_pop(loop)) {
      exited = event.type == PI_EVENT_EXIT;
      if (exited) continue;
      assert_int_equal(event.size, 1023);
      lines++;
    }
  }
  assert_int_equal(lines, count); /* 256 MiB came */
  assert_in_range(peak_kilobytes() - before, 0, 4096);
}

static void a_long_line_comes_in_pieces(void **state) {
  (void)state;
  size_t pieces = 0, total = 0;
  spec.out.sink = PI_SINK_LINES;
  spawn(SH("head -c 200000 /dev/zero; echo; echo end"));
  for (bool exited = false; !exited;) {
    pi_process_event event;
    assert_int_equal(pi_process_loop_wait(loop, 30, NULL), 0);
    for (; pi_process_loop_peek(loop, &event); pi_process_loop_pop(loop)) {
      exited = event.type == PI_EVENT_EXIT;
      if (exited || event.size == 3) continue;
      assert_in_range(event.size, 1, PI_PROCESS_LINE_MAX);
      total += event.size;
      pieces++;
      assert_int_equal(event.partial, total < 200000);
    }
  }
  assert_int_equal(total, 200000);
  assert_int_equal(pieces, (200000 + PI_PROCESS_LINE_MAX - 1) / PI_PROCESS_LINE_MAX);
}

static void binary_output_comes_as_it_is(void **state) {
  (void)state;
  run(self("bytes", 100));
  assert_int_equal(out_size, 25600);
  for (size_t i = 0; i < out_size; i++) assert_int_equal((unsigned char)out[i], i % 256);
}

static void stdin_may_be_larger_than_a_pipe(void **state) {
  (void)state;
  static char input[1000000];
  for (size_t i = 0; i < sizeof input; i++) input[i] = (char)(i * 7);
  spec.input = input;
  spec.input_size = sizeof input;
  run(ARGV("cat"));
  assert_int_equal(out_size, sizeof input);
  assert_memory_equal(out, input, sizeof input);
}

static void a_child_may_leave_stdin_unread(void **state) {
  (void)state;
  static char input[1000000];
  spec.input = input;
  spec.input_size = sizeof input;
  run(ARGV("true"));
  assert_false(result.signalled);
  assert_int_equal(result.status, 0);
}

static void cpu_time_and_memory_are_plausible(void **state) {
  (void)state;
  run(self("cpu", 300));
  assert_in_range((int)((result.user + result.system) * 1000), 290, 600);
  assert_true(result.wall >= 0.29);
  run(self("memory", 64));
  assert_in_range(result.max_rss, 64 << 20, 256 << 20);
  run(ARGV("true"));
  assert_true(result.user + result.system < 0.1);
}

static void what_descendants_write_soon_after_is_kept(void **state) {
  (void)state;
  run(SH("(sleep 0.1; echo late) & echo early"));
  assert_out("early\nlate\n");
}

static void signals_have_names(void **state) {
  (void)state;
  assert_string_equal(pi_signal_name(SIGKILL), "SIGKILL");
  assert_string_equal(pi_signal_name(9999), "SIGUNKNOWN");
  assert_int_equal(pi_signal_number("SIGUSR2"), SIGUSR2);
  assert_int_equal(pi_signal_number("USR2"), 0);
}

int main(int argc, char **argv) {
  if (argc == 3) return run_as_child(argv[1], atol(argv[2]));
  const struct CMUnitTest tests[] = {
      BOTH(exec_failure_is_told_from_exit_127),
      BOTH(a_file_that_is_no_program_is_not_given_to_a_shell),
      BOTH(the_program_is_found_in_the_path_of_the_child),
      BOTH(the_child_has_no_descriptor_of_ours),
      BOTH(the_child_has_fresh_signals_and_its_own_group),
      BOTH(cwd_may_hold_spaces_and_newlines),
      BOTH(a_limit_keeps_the_end_of_10_megabytes),
      BOTH(a_stream_of_lines_takes_no_memory),
      BOTH(a_long_line_comes_in_pieces),
      BOTH(binary_output_comes_as_it_is),
      BOTH(stdin_may_be_larger_than_a_pipe),
      BOTH(a_child_may_leave_stdin_unread),
      BOTH(what_descendants_write_soon_after_is_kept),
      BOTH(cpu_time_and_memory_are_plausible),
      BOTH(signals_have_names),
  };
  if (pi_interrupt_install(NULL) < 0) return 1;
  return cmocka_run_group_tests(tests, NULL, NULL);
}
