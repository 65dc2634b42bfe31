/* Object ids at HEAD, in repositories made with libgit2; the comparison with git itself is e2e/180-gittree-head. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <git2.h>

#include "core/gittree.h"
#include "core/gittree_plain.h"
#include "../lib/scratch.h"

#define EMPTY_TREE "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
#define HELLO "b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0" /* printf hello | git hash-object --stdin */

static git_repository *repository;

static int setup(void **state) {
  pi_err err;
  if (scratch_setup(state) != 0 || pi_gittree_start(&err) != 0) return -1;
  return git_repository_init(&repository, scratch, 0);
}

static int teardown(void **state) {
  git_repository_free(repository);
  pi_gittree_stop();
  return scratch_teardown(state);
}

/* A tree with one entry. */
static git_oid tree_of(const char *name, const git_oid *id, git_filemode_t mode) {
  git_treebuilder *builder;
  git_oid tree;
  assert_int_equal(git_treebuilder_new(&builder, repository, NULL), 0);
  assert_int_equal(git_treebuilder_insert(NULL, builder, name, id, mode), 0);
  assert_int_equal(git_treebuilder_write(&tree, builder), 0);
  git_treebuilder_free(builder);
  return tree;
}

/* A commit of the tree, at HEAD. */
static void commit_tree(const git_oid *id) {
  git_tree *tree;
  git_signature *who;
  git_oid commit;
  assert_int_equal(git_tree_lookup(&tree, repository, id), 0);
  assert_int_equal(git_signature_new(&who, "t", "t@example.org", 0, 0), 0);
  assert_int_equal(git_commit_create(&commit, repository, "HEAD", who, who, NULL, "m", tree, 0, NULL), 0);
  git_signature_free(who);
  git_tree_free(tree);
}

/* HEAD with the file outer/inner/file, "hello". */
static git_oid fill(void) {
  git_oid blob, inner, outer, top;
  assert_int_equal(git_blob_create_from_buffer(&blob, repository, "hello", 5), 0);
  inner = tree_of("file", &blob, GIT_FILEMODE_BLOB);
  outer = tree_of("inner", &inner, GIT_FILEMODE_TREE);
  top = tree_of("outer", &outer, GIT_FILEMODE_TREE);
  commit_tree(&top);
  return outer;
}

static void read_head(pi_gittree_head *head, const char *const *paths, size_t count) {
  pi_err err;
  if (pi_gittree_head_read(head, scratch, paths, count, &err) != 0) fail_msg("%s", err.message);
}

/* The same without libgit2: these repositories are plain. */
static void compare_plain(const pi_gittree_head *head, const char *const *paths) {
  pi_gittree_head plain;
  assert_true(pi_gittree_plain_head(&plain, scratch, paths, head->count));
  assert_string_equal(plain.root, head->root);
  assert_string_equal(plain.commondir, head->commondir);
  assert_string_equal(plain.commit, head->commit);
  for (size_t i = 0; i < head->count; i++) {
    assert_string_equal(plain.entries[i].id, head->entries[i].id);
    assert_int_equal(plain.entries[i].type == NULL, head->entries[i].type == NULL);
    if (plain.entries[i].type != NULL) assert_string_equal(plain.entries[i].type, head->entries[i].type);
  }
  pi_gittree_head_release(&plain);
}

static void ids_of_trees_and_blobs(void **state) {
  (void)state;
  static const char *const paths[] = {"outer", "outer/inner/file", "outer/inner/fil", "outer/inner/file/x", "."};
  char hex[GIT_OID_HEXSZ + 1];
  pi_gittree_head head;
  git_oid outer = fill();
  read_head(&head, paths, 5);
  compare_plain(&head, paths);
  assert_string_equal(head.root, scratch);
  assert_string_equal(head.entries[0].type, "tree");
  assert_string_equal(head.entries[0].id, git_oid_tostr(hex, sizeof hex, &outer));
  assert_string_equal(head.entries[1].type, "blob");
  assert_string_equal(head.entries[1].id, HELLO);
  assert_null(head.entries[2].type);
  assert_string_equal(head.entries[3].id, "");
  assert_string_equal(head.entries[4].type, "tree");
  assert_int_equal(strlen(head.commit), 40);
  pi_gittree_head_release(&head);
  pi_gittree_head_release(&head);
}

static void before_the_first_commit(void **state) {
  (void)state;
  static const char *const paths[] = {"a", "."};
  pi_gittree_head head;
  read_head(&head, paths, 2);
  assert_string_equal(head.commit, "");
  assert_null(head.entries[0].type);
  assert_null(head.entries[1].type);
  pi_gittree_head_release(&head);
}

/* A tree that is not there must not look like a path that is not there. */
static void a_missing_tree_is_an_error(void **state) {
  (void)state;
  static const char *const paths[] = {"outer/inner"};
  char object[128], hex[GIT_OID_HEXSZ + 1];
  pi_gittree_head head;
  pi_err err;
  git_oid outer = fill();
  (void)git_oid_tostr(hex, sizeof hex, &outer);
  (void)snprintf(object, sizeof object, "%s/.git/objects/%.2s/%s", scratch, hex, hex + 2);
  assert_int_equal(unlink(object), 0);
  assert_int_equal(pi_gittree_head_read(&head, scratch, paths, 1, &err), -1);
  assert_string_equal(err.code, "EREPO");
  pi_gittree_head_release(&head);
}

static void no_repository(void **state) {
  (void)state;
  pi_gittree_head head;
  pi_err err;
  assert_int_equal(pi_gittree_head_read(&head, "/nonexistent", NULL, 0, &err), -1);
  assert_string_equal(err.code, "ENOENT");
  pi_gittree_head_release(&head);
  assert_int_equal(pi_gittree_head_read(&head, "/proc", NULL, 0, &err), -1);
  assert_string_equal(err.code, "ENOTREPO");
  assert_string_equal(err.message, "open /proc: no git repository holds it");
  pi_gittree_head_release(&head);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(ids_of_trees_and_blobs, setup, teardown),
      cmocka_unit_test_setup_teardown(before_the_first_commit, setup, teardown),
      cmocka_unit_test_setup_teardown(a_missing_tree_is_an_error, setup, teardown),
      cmocka_unit_test_setup_teardown(no_repository, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
