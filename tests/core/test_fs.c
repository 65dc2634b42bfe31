/* Single files: atomic writes, copies on every path, and how each failure is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>

#include "../lib/scratch.h"
#include "core/fs.h"
#include "core/interrupt.h"

static const pi_fs_put plain = {.mode = -1, .sync = true};

static void write_text(const char *path, const char *text) {
  pi_err err = {"", ""};
  if (pi_fs_write(path, text, strlen(text), &plain, &err) < 0) fail_msg("%s", err.message);
}

static void assert_error(const pi_err *err, const char *code, const char *verb, const char *path, const char *reason) {
  char message[PI_ERR_MESSAGE_SIZE];
  (void)snprintf(message, sizeof message, "%s %s: %s", verb, path, reason);
  assert_string_equal(err->message, message);
  assert_string_equal(err->code, code);
}

static void write_replaces_with_a_new_inode_and_leaves_nothing_else(void **state) {
  (void)state;
  struct stat before, after;
  const char *path = in_scratch("file");
  write_text(path, "old");
  assert_int_equal(stat(path, &before), 0);
  write_text(path, "new");
  assert_int_equal(stat(path, &after), 0);
  assert_true(before.st_ino != after.st_ino);
  assert_file(path, "new");
  assert_int_equal(count_entries(scratch), 1);
}

static void write_keeps_the_mode_of_the_file_it_replaces(void **state) {
  (void)state;
  pi_err err;
  const char *path = in_scratch("file");
  mode_t umask_before = umask(077);
  write_text(path, "1");
  assert_int_equal(mode_of(path), 0644);
  assert_int_equal(chmod(path, 06751), 0);
  write_text(path, "2");
  assert_int_equal(mode_of(path), 0751); /* without set-id bits: they belonged to the old content */
  assert_int_equal(pi_fs_write(path, "3", 1, &(pi_fs_put){.mode = 0600, .sync = false}, &err), 0);
  assert_int_equal(mode_of(path), 0600);
  (void)umask(umask_before);
}

static void write_replaces_a_link_and_refuses_folder_and_pipe(void **state) {
  (void)state;
  pi_err err;
  write_text(in_scratch("target"), "target");
  assert_int_equal(symlink("target", in_scratch("link")), 0);
  write_text(in_scratch("link"), "file");
  assert_file(in_scratch("target"), "target");
  assert_file(in_scratch("link"), "file");
  assert_int_equal(pi_fs_write(scratch, "", 0, &plain, &err), -1);
  assert_error(&err, "EISDIR", "write", scratch, "Is a directory");
  assert_int_equal(mkfifo(in_scratch("pipe"), 0600), 0);
  assert_int_equal(pi_fs_write(in_scratch("pipe"), "", 0, &plain, &err), -1);
  assert_error(&err, "EINVAL", "write", in_scratch("pipe"), "not a regular file");
  assert_int_equal(pi_fs_write(in_scratch("no/file"), "", 0, &plain, &err), -1);
  assert_error(&err, "ENOENT", "write", in_scratch("no/file"), "No such file or directory");
  assert_int_equal(count_entries(scratch), 3);
}

static void names_of_any_bytes_and_of_255(void **state) {
  (void)state;
  char longest[256];
  memset(longest, 'x', 255);
  longest[255] = '\0';
  const char *const names[] = {" two  words ", "line\nbreak", "\xff\xfe\x80", "-rf", "*?[", longest};
  const char *method;
  pi_err err;
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    pi_fs_bytes bytes = {NULL, 0};
    pi_fs_stat st;
    write_text(in_scratch(names[i]), names[i]);
    assert_int_equal(pi_fs_copy(&method, in_scratch(names[i]), in_scratch("copy"), &plain, &err), 0);
    assert_int_equal(pi_fs_copy(&method, in_scratch("copy"), in_scratch(names[i]), &plain, &err), 0);
    assert_int_equal(pi_fs_read(&bytes, &st, in_scratch(names[i]), 0, &err), 0);
    assert_string_equal(bytes.bytes, names[i]);
    assert_int_equal(st.size, strlen(names[i]));
    pi_fs_bytes_release(&bytes);
  }
}

static void too_long_names_are_errors(void **state) {
  (void)state;
  char name[300], path[PI_ERR_MESSAGE_SIZE / 2];
  pi_err err;
  memset(name, 'x', sizeof name);
  name[256] = '\0';
  assert_int_equal(pi_fs_write(in_scratch(name), "", 0, &plain, &err), -1);
  assert_error(&err, "ENAMETOOLONG", "write", in_scratch(name), "File name too long");
  memset(path, '/', sizeof path);
  path[sizeof path - 1] = '\0';
  assert_int_equal(pi_fs_write(path, "", 0, &plain, &err), -1);
  assert_string_equal(err.code, "ENAMETOOLONG");
  assert_int_equal(count_entries(scratch), 0);
}

static void read_has_a_limit_and_refuses_what_is_no_file(void **state) {
  (void)state;
  pi_fs_bytes bytes = {NULL, 0};
  pi_fs_stat st;
  pi_err err;
  write_text(in_scratch("file"), "12345");
  assert_int_equal(pi_fs_read(&bytes, &st, in_scratch("file"), 5, &err), 0);
  pi_fs_bytes_release(&bytes);
  assert_int_equal(pi_fs_read(&bytes, &st, in_scratch("file"), 4, &err), -1);
  assert_error(&err, "EFBIG", "read", in_scratch("file"), "larger than the limit of 4 bytes");
  assert_int_equal(pi_fs_read(&bytes, &st, scratch, 0, &err), -1);
  assert_error(&err, "EISDIR", "read", scratch, "Is a directory");
  assert_int_equal(mkfifo(in_scratch("pipe"), 0600), 0);
  assert_int_equal(pi_fs_read(&bytes, &st, in_scratch("pipe"), 0, &err), -1);
  assert_error(&err, "EINVAL", "read", in_scratch("pipe"), "not a regular file");
  assert_null(bytes.bytes);
}

static void read_goes_to_the_end_of_a_file_that_says_size_0(void **state) {
  (void)state;
  pi_fs_bytes bytes = {NULL, 0};
  pi_fs_stat st;
  pi_err err;
  assert_int_equal(pi_fs_read(&bytes, &st, "/proc/self/maps", 0, &err), 0);
  assert_int_equal(st.size, 0);
  assert_true(bytes.size > 100);
  assert_int_equal(bytes.bytes[bytes.size - 1], '\n');
  pi_fs_bytes_release(&bytes);
  assert_int_equal(pi_fs_read(&bytes, &st, "/proc/self/maps", 10, &err), -1);
  assert_string_equal(err.code, "EFBIG");
}

static void copy_within_a_file_system_lets_the_system_copy(void **state) {
  (void)state;
  const char *method;
  pi_err err;
  struct stat a, b;
  put_file(in_scratch("a"), "content");
  assert_int_equal(chmod(in_scratch("a"), 04751), 0);
  assert_int_equal(symlink("a", in_scratch("link")), 0);
  assert_int_equal(pi_fs_copy(&method, in_scratch("link"), in_scratch("b"), &plain, &err), 0);
  assert_true(strcmp(method, "reflink") == 0 || strcmp(method, "copy_file_range") == 0);
  assert_file(in_scratch("b"), "content");
  assert_int_equal(mode_of(in_scratch("b")), 0751);
  assert_int_equal(stat(in_scratch("b"), &b), 0);
  assert_int_equal(pi_fs_copy(&method, in_scratch("b"), in_scratch("b"), &plain, &err), 0);
  assert_int_equal(stat(in_scratch("b"), &a), 0);
  assert_true(a.st_ino != b.st_ino); /* always a new inode, onto itself too */
  assert_file(in_scratch("b"), "content");
}

static void copy_between_file_systems_reads_and_writes(void **state) {
  (void)state;
  const char *method;
  char dst[4200];
  pi_err err;
  put_file(in_scratch("a"), "content");
  (void)snprintf(dst, sizeof dst, "%s/b", scratch_mount("other", "1m"));
  assert_int_equal(pi_fs_copy(&method, in_scratch("a"), dst, &plain, &err), 0);
  assert_string_equal(method, "read_write");
  assert_file(dst, "content");
  assert_int_equal(pi_fs_copy(&method, "/proc/self/status", dst, &plain, &err), 0);
  assert_string_equal(method, "read_write");
  assert_int_equal(pi_fs_link(in_scratch("a"), in_scratch("other/c"), &err), -1);
  assert_string_equal(err.code, "EXDEV");
  assert_int_equal(pi_fs_rename(in_scratch("a"), in_scratch("other/c"), &err), -1);
  assert_string_equal(err.code, "EXDEV");
}

static void copy_names_both_files_in_its_errors(void **state) {
  (void)state;
  const char *method;
  char paths[9000];
  pi_err err;
  (void)snprintf(paths, sizeof paths, "%s to %s", in_scratch("gone"), in_scratch("b"));
  assert_int_equal(pi_fs_copy(&method, in_scratch("gone"), in_scratch("b"), &plain, &err), -1);
  assert_error(&err, "ENOENT", "copy", paths, "No such file or directory");
  assert_int_equal(pi_fs_rename(in_scratch("gone"), in_scratch("b"), &err), -1);
  assert_error(&err, "ENOENT", "rename", paths, "No such file or directory");
  assert_int_equal(pi_fs_link(in_scratch("gone"), in_scratch("b"), &err), -1);
  assert_error(&err, "ENOENT", "link", paths, "No such file or directory");
  assert_int_equal(pi_fs_copy(&method, scratch, in_scratch("b"), &plain, &err), -1);
  assert_string_equal(err.code, "EISDIR");
  put_file(in_scratch("a"), "");
  assert_int_equal(pi_fs_copy(&method, in_scratch("a"), scratch, &plain, &err), -1);
  assert_error(&err, "EISDIR", "write", scratch, "Is a directory");
  assert_int_equal(mkfifo(in_scratch("pipe"), 0600), 0);
  (void)snprintf(paths, sizeof paths, "%s to %s", in_scratch("pipe"), in_scratch("b"));
  assert_int_equal(pi_fs_copy(&method, in_scratch("pipe"), in_scratch("b"), &plain, &err), -1);
  assert_error(&err, "EINVAL", "copy", paths, "not a regular file");
  assert_int_equal(count_entries(scratch), 2);
}

static void full_disk_keeps_the_old_file_and_leaves_nothing(void **state) {
  (void)state;
  enum { BIG = 256 * 1024 };
  static char big[BIG];
  char path[4200];
  const char *method;
  pi_err err;
  memset(big, 'x', BIG);
  (void)snprintf(path, sizeof path, "%s/file", scratch_mount("full", "64k"));
  write_text(path, "old");
  assert_int_equal(pi_fs_write(path, big, BIG, &plain, &err), -1);
  assert_error(&err, "ENOSPC", "write", path, "No space left on device");
  assert_int_equal(pi_fs_write(in_scratch("big"), big, BIG, &plain, &err), 0);
  assert_int_equal(pi_fs_copy(&method, in_scratch("big"), path, &plain, &err), -1);
  assert_string_equal(err.code, "ENOSPC");
  assert_file(path, "old");
  assert_int_equal(count_entries(in_scratch("full")), 1);
}

static void without_descriptors_body(void) {
  struct rlimit none;
  const char *method;
  pi_fs_bytes bytes = {NULL, 0};
  pi_fs_stat st;
  pi_names names;
  pi_err err;
  pi_names_init(&names);
  child_expect(getrlimit(RLIMIT_NOFILE, &none) == 0);
  none.rlim_cur = 3; /* what open() goes by; the hard one stays, for valgrind lets nobody lower it */
  child_expect(setrlimit(RLIMIT_NOFILE, &none) == 0);
  child_expect(pi_fs_read(&bytes, &st, in_scratch("a"), 0, &err) == -1 && strcmp(err.code, "EMFILE") == 0);
  child_expect(pi_fs_write(in_scratch("a"), "", 0, &plain, &err) == -1 && strcmp(err.code, "EMFILE") == 0);
  child_expect(pi_fs_copy(&method, in_scratch("a"), in_scratch("b"), &plain, &err) == -1);
  child_expect(pi_fs_list(&names, scratch, &err) == -1 && strcmp(err.code, "EMFILE") == 0);
}

static void without_descriptors_everything_fails_cleanly(void **state) {
  (void)state;
  put_file(in_scratch("a"), "old");
  in_child(without_descriptors_body, 0);
  assert_file(in_scratch("a"), "old");
  assert_int_equal(count_entries(scratch), 1);
}

static void read_only_body(void) {
  pi_err err;
  child_expect(pi_fs_write(in_scratch("locked/file"), "new", 3, &plain, &err) == -1);
  child_expect(strcmp(err.code, "EACCES") == 0);
}

static void a_read_only_folder_is_an_error(void **state) {
  (void)state;
  if (geteuid() != 0) skip();
  assert_int_equal(mkdir(in_scratch("locked"), 0755), 0);
  put_file(in_scratch("locked/file"), "old");
  assert_int_equal(chmod(in_scratch("locked/file"), 0666), 0);
  assert_int_equal(chmod(scratch, 0755), 0);
  in_child(read_only_body, 65534);
  assert_file(in_scratch("locked/file"), "old");
  assert_int_equal(count_entries(in_scratch("locked")), 1);
}

static volatile sig_atomic_t alarms, alarm_pause;

/* Asks for the next alarm, each a little later than the last: under valgrind one takes longer than the first pauses
 * are, and at a fixed rate nothing else would ever run. */
static void next_alarm(int signal_number) {
  int pause = alarm_pause + alarm_pause / 64;
  (void)signal_number;
  if (alarm_pause == 0) return;
  alarms++;
  alarm_pause = pause;
  (void)setitimer(ITIMER_REAL, &(struct itimerval){.it_value = {pause / 1000000, pause % 1000000}}, NULL);
}

static void goes_on_after_interrupted_system_calls(void **state) {
  (void)state;
  enum { BIG = 32 * 1024 * 1024 };
  struct sigaction action = {.sa_handler = next_alarm}; /* without SA_RESTART */
  const char *method;
  pi_fs_bytes bytes = {NULL, 0};
  pi_fs_stat st;
  pi_err err = {"", ""};
  char *big = calloc(1, BIG);
  assert_non_null(big);
  assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
  alarms = 0;
  alarm_pause = 300; /* microseconds */
  (void)raise(SIGALRM);
  int written = pi_fs_write(in_scratch("a"), big, BIG, &plain, &err);
  int copied = pi_fs_copy(&method, in_scratch("a"), in_scratch("b"), &plain, &err);
  int was_read = pi_fs_read(&bytes, &st, in_scratch("b"), 0, &err);
  alarm_pause = 0;
  assert_int_equal(setitimer(ITIMER_REAL, &(struct itimerval){.it_value = {0, 0}}, NULL), 0);
  assert_true(alarms > 3);
  if (written < 0 || copied < 0 || was_read < 0) fail_msg("%s", err.message);
  assert_int_equal(bytes.size, BIG);
  assert_memory_equal(bytes.bytes, big, BIG);
  pi_fs_bytes_release(&bytes);
  free(big);
}

static void ctrl_c_ends_a_copy_and_leaves_nothing(void **state) {
  (void)state;
  const char *method;
  pi_err err;
  put_file(in_scratch("a"), "content");
  assert_int_equal(pi_interrupt_install(&err), 0);
  assert_int_equal(raise(SIGINT), 0);
  int result = pi_fs_copy(&method, in_scratch("a"), in_scratch("b"), &plain, &err);
  assert_int_equal(pi_interrupt_take(), SIGINT);
  if (result == 0) { /* a reflink is one call */
    assert_string_equal(method, "reflink");
    return;
  }
  assert_string_equal(err.code, "EINTR");
  assert_int_equal(count_entries(scratch), 1);
}

/* Between file systems the copy goes block by block. */
static void ctrl_c_ends_a_copy_to_another_file_system(void **state) {
  (void)state;
  const char *method;
  char dst[4200];
  pi_err err;
  put_file(in_scratch("a"), "content");
  (void)snprintf(dst, sizeof dst, "%s/b", scratch_mount("other", "1m"));
  assert_int_equal(pi_interrupt_install(&err), 0);
  assert_int_equal(raise(SIGINT), 0);
  int result = pi_fs_copy(&method, in_scratch("a"), dst, &plain, &err);
  assert_int_equal(pi_interrupt_take(), SIGINT);
  assert_int_equal(result, -1);
  assert_string_equal(err.code, "EINTR");
  assert_int_equal(count_entries(in_scratch("other")), 0);
}

static void stat_tells_what_the_system_does(void **state) {
  (void)state;
  pi_fs_stat st;
  struct stat want;
  pi_err err;
  put_file(in_scratch("file"), "12345");
  assert_int_equal(chmod(in_scratch("file"), 02640), 0);
  const struct timespec times[2] = {{1, 0}, {1600000000, 123456789}};
  assert_int_equal(utimensat(AT_FDCWD, in_scratch("file"), times, 0), 0);
  assert_int_equal(link(in_scratch("file"), in_scratch("second")), 0);
  assert_int_equal(stat(in_scratch("file"), &want), 0);
  assert_int_equal(pi_fs_stat_path(&st, in_scratch("file"), true, &err), 0);
  assert_string_equal(st.type, "file");
  assert_int_equal(st.size, 5);
  assert_int_equal(st.mode, 02640);
  assert_int_equal(st.uid, geteuid());
  assert_int_equal(st.links, 2);
  assert_int_equal(st.inode, want.st_ino);
  assert_int_equal(st.device, want.st_dev);
  assert_true(st.mtime_ns == 1600000000123456789);
  assert_int_equal(symlink("gone", in_scratch("link")), 0);
  assert_int_equal(pi_fs_stat_path(&st, in_scratch("link"), false, &err), 0);
  assert_string_equal(st.type, "link");
  assert_int_equal(pi_fs_stat_path(&st, in_scratch("link"), true, &err), -1);
  assert_error(&err, "ENOENT", "stat", in_scratch("link"), "No such file or directory");
  assert_int_equal(pi_fs_stat_path(&st, "/dev/null", true, &err), 0);
  assert_string_equal(st.type, "character");
}

#define with_scratch(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      with_scratch(write_replaces_with_a_new_inode_and_leaves_nothing_else),
      with_scratch(write_keeps_the_mode_of_the_file_it_replaces),
      with_scratch(write_replaces_a_link_and_refuses_folder_and_pipe),
      with_scratch(names_of_any_bytes_and_of_255),
      with_scratch(too_long_names_are_errors),
      with_scratch(read_has_a_limit_and_refuses_what_is_no_file),
      with_scratch(read_goes_to_the_end_of_a_file_that_says_size_0),
      with_scratch(copy_within_a_file_system_lets_the_system_copy),
      with_scratch(copy_between_file_systems_reads_and_writes),
      with_scratch(copy_names_both_files_in_its_errors),
      with_scratch(full_disk_keeps_the_old_file_and_leaves_nothing),
      with_scratch(without_descriptors_everything_fails_cleanly),
      with_scratch(a_read_only_folder_is_an_error),
      with_scratch(goes_on_after_interrupted_system_calls),
      with_scratch(ctrl_c_ends_a_copy_and_leaves_nothing),
      with_scratch(ctrl_c_ends_a_copy_to_another_file_system),
      with_scratch(stat_tells_what_the_system_does),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
