/* What several users share: appending, owners, links that are not followed, types, and folders by handle. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include "../lib/scratch.h"
#include "core/beneath.h"
#include "core/fs.h"
#include "core/io.h"

static void append_adds_and_creates(void **state) {
  (void)state;
  pi_err err;
  pi_fs_bytes got = {NULL, 0};
  pi_fs_stat stat;
  mode_t umask_before = umask(077);
  assert_int_equal(pi_fs_append(in_scratch("log"), "one\n", 4, 0660, &err), 0);
  (void)umask(umask_before);
  assert_int_equal(pi_fs_append(in_scratch("log"), "two\n", 4, 0600, &err), 0);
  assert_int_equal(pi_fs_read(&got, &stat, in_scratch("log"), 0, &err), 0);
  assert_string_equal(got.bytes, "one\ntwo\n");
  assert_int_equal(stat.mode, 0660);
  pi_fs_bytes_release(&got);
}

static void append_refuses_what_is_no_file(void **state) {
  (void)state;
  pi_err err;
  put_file(in_scratch("file"), "kept");
  assert_int_equal(symlink("file", in_scratch("link")), 0);
  assert_int_equal(pi_fs_append(in_scratch("link"), "x", 1, -1, &err), -1);
  assert_string_equal(err.code, "ELOOP");
  assert_int_equal(mkfifo(in_scratch("pipe"), 0600), 0);
  assert_int_equal(pi_fs_append(in_scratch("pipe"), "x", 1, -1, &err), -1); /* and does not wait for a reader */
  int reader = open(in_scratch("pipe"), O_RDONLY | O_NONBLOCK);
  assert_int_equal(pi_fs_append(in_scratch("pipe"), "x", 1, -1, &err), -1); /* nor writes to one */
  assert_string_equal(err.code, "EINVAL");
  assert_int_equal(close(reader), 0);
  assert_int_equal(pi_fs_append(scratch, "x", 1, -1, &err), -1);
  assert_string_equal(err.code, "EISDIR");
}

static void links_are_refused_where_asked(void **state) {
  (void)state;
  pi_err err;
  pi_fs_bytes got = {NULL, 0};
  pi_fs_stat stat;
  const char *method;
  put_file(in_scratch("secret"), "secret");
  assert_int_equal(symlink("secret", in_scratch("planted")), 0);
  assert_int_equal(pi_fs_read_nofollow(&got, &stat, in_scratch("planted"), 0, &err), -1);
  assert_string_equal(err.code, "ELOOP");
  const pi_fs_put put = {.mode = -1, .nofollow = true};
  assert_int_equal(pi_fs_copy(&method, in_scratch("planted"), in_scratch("copy"), &put, &err), -1);
  assert_string_equal(err.code, "ELOOP");
  assert_false(exists(in_scratch("copy")));
  assert_int_equal(pi_fs_copy(&method, in_scratch("secret"), in_scratch("copy"), &put, &err), 0);
}

static void a_new_file_belongs_to_the_owner_given(void **state) {
  (void)state;
  if (geteuid() != 0) skip();
  pi_err err;
  pi_fs_stat stat;
  const char *method;
  const pi_fs_owner owner = {4001, 4002};
  const pi_fs_put put = {.mode = 0640, .owner = &owner};
  assert_int_equal(pi_fs_write(in_scratch("a"), "x", 1, &put, &err), 0);
  assert_int_equal(pi_fs_copy(&method, in_scratch("a"), in_scratch("b"), &put, &err), 0);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(pi_fs_stat_path(&stat, in_scratch(i == 0 ? "a" : "b"), false, &err), 0);
    assert_int_equal(stat.uid, 4001);
    assert_int_equal(stat.gid, 4002);
    assert_int_equal(stat.mode, 0640);
  }
}

static void not_the_owner_body(void) {
  pi_err err;
  const char *method;
  const pi_fs_owner owner = {4001, 4002};
  const pi_fs_put put = {.mode = 0640, .owner = &owner};
  child_expect(pi_fs_write(in_scratch("file"), "new", 3, &put, &err) == -1 && strcmp(err.code, "EPERM") == 0);
  child_expect(pi_fs_copy(&method, in_scratch("a"), in_scratch("b"), &put, &err) == -1);
  child_expect(strcmp(err.code, "EPERM") == 0);
  child_expect(pi_fs_chown(in_scratch("a"), &owner, &err) == -1 && strcmp(err.code, "EPERM") == 0);
}

static void only_root_gives_files_away(void **state) {
  (void)state;
  if (geteuid() != 0) skip();
  put_file(in_scratch("a"), "");
  put_file(in_scratch("file"), "old");
  assert_int_equal(chmod(scratch, 0777), 0);
  in_child(not_the_owner_body, 65534);
  assert_file(in_scratch("file"), "old");
  assert_int_equal(count_entries(scratch), 2);
}

static void chown_takes_files_of_one_name_and_links_themselves(void **state) {
  (void)state;
  if (geteuid() != 0) skip();
  pi_err err;
  pi_fs_stat stat;
  const pi_fs_owner owner = {4001, 4002};
  put_file(in_scratch("file"), "");
  assert_int_equal(symlink("file", in_scratch("link")), 0);
  assert_int_equal(pi_fs_chown(in_scratch("link"), &owner, &err), 0);
  assert_int_equal(pi_fs_stat_path(&stat, in_scratch("file"), false, &err), 0);
  assert_int_equal(stat.uid, 0);
  assert_int_equal(pi_fs_chown(in_scratch("file"), &owner, &err), 0);
  assert_int_equal(link(in_scratch("file"), in_scratch("other")), 0);
  assert_int_equal(pi_fs_chown(in_scratch("file"), &owner, &err), -1);
  assert_string_equal(err.code, "EMLINK");
}

static void space_is_told(void **state) {
  (void)state;
  pi_err err;
  uint64_t available = 1, total = 0;
  assert_int_equal(pi_fs_space(&available, &total, scratch, &err), 0);
  assert_true(total > 0 && available <= total);
  assert_int_equal(pi_fs_space(&available, &total, in_scratch("none"), &err), -1);
}

static void a_name_of_a_folder_stays_with_it(void **state) {
  (void)state;
  char name[PI_BENEATH_NAME_SIZE], path[PI_BENEATH_NAME_SIZE + 8];
  pi_err err;
  const pi_fs_put put = {.mode = -1};
  assert_int_equal(mkdir(in_scratch("folder"), 0700), 0);
  int fd = pi_io_open(AT_FDCWD, in_scratch("folder"), O_RDONLY | O_DIRECTORY, 0);
  pi_beneath_name(name, fd);
  (void)snprintf(path, sizeof path, "%s/file", name);
  assert_int_equal(rename(in_scratch("folder"), in_scratch("moved")), 0);
  assert_int_equal(symlink("/", in_scratch("folder")), 0);
  assert_int_equal(pi_fs_write(path, "x", 1, &put, &err), 0);
  assert_true(exists(in_scratch("moved/file")));
  pi_io_close(&fd);
}

static void assert_type(const char *path, const char *type) {
  pi_fs_stat st;
  pi_err err;
  assert_int_equal(pi_fs_stat_path(&st, path, true, &err), 0);
  assert_string_equal(st.type, type);
}

static void stat_knows_every_type(void **state) {
  (void)state;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  put_file(in_scratch("file"), "");
  assert_type(in_scratch("file"), "file");
  assert_type(scratch, "directory");
  assert_int_equal(mkfifo(in_scratch("pipe"), 0600), 0);
  assert_type(in_scratch("pipe"), "pipe");
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  (void)snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", scratch);
  assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
  assert_int_equal(close(fd), 0);
  assert_type(in_scratch("socket"), "socket");
  if (mknod(in_scratch("block"), S_IFBLK | 0600, makedev(7, 0)) == 0) assert_type(in_scratch("block"), "block");
}

#define with_scratch(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      with_scratch(append_adds_and_creates),
      with_scratch(append_refuses_what_is_no_file),
      with_scratch(links_are_refused_where_asked),
      with_scratch(a_new_file_belongs_to_the_owner_given),
      with_scratch(only_root_gives_files_away),
      with_scratch(stat_knows_every_type),
      with_scratch(chown_takes_files_of_one_name_and_links_themselves),
      with_scratch(space_is_told),
      with_scratch(a_name_of_a_folder_stays_with_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
