/* The ladder of links: which way is taken, why the others were not, and that a failure leaves nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>

#include "../lib/scratch.h"
#include "core/link.h"

/* What the next call answers; 0: what the system says. */
static int clone_errno, link_errno;

static unsigned file_system; /* that of all files */
static int clone_tries;

/* Called in the middle of a copy; NULL: nothing. */
static void (*meanwhile)(void);

int __real_ioctl(int fd, unsigned long request, void *argument);
int __wrap_ioctl(int fd, unsigned long request, void *argument);
int __real_fstatfs(int fd, struct statfs *st);
int __wrap_fstatfs(int fd, struct statfs *st);
int __real_linkat(int from_dir, const char *from, int to_dir, const char *to, int flags);
int __wrap_linkat(int from_dir, const char *from, int to_dir, const char *to, int flags);

int __wrap_ioctl(int fd, unsigned long request, void *argument) {
  clone_tries += request == FICLONE;
  if (request == FICLONE && meanwhile != NULL) meanwhile();
  if (request != FICLONE || clone_errno == 0) return __real_ioctl(fd, request, argument);
  errno = clone_errno;
  return -1;
}

int __wrap_fstatfs(int fd, struct statfs *st) {
  int result = __real_fstatfs(fd, st);
  st->f_type = (__fsword_t)file_system;
  return result;
}

int __wrap_linkat(int from_dir, const char *from, int to_dir, const char *to, int flags) {
  if (link_errno == 0) return __real_linkat(from_dir, from, to_dir, to, flags);
  errno = link_errno;
  return -1;
}

static char from[128], to[128];
static pi_link_result result;
static pi_err err;

static const pi_link_plan all_ways = {{PI_LINK_REFLINK, PI_LINK_HARDLINK, PI_LINK_COPY}, 3, {.mode = -1}};

static int setup(void **state) {
  clone_errno = EOPNOTSUPP; /* whatever the test machine has */
  link_errno = clone_tries = 0;
  file_system = BTRFS_SUPER_MAGIC;
  meanwhile = NULL;
  err = (pi_err){"", ""};
  if (scratch_setup(state) != 0) return -1;
  (void)snprintf(from, sizeof from, "%s", in_scratch("from"));
  (void)snprintf(to, sizeof to, "%s", in_scratch("to"));
  put_file(from, "content");
  return chmod(from, 0555);
}

static int put(void) { return pi_link_put(&result, from, to, &all_ways, &err); }

static void assert_put(pi_link_way how, const char *first, const char *second) {
  if (put() < 0) fail_msg("%s", err.message);
  assert_int_equal(result.how, how);
  assert_int_equal(result.passed_count, (first != NULL) + (second != NULL));
  if (first != NULL) assert_string_equal(result.passed[0].code, first);
  if (second != NULL) assert_string_equal(result.passed[1].code, second);
  assert_file(to, "content");
}

static ino_t inode_of(const char *path) {
  struct stat st;
  assert_int_equal(lstat(path, &st), 0);
  return st.st_ino;
}

static void assert_fails(const char *code, const char *message) {
  int before = count_entries(scratch);
  assert_int_equal(put(), -1);
  assert_string_equal(err.code, code);
  assert_non_null(strstr(err.message, message));
  assert_int_equal(count_entries(scratch), before);
}

static void a_file_nobody_may_write_to_gets_a_hard_link(void **state) {
  (void)state;
  assert_put(PI_LINK_HARDLINK, "EOPNOTSUPP", NULL);
  assert_int_equal(inode_of(from), inode_of(to));
  assert_int_equal(result.passed[0].way, PI_LINK_REFLINK);
  assert_string_equal(result.passed[0].reason, "Operation not supported");
}

static void a_file_with_any_write_bit_is_copied(void **state) {
  (void)state;
  static const unsigned modes[] = {0755, 0575, 0557, 0200};
  for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
    assert_int_equal(chmod(from, modes[i]), 0);
    assert_put(PI_LINK_COPY, "EOPNOTSUPP", "EWRITABLE");
    assert_int_not_equal(inode_of(from), inode_of(to));
    assert_int_equal(mode_of(to), modes[i]);
    assert_int_equal(unlink(to), 0);
  }
  assert_non_null(strstr(result.passed[1].reason, "may be written to (mode 0200)"));
}

static void a_file_system_that_never_shares_blocks_is_not_asked(void **state) {
  (void)state;
  assert_put(PI_LINK_HARDLINK, "EOPNOTSUPP", NULL);
  assert_int_equal(clone_tries, 1);
  assert_int_equal(unlink(to), 0);
  file_system = EXT4_SUPER_MAGIC;
  assert_put(PI_LINK_HARDLINK, "EOPNOTSUPP", NULL);
  assert_int_equal(clone_tries, 1);
}

static void another_mode_needs_a_file_of_its_own(void **state) {
  (void)state;
  pi_link_plan plan = all_ways;
  plan.put.mode = 0444;
  plan.put.sync = true;
  assert_int_equal(pi_link_put(&result, from, to, &plan, &err), 0);
  assert_int_equal(result.how, PI_LINK_COPY);
  assert_string_equal(result.passed[1].code, "EMODE");
  assert_string_equal(result.passed[1].reason, "the file has mode 0555, not 0444");
  assert_int_equal(mode_of(to), 0444);
  assert_int_equal(mode_of(from), 0555);
  assert_int_equal(unlink(to), 0);
  plan.put.mode = 0555;
  assert_int_equal(pi_link_put(&result, from, to, &plan, &err), 0);
  assert_int_equal(result.how, PI_LINK_HARDLINK);
}

static void only_a_file_of_its_own_is_given_to_another_owner(void **state) {
  (void)state;
  static const pi_fs_owner nobody = {65534, 65533};
  struct stat st;
  pi_link_plan plan = all_ways;
  if (geteuid() != 0) skip();
  plan.put.owner = &nobody;
  assert_int_equal(pi_link_put(&result, from, to, &plan, &err), 0);
  assert_int_equal(result.how, PI_LINK_HARDLINK);
  assert_int_equal(lstat(from, &st), 0);
  assert_int_equal(st.st_uid, geteuid());
  assert_int_equal(unlink(to) | chmod(from, 0755), 0);
  assert_int_equal(pi_link_put(&result, from, to, &plan, &err), 0);
  assert_int_equal(result.how, PI_LINK_COPY);
  assert_int_equal(lstat(to, &st), 0);
  assert_int_equal(st.st_uid, 65534);
  assert_int_equal(st.st_gid, 65533);
  assert_int_equal(mode_of(to), 0755);
}

static void special_bits_are_not_taken_over(void **state) {
  (void)state;
  assert_int_equal(chmod(from, 06555), 0);
  assert_put(PI_LINK_COPY, "EOPNOTSUPP", "EMODE");
  assert_int_equal(mode_of(to), 0555);
}

static void reasons_of_the_file_system_lead_to_the_next_way(void **state) {
  (void)state;
  static const int reasons[] = {EXDEV, EPERM, EMLINK, EOPNOTSUPP, ETXTBSY, ENOSYS, EINVAL, ENOTTY, EACCES};
  for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
    clone_errno = link_errno = reasons[i];
    assert_put(PI_LINK_COPY, pi_err_name(reasons[i]), pi_err_name(reasons[i]));
    assert_int_equal(unlink(to), 0);
  }
}

static void real_trouble_fails_at_once_and_leaves_nothing(void **state) {
  (void)state;
  static const int reasons[] = {ENOSPC, EDQUOT, EIO, EROFS, ENOMEM};
  for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
    clone_errno = reasons[i];
    assert_fails(pi_err_name(reasons[i]), pi_err_reason(reasons[i]));
    assert_int_equal(result.passed_count, 0);
    clone_errno = EOPNOTSUPP;
    link_errno = reasons[i];
    assert_fails(pi_err_name(reasons[i]), pi_err_reason(reasons[i]));
    assert_int_equal(result.passed_count, 1);
  }
}

static void where_no_way_is_left_the_last_reason_is_told(void **state) {
  (void)state;
  pi_link_plan plan = all_ways;
  plan.count = 2;
  link_errno = EMLINK;
  assert_int_equal(pi_link_put(&result, from, to, &plan, &err), -1);
  assert_string_equal(err.code, "EMLINK");
  assert_non_null(strstr(err.message, "/to: hardlink: Too many links"));
  assert_false(exists(to));
}

static void the_order_is_the_callers(void **state) {
  (void)state;
  pi_link_plan plan = {{PI_LINK_COPY, PI_LINK_HARDLINK}, 2, {.mode = -1}};
  assert_int_equal(pi_link_put(&result, from, to, &plan, &err), 0);
  assert_int_equal(result.how, PI_LINK_COPY);
  assert_int_equal(result.passed_count, 0);
}

static void a_name_that_is_taken_is_an_error_and_stays(void **state) {
  (void)state;
  static const pi_link_way ways[] = {PI_LINK_REFLINK, PI_LINK_HARDLINK, PI_LINK_COPY};
  put_file(to, "another's");
  for (size_t i = 0; i < PI_LINK_WAYS; i++) {
    pi_link_plan plan = {{ways[i]}, 1, {.mode = -1}};
    assert_int_equal(pi_link_put(&result, from, to, &plan, &err), -1);
    assert_string_equal(err.code, "EEXIST");
    assert_file(to, "another's");
  }
  assert_int_equal(unlink(to) | symlink("missing", to), 0);
  assert_fails("EEXIST", "File exists");
  assert_false(exists(in_scratch("missing")));
}

static void only_a_regular_file_is_linked(void **state) {
  (void)state;
  assert_int_equal(rename(from, in_scratch("file")) | symlink("file", from), 0);
  assert_fails("ELOOP", "/to: is a symbolic link");
  assert_int_equal(unlink(from) | mkfifo(from, 0600), 0);
  assert_fails("EINVAL", "not a regular file");
  assert_int_equal(unlink(from) | mkdir(from, 0700), 0);
  assert_fails("EISDIR", "Is a directory");
  assert_int_equal(rmdir(from), 0);
  assert_fails("ENOENT", "link ");
}

static void between_file_systems_a_copy_is_made(void **state) {
  (void)state;
  (void)snprintf(to, sizeof to, "%s/to", scratch_mount("other", "1m"));
  clone_errno = 0;
  assert_put(PI_LINK_COPY, "EXDEV", "EXDEV");
}

static void a_full_disk_fails_and_leaves_nothing(void **state) {
  (void)state;
  const char *disk = scratch_mount("full", "64k");
  assert_int_equal(chmod(from, 0644) | truncate(from, 1 << 20), 0);
  (void)snprintf(to, sizeof to, "%s/to", disk);
  assert_int_equal(put(), -1);
  assert_string_equal(err.code, "ENOSPC");
  assert_int_equal(count_entries(disk), 0);
}

static void put_of_another_owner(void) {
  child_expect(put() == 0);
  child_expect(result.how == PI_LINK_COPY);
  child_expect(strcmp(result.passed[1].code, "EPERM") == 0);
}

/* The kernel's protected_hardlinks, which Debian sets. */
static void another_owners_file_is_copied(void **state) {
  (void)state;
  char value[4] = "";
  FILE *file = fopen("/proc/sys/fs/protected_hardlinks", "re");
  if (geteuid() != 0 || file == NULL) skip();
  (void)fgets(value, sizeof value, file);
  (void)fclose(file);
  if (value[0] != '1') skip();
  assert_int_equal(chmod(scratch, 0777), 0);
  in_child(put_of_another_owner, 65534);
}

static void append_to_source(void) {
  meanwhile = NULL;
  FILE *file = fopen(from, "ae");
  child_expect(file != NULL && fputs("more", file) >= 0 && fclose(file) == 0);
}

static void a_source_that_changes_while_it_is_copied_is_noticed(void **state) {
  (void)state;
  assert_int_equal(chmod(from, 0644), 0);
  pi_link_plan plan = {{PI_LINK_COPY}, 1, {.mode = -1}};
  meanwhile = append_to_source;
  assert_int_equal(pi_link_put(&result, from, to, &plan, &err), -1);
  assert_string_equal(err.code, "ECHANGED");
  assert_false(exists(to));
}

static void replace_source(void) {
  meanwhile = NULL;
  put_file(in_scratch("other"), "other");
  child_expect(chmod(in_scratch("other"), 0777) == 0 && rename(in_scratch("other"), from) == 0);
}

static void a_source_that_is_replaced_before_it_is_linked_is_noticed(void **state) {
  (void)state;
  meanwhile = replace_source;
  assert_int_equal(put(), -1);
  assert_string_equal(err.code, "ECHANGED");
  assert_false(exists(to));
}

#define linking(test) cmocka_unit_test_setup_teardown(test, setup, scratch_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      linking(a_file_nobody_may_write_to_gets_a_hard_link),
      linking(a_file_with_any_write_bit_is_copied),
      linking(another_mode_needs_a_file_of_its_own),
      linking(a_file_system_that_never_shares_blocks_is_not_asked),
      linking(only_a_file_of_its_own_is_given_to_another_owner),
      linking(special_bits_are_not_taken_over),
      linking(reasons_of_the_file_system_lead_to_the_next_way),
      linking(real_trouble_fails_at_once_and_leaves_nothing),
      linking(where_no_way_is_left_the_last_reason_is_told),
      linking(the_order_is_the_callers),
      linking(a_name_that_is_taken_is_an_error_and_stays),
      linking(only_a_regular_file_is_linked),
      linking(between_file_systems_a_copy_is_made),
      linking(a_full_disk_fails_and_leaves_nothing),
      linking(another_owners_file_is_copied),
      linking(a_source_that_changes_while_it_is_copied_is_noticed),
      linking(a_source_that_is_replaced_before_it_is_linked_is_noticed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
