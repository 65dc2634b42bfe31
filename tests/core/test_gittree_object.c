/* Objects read without libgit2, against libgit2: loose, packed, in deltas, damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <git2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/gittree.h"
#include "core/gittree_object.h"
#include "core/gittree_plain.h"
#include "../lib/scratch.h"

enum { TREES = 60, NAMES = 300, MOST = 1000 };

static git_repository *repository;
static git_oid ids[MOST];
static size_t count;
static char packs[4096];

static void note(const git_oid *id) {
  assert_true(count < MOST);
  ids[count++] = *id;
}

/* Trees of many names of which each differs a little from the one before, so that packs hold them as deltas; blobs of
 * random and of repeated bytes; a commit. */
static void fill(void) {
  static char bytes[200000];
  git_treebuilder *builder;
  git_oid id;
  assert_int_equal(git_treebuilder_new(&builder, repository, NULL), 0);
  for (int i = 0; i < TREES; i++) {
    size_t size = (size_t)rand() % (i % 10 == 0 ? sizeof bytes : 500);
    for (size_t k = 0; k < size; k++) bytes[k] = (char)(i % 2 ? rand() : "abc\n"[k % 4]);
    assert_int_equal(git_blob_create_from_buffer(&id, repository, bytes, size), 0);
    note(&id);
    for (int k = 0; k < (i == 0 ? NAMES : 5); k++) {
      char name[32];
      (void)snprintf(name, sizeof name, "file%d", i == 0 ? k : rand() % NAMES);
      assert_int_equal(git_treebuilder_insert(NULL, builder, name, &id, GIT_FILEMODE_BLOB), 0);
    }
    assert_int_equal(git_treebuilder_write(&id, builder), 0);
    note(&id);
  }
  git_tree *tree;
  git_signature *who;
  assert_int_equal(git_tree_lookup(&tree, repository, &id), 0);
  assert_int_equal(git_signature_new(&who, "t", "t@example.org", 0, 0), 0);
  assert_int_equal(git_commit_create(&id, repository, "HEAD", who, who, NULL, "m", tree, 0, NULL), 0);
  note(&id);
  git_signature_free(who);
  git_tree_free(tree);
  git_treebuilder_free(builder);
}

static void pack_all(void) {
  git_packbuilder *builder;
  char folder[4200];
  (void)snprintf(packs, sizeof packs, "%s/packed", scratch);
  (void)snprintf(folder, sizeof folder, "%s/pack", packs);
  assert_int_equal(mkdir(packs, 0777), 0);
  assert_int_equal(mkdir(folder, 0777), 0);
  assert_int_equal(git_packbuilder_new(&builder, repository), 0);
  for (size_t i = 0; i < count; i++) assert_int_equal(git_packbuilder_insert(builder, &ids[i], NULL), 0);
  assert_int_equal(git_packbuilder_write(builder, folder, 0, NULL, NULL), 0);
  git_packbuilder_free(builder);
}

static int setup(void **state) {
  pi_err err;
  srand(1);
  count = 0;
  if (scratch_setup(state) != 0 || pi_gittree_start(&err) != 0 || git_repository_init(&repository, scratch, 0) != 0)
    return -1;
  fill();
  pack_all();
  return 0;
}

static int teardown(void **state) {
  git_repository_free(repository);
  pi_gittree_stop();
  return scratch_teardown(state);
}

/* How many of the objects are read; each of them as libgit2 has it. */
static size_t compare_all(const char *folder) {
  pi_gittree_objects objects;
  git_odb *odb;
  size_t read = 0;
  assert_int_equal(git_repository_odb(&odb, repository), 0);
  bool open = pi_gittree_objects_open(&objects, folder);
  for (size_t i = 0; open && i < count; i++) {
    pi_gittree_object object;
    git_odb_object *other;
    if (!pi_gittree_object_read(&object, &objects, ids[i].id)) continue;
    assert_int_equal(git_odb_read(&other, odb, &ids[i]), 0);
    assert_int_equal(object.type, git_odb_object_type(other));
    assert_int_equal(object.size, git_odb_object_size(other));
    assert_memory_equal(object.bytes, git_odb_object_data(other), object.size);
    assert_int_equal(object.bytes[object.size], 0);
    git_odb_object_free(other);
    free(object.bytes);
    read++;
  }
  pi_gittree_objects_close(&objects);
  git_odb_free(odb);
  return read;
}

static void packed_objects_are_those_of_libgit2(void **state) {
  (void)state;
  assert_int_equal(compare_all(packs), count);
}

static void loose_objects_too(void **state) {
  (void)state;
  char folder[4200];
  (void)snprintf(folder, sizeof folder, "%s/.git/objects", scratch);
  assert_true(compare_all(folder) >= count - 3); /* one that is large is left to libgit2 */
}

static void what_is_not_there_is_not_read(void **state) {
  (void)state;
  const unsigned char id[PI_GITTREE_RAW_ID] = {1, 2, 3};
  pi_gittree_objects objects;
  pi_gittree_object object;
  assert_true(pi_gittree_objects_open(&objects, packs));
  assert_false(pi_gittree_object_read(&object, &objects, id));
  pi_gittree_objects_close(&objects);
  assert_false(pi_gittree_objects_open(&objects, "/nonexistent"));
  pi_gittree_objects_close(&objects);
}

/* Gives the pack a name of our own, and lets its files be written. */
static void rename_all(void) {
  char folder[4200], from[4500], to[4300];
  (void)snprintf(folder, sizeof folder, "%s/pack", packs);
  DIR *open = opendir(folder);
  assert_non_null(open);
  for (struct dirent *entry = readdir(open); entry != NULL; entry = readdir(open)) {
    const char *ending = strrchr(entry->d_name, '.');
    if (strncmp(entry->d_name, "pack-", 5) != 0) continue;
    (void)snprintf(from, sizeof from, "%s/%s", folder, entry->d_name);
    (void)snprintf(to, sizeof to, "%s/pack-x%s", folder, ending);
    assert_int_equal(chmod(from, 0644), 0);
    assert_int_equal(rename(from, to), 0);
  }
  (void)closedir(open);
}

/* Changes a byte of each kind of file, or cuts it off: objects are right, or not read. */
static void damage_is_never_an_object(void **state) {
  (void)state;
  static char bytes[1 << 22];
  const char *endings[] = {"idx", "pack"};
  size_t failed = 0;
  rename_all();
  assert_int_equal(compare_all(packs), count);
  for (int i = 0; i < 60; i++) {
    char file[4300];
    (void)snprintf(file, sizeof file, "%s/pack/pack-x.%s", packs, endings[i % 2]);
    FILE *f = fopen(file, "r+b");
    assert_non_null(f);
    size_t size = fread(bytes, 1, sizeof bytes, f), at = (size_t)rand() % size;
    char changed = (char)rand();
    (void)fseek(f, (long)at, SEEK_SET);
    (void)fwrite(&changed, 1, 1, f);
    (void)fclose(f);
    failed += count - compare_all(packs);
    if (i % 6 >= 4) {
      assert_int_equal(truncate(file, (off_t)at), 0);
      failed += count - compare_all(packs);
    }
    f = fopen(file, "wb");
    assert_int_equal(fwrite(bytes, 1, size, f), size);
    (void)fclose(f);
  }
  assert_true(failed > 0);
  assert_int_equal(compare_all(packs), count);
}

static void deltas_of_any_bytes(void **state) {
  (void)state;
  char text[] = "0123456789";
  const pi_gittree_object base = {PI_GITTREE_BLOB, text, 10};
  const unsigned char good[] = {10, 7, 0x91, 2, 4, 3, 'a', 'b', 'c'};
  pi_gittree_object object;
  assert_true(pi_gittree_delta_apply(&object, &base, good, sizeof good));
  assert_string_equal(object.bytes, "2345abc");
  free(object.bytes);
  for (int i = 0; i < 200000; i++) {
    unsigned char bytes[16] = {10};
    for (size_t k = 1; k < sizeof bytes; k++) bytes[k] = (unsigned char)rand();
    bytes[1] &= 31;
    if (pi_gittree_delta_apply(&object, &base, bytes, 2 + (size_t)rand() % 14)) free(object.bytes);
  }
}

static void settings_that_are_plain(void **state) {
  (void)state;
  assert_true(pi_gittree_plain_settings("[core]\n\trepositoryformatversion = 0\n\tbare = false\n"));
  assert_true(pi_gittree_plain_settings(""));
  static const char *const others[] = {"[core]\n\tbare = true\n",
                                       "[core]\n\tbare\n",
                                       "[CORE]\nBARE=true\n",
                                       "[core]\n\trepositoryformatversion = 1\n",
                                       "[extensions]\nobjectFormat = sha256\n",
                                       "[core]\n\tworkTree = /x\n",
                                       "[include]\n\tpath = x\n",
                                       "[includeIf \"gitdir:x\"]\n\tpath = x\n",
                                       "[Extensions]\nworktreeConfig = true\n"};
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) assert_false(pi_gittree_plain_settings(others[i]));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(packed_objects_are_those_of_libgit2, setup, teardown),
      cmocka_unit_test_setup_teardown(loose_objects_too, setup, teardown),
      cmocka_unit_test_setup_teardown(what_is_not_there_is_not_read, setup, teardown),
      cmocka_unit_test_setup_teardown(damage_is_never_an_object, setup, teardown),
      cmocka_unit_test(deltas_of_any_bytes),
      cmocka_unit_test(settings_that_are_plain),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
