/* Folders beneath a root: with openat2 and without it, the same answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "../lib/scratch.h"
#include "core/beneath.h"
#include "core/io.h"

static int root;

static int setup(void **state) {
  if (scratch_setup(state) != 0) return -1;
  (void)mkdir(in_scratch("root"), 0755);
  (void)mkdir(in_scratch("root/a"), 0755);
  (void)mkdir(in_scratch("root/a/b"), 0755);
  (void)mkdir(in_scratch("outside"), 0755);
  root = open(in_scratch("root"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return symlink("../outside", in_scratch("root/link")) | symlink("a", in_scratch("root/inner"));
}

static int teardown(void **state) {
  pi_io_close(&root);
  return scratch_teardown(state);
}

static int by_parts(int folder, const char *path) { return pi_beneath_open_by_parts(folder, path, false); }

/* The same folder as SCRATCH/expected, opened in both ways. */
static void assert_opens(const char *path, const char *expected) {
  int (*const ways[])(int, const char *) = {pi_beneath_open, by_parts};
  for (size_t i = 0; i < 2; i++) {
    struct stat got, want;
    int fd = ways[i](root, path);
    if (fd < 0) fail_msg("%s (way %zu): %s", path, i, strerror(errno));
    assert_int_equal(fstat(fd, &got), 0);
    assert_int_equal(stat(in_scratch(expected), &want), 0);
    assert_int_equal(got.st_ino, want.st_ino);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    assert_int_equal(pi_io_sync(fd), 0);
    pi_io_close(&fd);
  }
}

/* Fails in both ways, with one of two reasons. */
static void assert_fails(const char *path, int reason, int other) {
  int (*const ways[])(int, const char *) = {pi_beneath_open, by_parts};
  for (size_t i = 0; i < 2; i++) {
    errno = 0;
    assert_int_equal(ways[i](root, path), -1);
    if (errno != reason && errno != other) fail_msg("%s (way %zu): %s", path, i, strerror(errno));
  }
}

static void folders_beneath_are_opened(void **state) {
  (void)state;
  assert_opens("", "root");
  assert_opens("a", "root/a");
  assert_opens("a/b", "root/a/b");
}

static void links_and_ways_out_are_refused(void **state) {
  (void)state;
  assert_fails("link", ELOOP, ENOTDIR);
  assert_fails("inner/b", ELOOP, ENOTDIR);
  assert_fails("..", EXDEV, EXDEV);
  assert_fails("a/../..", EXDEV, EXDEV);
  assert_fails("/", EXDEV, EXDEV);
  assert_fails("/tmp", EXDEV, EXDEV);
  assert_fails("a//b", EXDEV, EXDEV);
  assert_fails("./a", EXDEV, EXDEV);
  assert_fails("a/", EXDEV, EXDEV);
  assert_fails("missing", ENOENT, ENOENT);
}

static void too_long_names_are_errors(void **state) {
  (void)state;
  char name[300], path[5000];
  memset(name, 'x', 256);
  name[256] = '\0';
  assert_fails(name, ENAMETOOLONG, ENAMETOOLONG);
  for (size_t i = 0; i < sizeof path; i++) path[i] = i % 2 != 0 ? '/' : 'x';
  path[sizeof path - 1] = '\0';
  const char *base;
  assert_int_equal(pi_beneath_open_folder_of(root, path, &base), -1);
  assert_int_equal(errno, ENAMETOOLONG);
}

static void missing_folders_are_created_but_not_through_links(void **state) {
  (void)state;
  int fd = pi_beneath_open_by_parts(root, "a/new/er", true);
  assert_true(fd >= 0);
  pi_io_close(&fd);
  assert_true(exists(in_scratch("root/a/new/er")));
  assert_int_equal(pi_beneath_open_by_parts(root, "link/new", true), -1);
  assert_int_equal(count_entries(in_scratch("outside")), 0);
}

static void assert_relative(const char *base, const char *path, const char *want) {
  char *got = NULL;
  pi_err err = {"", ""};
  int result = pi_beneath_relative(&got, base, path, &err);
  if (want == NULL) {
    if (result == 0) fail_msg("%s in %s gave %s", path, base, got);
    assert_null(got);
    return;
  }
  if (result < 0) fail_msg("%s", err.message);
  assert_string_equal(got, want);
  free(got);
}

static void paths_become_relative_by_text(void **state) {
  (void)state;
  assert_relative("/p/q", "/p/q/a/b", "a/b");
  assert_relative("/p/q/", "/p/q//a/./b/", "a/b");
  assert_relative("/", "/a", "a");
  assert_relative(".", "./a", "a");
  assert_relative("/p", "a b\n\xff", "a b\n\xff");
  assert_relative("/p", "..a/...", "..a/...");
  assert_relative("/p/q", "/p/qq/a", NULL);
  assert_relative("/p/q", "/p", NULL);
  assert_relative("/p/q", "/p/q", NULL);
  assert_relative("/p/q", "a/../../b", NULL);
  assert_relative("/p/q", ".", NULL);
}

#define in_tree(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      in_tree(folders_beneath_are_opened),    in_tree(links_and_ways_out_are_refused),
      in_tree(too_long_names_are_errors),     in_tree(missing_folders_are_created_but_not_through_links),
      in_tree(paths_become_relative_by_text),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
