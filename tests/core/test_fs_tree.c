/* Folders: list, mkdirs, and the removal of trees that others plant things in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "../lib/scratch.h"
#include "core/fs.h"

static size_t remove_tree(const char *path) {
  size_t removed = 0;
  pi_err err = {"", ""};
  if (pi_fs_remove_tree(&removed, path, &err) < 0) fail_msg("%s", err.message);
  return removed;
}

static void list_is_sorted_by_bytes(void **state) {
  (void)state;
  static const char *const names[] = {" ", "-", ".hidden", "A", "B", "\n", "a", "\xff"};
  static const char *const sorted[] = {"\n", " ", "-", ".hidden", "A", "B", "a", "\xff"};
  pi_names got;
  pi_err err;
  pi_names_init(&got);
  for (size_t i = 0; i < 8; i++) put_file(in_scratch(names[i]), "");
  assert_int_equal(pi_fs_list(&got, scratch, &err), 0);
  assert_int_equal(got.count, 8);
  for (size_t i = 0; i < 8; i++) assert_string_equal(got.items[i], sorted[i]);
  pi_names_release(&got);
}

static void mkdirs_creates_all_or_none(void **state) {
  (void)state;
  pi_names created;
  pi_err err;
  char deep[256 + 128];
  pi_names_init(&created);
  mode_t umask_before = umask(077);
  assert_int_equal(pi_fs_mkdirs(&created, in_scratch("a/b"), -1, &err), 0);
  assert_int_equal(created.count, 2);
  assert_int_equal(mode_of(in_scratch("a/b")), 0700);
  assert_int_equal(pi_fs_mkdirs(&created, in_scratch("a/c"), 02775, &err), 0);
  (void)umask(umask_before);
  assert_int_equal(mode_of(in_scratch("a/c")), 02775);
  put_file(in_scratch("file"), "");
  assert_int_equal(pi_fs_mkdirs(&created, in_scratch("file/x"), -1, &err), -1);
  assert_string_equal(err.code, "EEXIST");
  assert_int_equal(symlink("gone", in_scratch("dangling")), 0);
  assert_int_equal(pi_fs_mkdirs(&created, in_scratch("dangling/x"), -1, &err), -1);
  (void)snprintf(deep, sizeof deep, "%s/new/%0256d", scratch, 0); /* the last name is one byte too long */
  assert_int_equal(pi_fs_mkdirs(&created, deep, -1, &err), -1);
  assert_string_equal(err.code, "ENAMETOOLONG");
  assert_false(exists(in_scratch("new")));
  assert_int_equal(created.count, 3);
  pi_names_release(&created);
}

static void remove_tree_counts_what_it_removes(void **state) {
  (void)state;
  assert_int_equal(mkdir(in_scratch("tree"), 0755), 0);
  put_file(in_scratch("tree/ \n\xff"), "");
  assert_int_equal(mkdir(in_scratch("tree/empty"), 0), 0);
  assert_int_equal(mkfifo(in_scratch("tree/pipe"), 0), 0);
  assert_int_equal(remove_tree(in_scratch("tree")), 4);
  assert_false(exists(in_scratch("tree")));
  assert_int_equal(remove_tree(in_scratch("tree")), 0);
  assert_int_equal(remove_tree(in_scratch("no/such")), 0);
  put_file(in_scratch("file"), "");
  assert_int_equal(remove_tree(in_scratch("file")), 1);
}

static void remove_tree_refuses_paths_without_a_name(void **state) {
  (void)state;
  static const char *const ends[] = {"tree/", "tree/.", "tree/.."};
  size_t removed;
  pi_err err;
  assert_int_equal(mkdir(in_scratch("tree"), 0755), 0);
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(pi_fs_remove_tree(&removed, in_scratch(ends[i]), &err), -1);
    assert_string_equal(err.code, "EINVAL");
  }
  assert_int_equal(pi_fs_remove_tree(&removed, "/", &err), -1);
  assert_true(exists(in_scratch("tree")));
}

static void remove_tree_follows_no_link(void **state) {
  (void)state;
  assert_int_equal(mkdir(in_scratch("tree"), 0755), 0);
  assert_int_equal(mkdir(in_scratch("outside"), 0755), 0);
  put_file(in_scratch("outside/file"), "");
  assert_int_equal(symlink("../outside", in_scratch("tree/link")), 0);
  assert_int_equal(symlink("../outside/file", in_scratch("tree/file")), 0);
  assert_int_equal(symlink("tree", in_scratch("top")), 0);
  assert_int_equal(remove_tree(in_scratch("top")), 1);
  assert_int_equal(remove_tree(in_scratch("tree")), 3);
  assert_true(exists(in_scratch("outside/file")));
}

/* Swaps a folder for a link to SCRATCH/outside and back, until it is killed. */
static void swap_for_ever(void) {
  for (;;) {
    (void)rename(in_scratch("tree/a"), in_scratch("aside"));
    if (symlink("../outside", in_scratch("tree/a")) == 0) (void)unlink(in_scratch("tree/a"));
    (void)rename(in_scratch("aside"), in_scratch("tree/a"));
  }
}

static void fill(const char *name, int files) {
  char path[64];
  assert_true(mkdir(in_scratch(name), 0755) == 0 || errno == EEXIST);
  for (int i = 0; i < files; i++) {
    (void)snprintf(path, sizeof path, "%s/%d", name, i);
    put_file(in_scratch(path), "");
  }
}

static void remove_tree_is_not_led_out_by_a_swapped_folder(void **state) {
  (void)state;
  int status;
  fill("outside", 50);
  for (int round = 0; round < 40; round++) {
    size_t removed;
    fill("tree", 20);
    fill("tree/a", 20);
    pid_t attacker = fork();
    assert_true(attacker >= 0);
    if (attacker == 0) swap_for_ever();
    (void)pi_fs_remove_tree(&removed, in_scratch("tree"), NULL); /* may give up: the attacker keeps adding */
    assert_int_equal(kill(attacker, SIGKILL), 0);
    assert_int_equal(waitpid(attacker, &status, 0), attacker);
    assert_int_equal(count_entries(in_scratch("outside")), 50);
    (void)remove_tree(in_scratch("tree"));
    (void)remove_tree(in_scratch("aside"));
  }
}

static void two_removals_at_once_both_succeed(void **state) {
  (void)state;
  int status;
  for (int round = 0; round < 4; round++) {
    fill("tree", 200);
    fill("tree/a", 200);
    fill("tree/a/b", 200);
    (void)fflush(NULL);
    pid_t other = fork();
    assert_true(other >= 0);
    if (other == 0) _exit(pi_fs_remove_tree(&(size_t){0}, in_scratch("tree"), NULL) == 0 ? 0 : 1);
    (void)remove_tree(in_scratch("tree"));
    assert_int_equal(waitpid(other, &status, 0), other);
    assert_int_equal(status, 0);
    assert_false(exists(in_scratch("tree")));
  }
}

enum { DEPTH = 500 };

/* A tree that is deeper than any path name, and than the table of descriptors. */
static void deep_body(void) {
  struct rlimit few;
  size_t removed = 0;
  child_expect(getrlimit(RLIMIT_NOFILE, &few) == 0);
  few.rlim_cur = 64; /* what open() goes by; the hard one stays, for valgrind lets nobody lower it */
  child_expect(mkdir(in_scratch("tree"), 0755) == 0 && chdir(in_scratch("tree")) == 0);
  for (int i = 0; i < DEPTH; i++)
    child_expect(mkdir("a folder with a longer name", i % 100 == 50 ? 0700 : 0755) == 0 &&
                 chdir("a folder with a longer name") == 0);
  child_expect(chdir("/") == 0 && setrlimit(RLIMIT_NOFILE, &few) == 0);
  child_expect(pi_fs_remove_tree(&removed, in_scratch("tree"), NULL) == 0);
  child_expect(removed == DEPTH + 1);
}

static void remove_tree_is_not_limited_in_depth(void **state) {
  (void)state;
  in_child(deep_body, 0);
  assert_false(exists(in_scratch("tree")));
}

static void read_only_body(void) {
  size_t removed = 0;
  pi_err err;
  child_expect(mkdir(in_scratch("tree"), 0755) == 0 && mkdir(in_scratch("tree/a"), 0755) == 0);
  child_expect(mkdir(in_scratch("tree/a/b"), 0755) == 0 && symlink("x", in_scratch("tree/a/b/link")) == 0);
  child_expect(chmod(in_scratch("tree/a/b"), 0555) == 0 && chmod(in_scratch("tree/a"), 0) == 0);
  child_expect(chmod(in_scratch("tree"), 0555) == 0);
  if (pi_fs_remove_tree(&removed, in_scratch("tree"), &err) < 0) (void)fprintf(stderr, "%s\n", err.message);
  child_expect(removed == 4);
  child_expect(pi_fs_remove_tree(&removed, in_scratch("locked"), &err) == -1);
  child_expect(strcmp(err.code, "EACCES") == 0 && strstr(err.message, "/locked/file: ") != NULL);
}

static void remove_tree_opens_read_only_folders_of_its_own(void **state) {
  (void)state;
  if (geteuid() != 0) skip();
  assert_int_equal(chmod(scratch, 0777), 0);
  assert_int_equal(mkdir(in_scratch("locked"), 0755), 0); /* of root: not its own */
  put_file(in_scratch("locked/file"), "");
  in_child(read_only_body, 65534);
  assert_true(exists(in_scratch("locked/file")));
}

static void remove_tree_stays_on_its_file_system(void **state) {
  (void)state;
  size_t removed;
  pi_err err;
  assert_int_equal(mkdir(in_scratch("tree"), 0755), 0);
  put_file(in_scratch("tree/file"), "");
  (void)scratch_mount("tree/mounted", "64k");
  put_file(in_scratch("tree/mounted/precious"), "");
  assert_int_equal(pi_fs_remove_tree(&removed, in_scratch("tree"), &err), -1);
  assert_string_equal(err.code, "EXDEV");
  assert_non_null(strstr(err.message, "tree/mounted: another file system"));
  assert_true(exists(in_scratch("tree/mounted/precious")));
}

#define with_scratch(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      with_scratch(list_is_sorted_by_bytes),
      with_scratch(mkdirs_creates_all_or_none),
      with_scratch(remove_tree_counts_what_it_removes),
      with_scratch(remove_tree_refuses_paths_without_a_name),
      with_scratch(remove_tree_follows_no_link),
      with_scratch(remove_tree_is_not_led_out_by_a_swapped_folder),
      with_scratch(two_removals_at_once_both_succeed),
      with_scratch(remove_tree_is_not_limited_in_depth),
      with_scratch(remove_tree_opens_read_only_folders_of_its_own),
      with_scratch(remove_tree_stays_on_its_file_system),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
