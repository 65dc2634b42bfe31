/* What the tests of processes share: one loop, one process at a time, its lines or captured output in `out`.
 *
 * Every test runs twice, with exits told by a pidfd and by SIGCHLD: BOTH(test) in the list of tests. Include after
 * <cmocka.h>. */
#ifndef PIENV_TESTS_PROCESS_FIXTURE_H
#define PIENV_TESTS_PROCESS_FIXTURE_H

#include <limits.h>
#include <signal.h>
#include <sys/resource.h>

#include "core/interrupt.h"
#include "core/process.h"
#include "core/signals.h"
#include "../lib/scratch.h"
#include "process_child.h"

static pi_process_loop *loop;
static pi_process_spec spec;
static pi_process *process;
static pi_process_result result;
static char out[1 << 20]; /* captured stdout and its size; lines, each with its newline */
static size_t out_size;
static uint64_t dropped;

static inline int setup_with(void **state, bool pidfd) {
  pi_err err;
  memset(&spec, 0, sizeof spec);
  spec.out = spec.err = (pi_process_output){.sink = PI_SINK_CAPTURE, .limit = sizeof out};
  spec.grace = 2;
  out_size = 0;
  process = NULL;
  return scratch_setup(state) == 0 && pi_process_loop_new_with(&loop, pidfd, &err) == 0 ? 0 : -1;
}

static inline int setup_pidfd(void **state) { return setup_with(state, true); }

static inline int setup_sigchld(void **state) { return setup_with(state, false); }

static inline int teardown(void **state) {
  pi_process_release(process);
  pi_process_loop_free(loop);
  (void)signal(SIGCHLD, SIG_DFL);
  return scratch_teardown(state);
}

static inline void spawn(const char *const *argv) {
  pi_err err = {.message = ""};
  pi_process_release(process);
  process = NULL;
  spec.argv = argv;
  if (pi_process_spawn(&process, loop, &spec, &err) < 0) fail_msg("%s", err.message);
}

static inline void keep(const char *text, size_t size, const char *end) {
  assert_true(out_size + size + 1 < sizeof out);
  memcpy(out + out_size, text, size);
  memcpy(out + out_size + size, end, strlen(end) + 1);
  out_size += size + strlen(end);
}

static inline void keep_result(void) {
  const char *text;
  size_t size;
  result = *pi_process_result_of(process);
  if (pi_process_captured(process, 1, &text, &size, &dropped)) keep(text, size, "");
}

/* Handles the news of at most `seconds`; true when the process has exited. */
static inline bool news(double seconds) {
  pi_process_event event;
  pi_err err = {.message = ""};
  bool exited = false;
  if (pi_process_loop_wait(loop, seconds, &err) < 0) fail_msg("%s", err.message);
  for (; pi_process_loop_peek(loop, &event); pi_process_loop_pop(loop)) {
    exited = exited || (event.process == process && event.type == PI_EVENT_EXIT);
    if (event.type == PI_EVENT_LINE) keep(event.text, event.size, event.partial ? "" : "\n");
  }
  if (exited) keep_result();
  return exited;
}

static inline void finish(void) {
  for (int i = 0; i < 2000; i++)
    if (news(30)) return;
  fail_msg("the process does not end");
}

static inline void run(const char *const *argv) {
  out_size = 0;
  spawn(argv);
  finish();
}

#define ARGV(...) ((const char *[]){__VA_ARGS__, NULL})
#define SH(script) ARGV("/bin/sh", "-c", (script))

/* This program as the child `what`, with a number. By its own path: /proc/self/exe is the tool's where this program
 * runs under an emulator. */
static inline const char *const *self(const char *what, long n) {
  static char number[24], name[24], program[PATH_MAX];
  static const char *argv[] = {program, name, number, NULL};
  ssize_t size = readlink("/proc/self/exe", program, sizeof program - 1);
  assert_true(size > 0);
  program[size] = '\0';
  (void)snprintf(name, sizeof name, "%s", what);
  (void)snprintf(number, sizeof number, "%ld", n);
  return argv;
}

static inline void assert_out(const char *text) {
  assert_string_equal(out, text);
  assert_int_equal(out_size, strlen(text));
}

static inline double seconds_now(void) {
  struct timespec t;
  assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &t), 0);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static inline void pause_for(double seconds) {
  struct timespec t = {.tv_sec = (time_t)seconds, .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};
  (void)nanosleep(&t, NULL);
}

/* Does a process live? One that waits to be reaped by somebody else does not. */
static inline bool lives(pid_t pid) {
  char path[40], state = 'Z';
  (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
  FILE *file = fopen(path, "re");
  if (file == NULL) return false;
  if (fscanf(file, "%*d %*s %c", &state) != 1) state = 'Z';
  (void)fclose(file);
  return state != 'Z' && state != 'X';
}

static inline bool gone_within(pid_t pid, double seconds) {
  double end = seconds_now() + seconds;
  while (lives(pid)) {
    if (seconds_now() > end) return false;
    pause_for(0.01);
  }
  return true;
}

/* Waits for the first line, which is a process id. */
static inline pid_t read_pid(void) {
  while (out_size == 0) assert_false(news(30));
  pid_t pid = (pid_t)atol(out);
  assert_true(pid > 1);
  return pid;
}

static inline int count_descriptors(void) {
  int count = 0;
  for (int fd = 0; fd < 1024; fd++) count += fcntl(fd, F_GETFD) >= 0;
  return count;
}

static inline void spawn_fails(const char *const *argv, const char *code, const char *message) {
  pi_err err;
  pi_process_release(process);
  process = NULL;
  spec.argv = argv;
  int before = count_descriptors();
  assert_int_equal(pi_process_spawn(&process, loop, &spec, &err), -1);
  assert_null(process);
  assert_string_equal(err.code, code);
  assert_string_equal(err.message, message);
  assert_int_equal(count_descriptors(), before);
  assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* nothing is left to reap */
}

#define BOTH(test) \
  {#test, test, setup_pidfd, teardown, NULL}, { #test "_with_sigchld", test, setup_sigchld, teardown, NULL }

#endif
