/* Staged files: what a commit, a release and a sweep leave behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <signal.h>

#include "../lib/scratch.h"
#include "core/tmpfile.h"

static void open_staged(pi_tmpfile *t, const char *target) {
  pi_err err = {"", ""};
  if (pi_tmpfile_open(t, target, &err) < 0) fail_msg("%s", err.message);
}

static size_t sweep(const char *folder) {
  pi_names removed;
  pi_err err = {"", ""};
  pi_names_init(&removed);
  if (pi_tmpfile_sweep(&removed, folder, &err) < 0) fail_msg("%s", err.message);
  size_t count = removed.count;
  pi_names_release(&removed);
  return count;
}

static void nobody_sees_the_content_before_the_commit(void **state) {
  (void)state;
  char target[128];
  pi_tmpfile t;
  (void)snprintf(target, sizeof target, "%s", in_scratch("file"));
  put_file(target, "old");
  open_staged(&t, target);
  assert_int_equal(mode_of(in_scratch(t.name)), 0600);
  assert_int_equal(write(t.fd, "new", 3), 3);
  assert_file(target, "old");
  assert_int_equal(pi_tmpfile_commit(&t, 0640, true, NULL), 0);
  assert_file(target, "new");
  pi_tmpfile_release(&t);
  pi_tmpfile_release(&t);
  assert_file(target, "new");
  assert_int_equal(mode_of(target), 0640);
  assert_int_equal(count_entries(scratch), 1);
}

static void release_removes_what_was_not_committed(void **state) {
  (void)state;
  pi_tmpfile t;
  const char *target = in_scratch("file");
  open_staged(&t, target);
  assert_int_equal(count_entries(scratch), 1);
  pi_tmpfile_release(&t);
  assert_int_equal(count_entries(scratch), 0);
}

static void a_commit_that_fails_removes_the_staged_file(void **state) {
  (void)state;
  char target[128];
  pi_tmpfile t;
  pi_err err;
  (void)snprintf(target, sizeof target, "%s", in_scratch("file"));
  open_staged(&t, target);
  assert_int_equal(mkdir(target, 0755), 0); /* somebody puts a folder there meanwhile */
  assert_int_equal(pi_tmpfile_commit(&t, 0644, true, &err), -1);
  assert_string_equal(err.code, "EISDIR");
  pi_tmpfile_release(&t);
  assert_int_equal(count_entries(scratch), 1);
}

static void stage_and_die(void) {
  pi_tmpfile t;
  child_expect(pi_tmpfile_open(&t, in_scratch("file"), NULL) == 0);
}

static void a_sweep_removes_what_the_dead_left(void **state) {
  (void)state;
  in_child(stage_and_die, 0);
  in_child(stage_and_die, 0);
  put_file(in_scratch("file"), "");
  assert_int_equal(count_entries(scratch), 3);
  assert_int_equal(sweep(scratch), 2);
  assert_int_equal(count_entries(scratch), 1);
  assert_int_equal(sweep(scratch), 0);
  assert_int_equal(sweep(in_scratch("missing")), 0);
}

static void a_sweep_leaves_the_living_alone(void **state) {
  (void)state;
  int ready[2], status;
  char byte;
  assert_int_equal(pipe(ready), 0);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    stage_and_die();
    if (write(ready[1], "!", 1) != 1) _exit(1);
    (void)pause();
  }
  assert_int_equal(read(ready[0], &byte, 1), 1);
  assert_int_equal(sweep(scratch), 0);
  assert_int_equal(count_entries(scratch), 1);
  assert_int_equal(kill(child, SIGKILL), 0);
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(sweep(scratch), 1);
  assert_int_equal(close(ready[0]) | close(ready[1]), 0);
}

static void a_sweep_leaves_other_names_users_and_kinds_alone(void **state) {
  (void)state;
  put_file(in_scratch(".pienv-short.tmp"), "");
  put_file(in_scratch(".pienv-0123456789abcdef.tmp2"), "");
  assert_int_equal(mkdir(in_scratch(".pienv-0123456789abcdef.tmp"), 0755), 0);
  assert_int_equal(symlink(".pienv-short.tmp", in_scratch(".pienv-1123456789abcdef.tmp")), 0);
  assert_int_equal(mkfifo(in_scratch(".pienv-2123456789abcdef.tmp"), 0600), 0);
  if (geteuid() == 0) {
    put_file(in_scratch(".pienv-3123456789abcdef.tmp"), "");
    assert_int_equal(chown(in_scratch(".pienv-3123456789abcdef.tmp"), 65534, 65534), 0);
  }
  int before = count_entries(scratch);
  assert_int_equal(sweep(scratch), 0);
  assert_int_equal(count_entries(scratch), before);
}

/* Writers and a sweeper at once: a file may be swept between its creation and its lock, and is then made anew; no write
 * fails. */
static void write_often(void) {
  for (int i = 0; i < 300; i++) {
    pi_tmpfile t;
    pi_err err;
    child_expect(pi_tmpfile_open(&t, in_scratch("file"), &err) == 0);
    child_expect(write(t.fd, "content", 7) == 7);
    if (pi_tmpfile_commit(&t, 0644, false, &err) < 0) (void)fprintf(stderr, "%s\n", err.message), _exit(1);
    pi_tmpfile_release(&t);
  }
}

static void writers_and_sweepers_do_not_meet(void **state) {
  (void)state;
  int status;
  pid_t children[3];
  for (int i = 0; i < 3; i++) {
    (void)fflush(NULL);
    children[i] = fork();
    assert_true(children[i] >= 0);
    if (children[i] == 0) {
      write_often();
      _exit(0);
    }
  }
  for (int i = 0; i < 3; i++) {
    while (waitpid(children[i], &status, WNOHANG) == 0) (void)sweep(scratch);
    assert_int_equal(status, 0);
  }
  assert_file(in_scratch("file"), "content");
  assert_int_equal(count_entries(scratch), 1);
}

#define with_scratch(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      with_scratch(nobody_sees_the_content_before_the_commit),
      with_scratch(release_removes_what_was_not_committed),
      with_scratch(a_commit_that_fails_removes_the_staged_file),
      with_scratch(a_sweep_removes_what_the_dead_left),
      with_scratch(a_sweep_leaves_the_living_alone),
      with_scratch(a_sweep_leaves_other_names_users_and_kinds_alone),
      with_scratch(writers_and_sweepers_do_not_meet),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
