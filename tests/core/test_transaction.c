/* Transactions: all new or all old, whoever dies when; the sweep of kills and errors is tests/fault/transaction. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "../lib/scratch.h"
#include "core/io.h"
#include "core/transaction.h"
#include "core/transaction_steps.h"

static const char *exchanged; /* what takes the place of native/a as it cannot be linked; NULL: it can */

int __real_linkat(int from, const char *name, int to, const char *link, int flags);
int __wrap_linkat(int from, const char *name, int to, const char *link, int flags);

/* The owner of the folder exchanges the file after it was looked at. */
int __wrap_linkat(int from, const char *name, int to, const char *link, int flags) {
  if (exchanged == NULL || strcmp(name, "a") != 0) return __real_linkat(from, name, to, link, flags);
  assert_int_equal(rename(exchanged, in_scratch("native/a")), 0);
  errno = EMLINK;
  return -1;
}

static int renames_left = 1000; /* that succeed */

int __real_renameat(int from, const char *name, int to, const char *other);
int __wrap_renameat(int from, const char *name, int to, const char *other);

int __wrap_renameat(int from, const char *name, int to, const char *other) {
  if (renames_left-- > 0) return __real_renameat(from, name, to, other);
  errno = EIO;
  return -1;
}

/* A tree with two files to replace, one to create and one to remove. */
static int setup(void **state) {
  if (scratch_setup(state) != 0) return -1;
  (void)mkdir(in_scratch("native"), 0755);
  put_file(in_scratch("native/a"), "old a");
  put_file(in_scratch("native/b"), "old b");
  put_file(in_scratch("native/gone"), "old gone");
  put_file(in_scratch("source"), "new a");
  return 0;
}

static void begin(pi_transaction *tx) {
  pi_err err = {"", ""};
  if (pi_transaction_begin(tx, ".pienv", scratch, &err) < 0) fail_msg("%s", err.message);
}

static void stage(pi_transaction *tx) {
  pi_err err = {"", ""};
  if (pi_transaction_copy(tx, in_scratch("source"), "native/a", 0640, true, &err) < 0 ||
      pi_transaction_write(tx, in_scratch("native/b"), "new b", 5, -1, &err) < 0 ||
      pi_transaction_write(tx, "native//./c", "new c", 5, -1, &err) < 0 ||
      pi_transaction_remove(tx, "native/gone", &err) < 0)
    fail_msg("%s", err.message);
}

static void assert_all_old(void) {
  assert_file(in_scratch("native/a"), "old a");
  assert_file(in_scratch("native/b"), "old b");
  assert_false(exists(in_scratch("native/c")));
  assert_file(in_scratch("native/gone"), "old gone");
  assert_int_equal(count_entries(in_scratch("native")), 3);
}

static void assert_all_new(void) {
  assert_file(in_scratch("native/a"), "new a");
  assert_file(in_scratch("native/b"), "new b");
  assert_file(in_scratch("native/c"), "new c");
  assert_int_equal(count_entries(in_scratch("native")), 3);
}

static void assert_no_journal(void) { assert_int_equal(count_entries(in_scratch(".pienv")), 0); }

static void commit_makes_all_new_and_leaves_nothing(void **state) {
  (void)state;
  pi_transaction tx;
  pi_err err = {"", ""};
  assert_int_equal(chmod(in_scratch("native/b"), 0751), 0);
  begin(&tx);
  stage(&tx);
  assert_file(in_scratch("native/a"), "old a");
  if (pi_transaction_commit(&tx, &err) < 0) fail_msg("%s", err.message);
  pi_transaction_release(&tx);
  assert_all_new();
  assert_int_equal(mode_of(in_scratch("native/a")), 0640);
  assert_int_equal(mode_of(in_scratch("native/b")), 0751);
  assert_int_equal(mode_of(in_scratch("native/c")), 0644);
  assert_no_journal();
}

static void release_and_rollback_leave_all_old(void **state) {
  (void)state;
  pi_transaction tx;
  begin(&tx);
  stage(&tx);
  assert_int_equal(count_entries(in_scratch("native")), 6);
  pi_transaction_release(&tx);
  pi_transaction_release(&tx);
  assert_all_old();
  assert_no_journal();
  begin(&tx);
  stage(&tx);
  assert_int_equal(pi_transaction_rollback(&tx, NULL), 0);
  pi_transaction_release(&tx);
  assert_all_old();
  assert_no_journal();
}

static void staged_path(char *path, size_t size, const pi_transaction *tx, size_t index) {
  char name[PI_JOURNAL_SIDE_SIZE];
  pi_journal_side(name, &tx->journal, index, ".new");
  (void)snprintf(path, size, "native/%s", name);
}

/* Removes the staged file of entry `index`, so that the commit fails in its middle. */
static void sabotage(const pi_transaction *tx, size_t index) {
  char path[128];
  staged_path(path, sizeof path, tx, index);
  assert_int_equal(unlink(in_scratch(path)), 0);
}

static void a_commit_that_fails_in_the_middle_leaves_all_old(void **state) {
  (void)state;
  for (size_t i = 0; i < 3; i++) {
    struct stat before, after;
    pi_transaction tx;
    pi_err err;
    assert_int_equal(stat(in_scratch("native/a"), &before), 0);
    begin(&tx);
    stage(&tx);
    sabotage(&tx, i);
    assert_int_equal(pi_transaction_commit(&tx, &err), -1);
    assert_string_equal(err.code, "ENOENT");
    assert_non_null(strstr(err.message, "replace native/"));
    assert_all_old();
    assert_int_equal(stat(in_scratch("native/a"), &after), 0);
    assert_int_equal(before.st_ino, after.st_ino); /* the very file, not a copy */
    assert_no_journal();
  }
}

static void recover_one(void) {
  pi_recoveries recoveries = {NULL, 0};
  pi_err err = {"", ""};
  if (pi_transaction_recover(&recoveries, ".pienv", scratch, &err) < 0) fail_msg("%s", err.message);
  assert_int_equal(recoveries.count, 1);
  assert_false(recoveries.items[0].finished);
  pi_recoveries_release(&recoveries);
  assert_all_old();
  assert_no_journal();
}

/* One file has become new when the system stops to rename files. */
static void a_failure_to_put_back_is_told_and_ended_by_recovery(void **state) {
  (void)state;
  pi_transaction tx;
  pi_err err;
  begin(&tx);
  stage(&tx);
  renames_left = 1;
  int result = pi_transaction_commit(&tx, &err);
  renames_left = 1000;
  assert_int_equal(result, PI_TRANSACTION_MIXED);
  assert_non_null(strstr(err.message, "; putting the old files back: put back native/"));
  assert_file(in_scratch("native/a"), "new a");
  recover_one();
}

/* A folder in the place of a staged file can neither be installed nor swept. */
static void work_that_is_left_does_not_make_it_mixed(void **state) {
  (void)state;
  pi_transaction tx;
  pi_err err;
  char path[128];
  begin(&tx);
  stage(&tx);
  sabotage(&tx, 1);
  staged_path(path, sizeof path, &tx, 1);
  assert_int_equal(mkdir(in_scratch(path), 0700), 0);
  assert_int_equal(pi_transaction_commit(&tx, &err), -1);
  assert_non_null(strstr(err.message, "; then: clean up beside native/"));
  assert_file(in_scratch("native/a"), "old a");
  assert_int_equal(rmdir(in_scratch(path)), 0);
  recover_one();
}

static void a_folder_that_came_in_the_way_stops_the_commit(void **state) {
  (void)state;
  pi_transaction tx;
  pi_err err;
  begin(&tx);
  stage(&tx);
  assert_int_equal(mkdir(in_scratch("native/c"), 0755), 0);
  assert_int_equal(pi_transaction_commit(&tx, &err), -1);
  assert_string_equal(err.code, "EISDIR");
  assert_int_equal(rmdir(in_scratch("native/c")), 0);
  assert_all_old();
  assert_no_journal();
}

static void a_transaction_with_a_failed_file_cannot_be_committed(void **state) {
  (void)state;
  pi_transaction tx;
  pi_err err;
  begin(&tx);
  stage(&tx);
  assert_int_equal(pi_transaction_copy(&tx, in_scratch("vanished"), "native/x", -1, true, &err), -1);
  assert_string_equal(err.code, "ENOENT");
  assert_int_equal(pi_transaction_commit(&tx, &err), -1);
  assert_non_null(strstr(err.message, "could not be staged"));
  assert_all_old();
  assert_no_journal();
}

static void a_source_that_is_a_link_is_copied_only_where_links_are_followed(void **state) {
  (void)state;
  pi_transaction tx;
  pi_err err = {"", ""};
  begin(&tx);
  assert_int_equal(symlink("source", in_scratch("link")), 0);
  assert_int_equal(pi_transaction_copy(&tx, in_scratch("link"), "native/a", -1, true, NULL), 0);
  assert_int_equal(pi_transaction_copy(&tx, in_scratch("source"), "native/b", -1, false, NULL), 0);
  assert_int_equal(pi_transaction_copy(&tx, in_scratch("link"), "native/c", -1, false, &err), -1);
  assert_string_equal(err.code, "ELOOP");
  pi_transaction_release(&tx);
  assert_all_old();
}

static void assert_refused(pi_transaction *tx, const char *dst, const char *code, const char *reason) {
  pi_err err = {"", ""};
  assert_int_equal(pi_transaction_write(tx, dst, "x", 1, -1, &err), -1);
  if (strcmp(err.code, code) != 0 || strstr(err.message, reason) == NULL)
    fail_msg("%s: got %s, %s", dst, err.code, err.message);
}

static void targets_that_lead_out_or_are_no_files_are_refused(void **state) {
  (void)state;
  pi_transaction tx;
  assert_int_equal(mkdir(in_scratch("outside"), 0755), 0);
  assert_int_equal(symlink("../outside", in_scratch("native/link")), 0);
  assert_int_equal(mkfifo(in_scratch("native/pipe"), 0600), 0);
  begin(&tx);
  assert_refused(&tx, "../x", "EXDEV", "not beneath");
  assert_refused(&tx, "native/../../x", "EXDEV", "not beneath");
  assert_refused(&tx, "/etc/x", "EXDEV", "not beneath");
  assert_refused(&tx, "native/link/x", "ENOTDIR", "a symbolic link");
  assert_refused(&tx, "native/a/x", "ENOTDIR", "a file is where a folder should be");
  assert_refused(&tx, "native", "EISDIR", "Is a directory");
  assert_refused(&tx, "native/pipe", "EINVAL", "not a regular file");
  assert_refused(&tx, "missing/x", "ENOENT", "No such file");
  assert_int_equal(pi_transaction_write(&tx, "native/b", "", 0, -1, NULL), 0);
  assert_refused(&tx, "native/./b", "EEXIST", "already part of this transaction");
  pi_transaction_release(&tx);
  assert_int_equal(count_entries(in_scratch("outside")), 0);
}

static void names_of_any_bytes_and_of_255(void **state) {
  (void)state;
  char longest[300] = "native/";
  memset(longest + 7, 'x', 255);
  const char *const names[] = {"native/ two  words", "native/line\nbreak %41", "native/\xff\xfe", longest};
  pi_transaction tx;
  pi_err err = {"", ""};
  begin(&tx);
  for (size_t i = 0; i < 4; i++)
    if (pi_transaction_write(&tx, names[i], "new", 3, -1, &err) < 0) fail_msg("%s", err.message);
  if (pi_transaction_commit(&tx, &err) < 0) fail_msg("%s", err.message);
  for (size_t i = 0; i < 4; i++) assert_file(in_scratch(names[i]), "new");
}

static void a_link_as_target_is_replaced_and_put_back(void **state) {
  (void)state;
  pi_transaction tx;
  char target[16] = "";
  assert_int_equal(symlink("a", in_scratch("native/link")), 0);
  begin(&tx);
  assert_int_equal(pi_transaction_write(&tx, "native/link", "file", 4, -1, NULL), 0);
  assert_int_equal(pi_transaction_write(&tx, "native/b", "new b", 5, -1, NULL), 0);
  sabotage(&tx, 1);
  assert_int_equal(pi_transaction_commit(&tx, NULL), -1);
  assert_int_equal(readlink(in_scratch("native/link"), target, sizeof target - 1), 1);
  assert_string_equal(target, "a");
  begin(&tx);
  assert_int_equal(pi_transaction_write(&tx, "native/link", "file", 4, -1, NULL), 0);
  assert_int_equal(pi_transaction_commit(&tx, NULL), 0);
  assert_file(in_scratch("native/link"), "file");
  assert_file(in_scratch("native/a"), "old a");
}

static void full_disk_leaves_all_old(void **state) {
  (void)state;
  enum { BIG = 256 * 1024 };
  static char big[BIG];
  char path[4200];
  pi_transaction tx;
  pi_err err;
  (void)snprintf(path, sizeof path, "%s/a", scratch_mount("full", "64k"));
  put_file(path, "old a");
  assert_int_equal(pi_transaction_begin(&tx, ".pienv", in_scratch("full"), &err), 0);
  assert_int_equal(pi_transaction_write(&tx, "a", "new a", 5, -1, &err), 0);
  assert_int_equal(pi_transaction_write(&tx, "b", big, BIG, -1, &err), -1);
  assert_string_equal(err.message, "write b: No space left on device");
  assert_int_equal(pi_transaction_commit(&tx, &err), -1);
  assert_file(path, "old a");
  assert_int_equal(count_entries(in_scratch("full")), 2);
  assert_int_equal(count_entries(in_scratch("full/.pienv")), 0);
}

/* A stranger may not link to a file that he cannot write (protected_hardlinks): the old file is kept as a copy. */
static void stranger_body(void) {
  pi_transaction tx;
  child_expect(link(in_scratch("native/a"), in_scratch("native/probe")) == -1);
  child_expect(pi_transaction_begin(&tx, ".pienv", scratch, NULL) == 0);
  child_expect(pi_transaction_write(&tx, "native/a", "new a", 5, -1, NULL) == 0);
  child_expect(pi_transaction_write(&tx, "native/b", "new b", 5, -1, NULL) == 0);
  char name[PI_JOURNAL_SIDE_SIZE], path[128];
  pi_journal_side(name, &tx.journal, 1, ".new");
  (void)snprintf(path, sizeof path, "native/%s", name);
  child_expect(unlink(in_scratch(path)) == 0);
  child_expect(pi_transaction_commit(&tx, NULL) == -1);
}

static void without_hard_links_the_old_file_is_kept_as_a_copy(void **state) {
  (void)state;
  char protected[4] = "";
  FILE *file = fopen("/proc/sys/fs/protected_hardlinks", "re");
  if (file != NULL) {
    assert_non_null(fgets(protected, sizeof protected, file));
    assert_int_equal(fclose(file), 0);
  }
  if (geteuid() != 0 || protected[0] != '1') skip();
  assert_int_equal(chmod(scratch, 0777), 0);
  assert_int_equal(chmod(in_scratch("native"), 0777), 0);
  in_child(stranger_body, 65534);
  assert_all_old();
  assert_no_journal();
}

/* Else the old file would have become a program of root's with the bytes of somebody else. */
static void a_copy_of_the_old_file_has_the_rights_of_what_was_copied(void **state) {
  (void)state;
  pi_transaction tx;
  struct stat st;
  pi_err err = {"", ""};
  char old[512];
  if (geteuid() != 0) skip();
  put_file(in_scratch("evil"), "evil");
  assert_int_equal(chown(in_scratch("evil"), 65534, 65534), 0);
  assert_int_equal(chmod(in_scratch("native/a"), 04755), 0);
  begin(&tx);
  stage(&tx);
  exchanged = in_scratch("evil");
  int kept = pi_steps_backup(tx.root, &tx.journal, &err);
  exchanged = NULL;
  if (kept < 0) fail_msg("%s", err.message);
  (void)snprintf(old, sizeof old, "%s/native/.pienv-%s-0.old", scratch, tx.journal.id);
  assert_int_equal(stat(old, &st), 0);
  assert_int_equal(st.st_mode & 07777, 0644);
  assert_int_equal(st.st_uid, 65534);
  pi_transaction_release(&tx);
}

static void an_empty_transaction_is_fine(void **state) {
  (void)state;
  pi_transaction tx;
  pi_err err;
  begin(&tx);
  assert_int_equal(pi_transaction_commit(&tx, &err), 0);
  assert_all_old();
  assert_no_journal();
}

#define in_tree(test) cmocka_unit_test_setup_teardown(test, setup, scratch_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      in_tree(commit_makes_all_new_and_leaves_nothing),
      in_tree(release_and_rollback_leave_all_old),
      in_tree(a_commit_that_fails_in_the_middle_leaves_all_old),
      in_tree(a_failure_to_put_back_is_told_and_ended_by_recovery),
      in_tree(work_that_is_left_does_not_make_it_mixed),
      in_tree(a_folder_that_came_in_the_way_stops_the_commit),
      in_tree(a_transaction_with_a_failed_file_cannot_be_committed),
      in_tree(a_source_that_is_a_link_is_copied_only_where_links_are_followed),
      in_tree(targets_that_lead_out_or_are_no_files_are_refused),
      in_tree(names_of_any_bytes_and_of_255),
      in_tree(a_link_as_target_is_replaced_and_put_back),
      in_tree(full_disk_leaves_all_old),
      in_tree(without_hard_links_the_old_file_is_kept_as_a_copy),
      in_tree(a_copy_of_the_old_file_has_the_rights_of_what_was_copied),
      in_tree(an_empty_transaction_is_fine),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
