/* Locks: who excludes whom, what releases them, and what is never locked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <sys/file.h>

#include "../lib/scratch.h"
#include "core/lock.h"

static char path[128];     /* the lock of a test */
static char replaced[128]; /* what the next flock() finds replaced by another file; "" nothing */
static int removals;       /* how often flock() may find the file removed */

int __real_flock(int fd, int operation);
int __wrap_flock(int fd, int operation);

/* Somebody replaces the file after it was opened and before it is locked. */
int __wrap_flock(int fd, int operation) {
  if (replaced[0] != '\0') {
    assert_int_equal(rename(replaced, path), 0);
    replaced[0] = '\0';
  }
  if (removals > 0 && operation != LOCK_UN) {
    assert_int_equal(unlink(path), 0);
    removals--;
  }
  return __real_flock(fd, operation);
}

static int setup(void **state) {
  if (scratch_setup(state) != 0) return -1;
  (void)snprintf(path, sizeof path, "%s", in_scratch(".lock"));
  return 0;
}

static void take(pi_lock *lock, pi_lock_mode mode) {
  pi_err err = {"", ""};
  pi_lock_init(lock);
  if (pi_lock_try(lock, path, mode, -1, &err) < 0) fail_msg("%s", err.message);
}

/* The code of a failed try; "" when the lock was free. */
static const char *try_code(pi_lock_mode mode) {
  static pi_err err;
  pi_lock lock;
  pi_lock_init(&lock);
  err = (pi_err){"", ""};
  if (pi_lock_try(&lock, path, mode, -1, &err) < 0) assert_int_equal(lock.fd, -1);
  pi_lock_release(&lock);
  return err.code;
}

static void assert_refused(const char *code, const char *message) {
  pi_lock lock;
  pi_err err = {"", ""};
  pi_lock_init(&lock);
  assert_int_equal(pi_lock_try(&lock, path, PI_LOCK_EXCLUSIVE, -1, &err), -1);
  assert_string_equal(err.code, code);
  assert_non_null(strstr(err.message, message));
}

static void an_exclusive_lock_excludes_everybody(void **state) {
  (void)state;
  pi_lock lock;
  take(&lock, PI_LOCK_EXCLUSIVE);
  assert_string_equal(try_code(PI_LOCK_EXCLUSIVE), "EAGAIN");
  assert_string_equal(try_code(PI_LOCK_SHARED), "EAGAIN");
  assert_refused("EAGAIN", "/.lock: held by another");
  pi_lock_release(&lock);
  pi_lock_release(&lock);
  assert_string_equal(try_code(PI_LOCK_EXCLUSIVE), "");
  assert_true(exists(path));
}

static void shared_locks_exclude_only_an_exclusive_one(void **state) {
  (void)state;
  pi_lock one, other;
  take(&one, PI_LOCK_SHARED);
  take(&other, PI_LOCK_SHARED);
  assert_string_equal(try_code(PI_LOCK_EXCLUSIVE), "EAGAIN");
  pi_lock_release(&one);
  assert_string_equal(try_code(PI_LOCK_EXCLUSIVE), "EAGAIN");
  pi_lock_release(&other);
  assert_string_equal(try_code(PI_LOCK_EXCLUSIVE), "");
}

/* Takes the lock, starts a program that goes on for long, tells its number, and waits to be killed. */
static void hold_and_start_a_program(int told) {
  pi_lock lock;
  pi_lock_init(&lock);
  child_expect(pi_lock_try(&lock, path, PI_LOCK_EXCLUSIVE, -1, NULL) == 0);
  pid_t program = fork();
  if (program == 0) {
    execl("/bin/sleep", "sleep", "60", (char *)NULL);
    _exit(127);
  }
  child_expect(write(told, &program, sizeof program) == sizeof program);
  (void)pause();
}

static void has_executed(pid_t program) {
  char link[64], name[64] = "";
  (void)snprintf(link, sizeof link, "/proc/%d/comm", (int)program);
  for (int i = 0; i < 1000 && strncmp(name, "sleep", 5) != 0; i++) {
    FILE *file = fopen(link, "re");
    assert_non_null(file);
    (void)fgets(name, sizeof name, file);
    (void)fclose(file);
    (void)usleep(1000);
  }
  assert_int_equal(strncmp(name, "sleep", 5), 0);
}

static void the_lock_of_a_killed_holder_is_free_though_its_child_lives(void **state) {
  (void)state;
  int ends[2], status;
  pid_t program;
  assert_int_equal(pipe(ends), 0);
  (void)fflush(NULL);
  pid_t holder = fork();
  assert_true(holder >= 0);
  if (holder == 0) hold_and_start_a_program(ends[1]), _exit(1);
  assert_int_equal(read(ends[0], &program, sizeof program), sizeof program);
  has_executed(program);
  assert_string_equal(try_code(PI_LOCK_SHARED), "EAGAIN");
  assert_int_equal(kill(holder, SIGKILL), 0);
  assert_int_equal(waitpid(holder, &status, 0), holder);
  assert_string_equal(try_code(PI_LOCK_EXCLUSIVE), "");
  assert_int_equal(kill(program, 0), 0);
  assert_int_equal(kill(program, SIGKILL), 0);
  assert_int_equal(close(ends[0]) | close(ends[1]), 0);
}

static void release_does_not_wait_for_copies_of_the_descriptor(void **state) {
  (void)state;
  pi_lock lock;
  take(&lock, PI_LOCK_EXCLUSIVE);
  int copy = dup(lock.fd); /* as in a child that has not yet executed */
  assert_true(copy >= 0);
  pi_lock_release(&lock);
  assert_string_equal(try_code(PI_LOCK_EXCLUSIVE), "");
  assert_int_equal(close(copy), 0);
}

static void a_file_that_is_replaced_before_it_is_locked_is_not_taken(void **state) {
  (void)state;
  pi_lock lock;
  struct stat held, named;
  put_file(path, "");
  put_file(in_scratch("other"), "");
  (void)snprintf(replaced, sizeof replaced, "%s", in_scratch("other"));
  take(&lock, PI_LOCK_EXCLUSIVE);
  assert_string_equal(replaced, "");
  assert_int_equal(fstat(lock.fd, &held) | lstat(path, &named), 0);
  assert_int_equal(held.st_ino, named.st_ino);
  assert_string_equal(try_code(PI_LOCK_SHARED), "EAGAIN");
  pi_lock_release(&lock);
}

static void a_file_that_never_stays_is_given_up(void **state) {
  (void)state;
  removals = 100000;
  assert_refused("EAGAIN", "the file is being replaced again and again");
  assert_true(removals > 0);
  removals = 0;
  assert_string_equal(try_code(PI_LOCK_EXCLUSIVE), "");
}

static void links_pipes_and_folders_are_refused(void **state) {
  (void)state;
  char record[PI_LOCK_RECORD_SIZE];
  pi_err err;
  put_file(in_scratch("file"), "");
  assert_int_equal(symlink("file", path), 0);
  assert_refused("ELOOP", "/.lock: is a symbolic link");
  assert_int_equal(pi_lock_read(record, path, &err), -1);
  assert_string_equal(err.code, "ELOOP");
  assert_int_equal(unlink(path) | symlink("missing", path), 0);
  assert_refused("ELOOP", "is a symbolic link");
  assert_false(exists(in_scratch("missing")));
  assert_int_equal(unlink(path) | mkfifo(path, 0600), 0);
  assert_refused("EINVAL", "not a regular file");
  assert_int_equal(pi_lock_read(record, path, &err), -1);
  assert_int_equal(unlink(path) | mkdir(path, 0700), 0);
  assert_refused("EISDIR", "Is a directory");
  assert_int_equal(rmdir(path), 0);
  (void)snprintf(path, sizeof path, "%s", in_scratch("missing/.lock"));
  assert_refused("ENOENT", "lock ");
}

static void a_new_file_has_exactly_the_mode_that_was_asked_for(void **state) {
  (void)state;
  pi_lock lock;
  mode_t before = umask(077);
  pi_lock_init(&lock);
  assert_int_equal(pi_lock_try(&lock, path, PI_LOCK_EXCLUSIVE, 0660, NULL), 0);
  assert_int_equal(mode_of(path), 0660);
  pi_lock_release(&lock);
  assert_int_equal(chmod(path, 0640), 0);
  assert_int_equal(pi_lock_try(&lock, path, PI_LOCK_EXCLUSIVE, 0660, NULL), 0);
  assert_int_equal(mode_of(path), 0640); /* another's choice */
  pi_lock_release(&lock);
  assert_int_equal(unlink(path), 0);
  take(&lock, PI_LOCK_EXCLUSIVE);
  assert_int_equal(mode_of(path), 0600);
  pi_lock_release(&lock);
  assert_int_equal(umask(before), 077);
}

static void lock_unwritable(void) {
  pi_lock lock;
  pi_err err;
  pi_lock_init(&lock);
  child_expect(pi_lock_try(&lock, path, PI_LOCK_EXCLUSIVE, -1, NULL) == 0);
  child_expect(pi_lock_record(&lock, "x", 1, &err) < 0 && strcmp(err.code, "EINVAL") == 0);
  child_expect(strcmp(try_code(PI_LOCK_SHARED), "EAGAIN") == 0);
  pi_lock_release(&lock);
}

static void a_file_that_may_only_be_read_is_locked(void **state) {
  (void)state;
  put_file(path, "");
  assert_int_equal(chmod(path, 0444) | chmod(scratch, 0755), 0);
  in_child(lock_unwritable, geteuid() == 0 ? 65534 : 0);
}

static void a_file_on_a_read_only_file_system_is_locked(void **state) {
  (void)state;
  const char *mount_point = scratch_mount("disk", "64k");
  (void)snprintf(path, sizeof path, "%s/.lock", mount_point);
  put_file(path, "");
  assert_int_equal(mount("none", mount_point, "tmpfs", MS_REMOUNT | MS_RDONLY, NULL), 0);
  in_child(lock_unwritable, 0);
  (void)snprintf(path, sizeof path, "%s/other", mount_point);
  assert_refused("EROFS", "Read-only file system");
}

static void a_record_can_be_read_until_the_release(void **state) {
  (void)state;
  pi_lock lock;
  char record[PI_LOCK_RECORD_SIZE];
  take(&lock, PI_LOCK_EXCLUSIVE);
  assert_int_equal(pi_lock_record(&lock, "a long record", 13, NULL), 0);
  assert_int_equal(pi_lock_record(&lock, "short", 5, NULL), 0);
  assert_int_equal(pi_lock_read(record, path, NULL), 5);
  assert_memory_equal(record, "short", 5);
  pi_lock_release(&lock);
  assert_int_equal(pi_lock_read(record, path, NULL), 0);
}

static void a_planted_file_with_other_names_is_never_written_to(void **state) {
  (void)state;
  pi_lock lock;
  pi_err err;
  put_file(in_scratch("precious"), "precious");
  assert_int_equal(link(in_scratch("precious"), path), 0);
  take(&lock, PI_LOCK_EXCLUSIVE);
  assert_int_equal(pi_lock_record(&lock, "x", 1, &err), -1);
  assert_string_equal(err.message, "write lock record: the file has other names");
  pi_lock_release(&lock);
  assert_file(in_scratch("precious"), "precious");
}

static void a_record_is_bounded(void **state) {
  (void)state;
  char big[3 * PI_LOCK_RECORD_SIZE + 1], record[PI_LOCK_RECORD_SIZE];
  pi_lock lock;
  memset(big, 'x', sizeof big - 1);
  big[sizeof big - 1] = '\0';
  put_file(path, big);
  assert_int_equal(pi_lock_read(record, path, NULL), PI_LOCK_RECORD_SIZE);
  take(&lock, PI_LOCK_EXCLUSIVE);
  assert_int_equal(pi_lock_record(&lock, big, sizeof big, NULL), -1);
  pi_lock_release(&lock);
  assert_file(path, big);
}

#define locking(test) cmocka_unit_test_setup_teardown(test, setup, scratch_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      locking(an_exclusive_lock_excludes_everybody),
      locking(shared_locks_exclude_only_an_exclusive_one),
      locking(the_lock_of_a_killed_holder_is_free_though_its_child_lives),
      locking(release_does_not_wait_for_copies_of_the_descriptor),
      locking(a_file_that_is_replaced_before_it_is_locked_is_not_taken),
      locking(a_file_that_never_stays_is_given_up),
      locking(links_pipes_and_folders_are_refused),
      locking(a_new_file_has_exactly_the_mode_that_was_asked_for),
      locking(a_file_that_may_only_be_read_is_locked),
      locking(a_file_on_a_read_only_file_system_is_locked),
      locking(a_record_can_be_read_until_the_release),
      locking(a_planted_file_with_other_names_is_never_written_to),
      locking(a_record_is_bounded),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
