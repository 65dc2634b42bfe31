/* Entries of git's index found by halves, against libgit2, which reads all of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <git2.h>
#include <git2/sys/repository.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/gittree.h"
#include "core/gittree_index.h"
#include "../lib/scratch.h"

static char file[4096];

static int setup(void **state) {
  pi_err err;
  if (scratch_setup(state) != 0 || pi_gittree_start(&err) != 0) return -1;
  (void)snprintf(file, sizeof file, "%s/index", scratch);
  return 0;
}

static int teardown(void **state) {
  pi_gittree_stop();
  return scratch_teardown(state);
}

/* A path of one to four parts, of few letters, so that many share their beginnings. */
static void random_path(char *path, size_t size) {
  static const char letters[] = "aab-./z_";
  size_t length = 1 + (size_t)(rand() % (rand() % 50 == 0 ? 200 : 24)), at = 0;
  for (; at < length && at + 1 < size; at++) path[at] = letters[rand() % 8];
  path[at] = '\0';
  for (size_t i = 0; i < at; i++)
    if ((path[i] == '/' && (i == 0 || i + 1 == at || path[i - 1] == '/')) || path[i] == '.') path[i] = 'd';
}

/* Facts of files that look like the beginning of an entry as often as they may. */
static uint32_t misleading(void) {
  static const uint32_t numbers[] = {0100644, 0100755, 0, 0x64646464, 0120000};
  return rand() % 4 == 0 ? (uint32_t)rand() : numbers[rand() % 5];
}

static void write_index(size_t count, unsigned version) {
  static const uint32_t modes[] = {0100644, 0100755, 0120000, 0160000};
  git_index *index;
  (void)remove(file);
  assert_int_equal(git_index_open(&index, file), 0);
  for (size_t i = 0; i < count; i++) {
    char path[256];
    random_path(path, sizeof path);
    git_index_entry entry = {.path = path,
                             .mode = modes[rand() % 4],
                             .dev = misleading(),
                             .ino = misleading(),
                             .uid = misleading(),
                             .gid = misleading(),
                             .file_size = misleading()};
    entry.ctime.seconds = (int32_t)misleading();
    entry.mtime.seconds = (int32_t)misleading();
    entry.mtime.nanoseconds = misleading();
    for (size_t k = 0; k < sizeof entry.id.id; k++) entry.id.id[k] = (unsigned char)(misleading() >> 8);
    if (rand() % 9 == 0) entry.flags = GIT_INDEX_ENTRY_VALID;
    if (version > 2 && rand() % 9 == 0) entry.flags_extended = GIT_INDEX_ENTRY_SKIP_WORKTREE;
    (void)git_index_add(index, &entry); /* a file in the place of a folder is refused */
  }
  assert_int_equal(git_index_set_version(index, version), 0);
  assert_int_equal(git_index_write(index), 0);
  git_index_free(index);
}

typedef struct wanted {
  git_index *index;
  const char *path;
  size_t at, size;
} wanted;

static int is_asked(const wanted *w, const char *path) {
  return strcmp(w->path, ".") == 0 ||
         (strncmp(path, w->path, w->size) == 0 && (path[w->size] == '/' || path[w->size] == '\0'));
}

static const git_index_entry *next(wanted *w) {
  while (w->at < git_index_entrycount(w->index)) {
    const git_index_entry *entry = git_index_get_byindex(w->index, w->at++);
    if (is_asked(w, entry->path)) return entry;
  }
  return NULL;
}

static int visit(void *data, const pi_gittree_index_entry *entry) {
  const git_index_entry *other = next(data);
  assert_non_null(other);
  assert_string_equal(entry->path, other->path);
  assert_int_equal(entry->size, strlen(other->path));
  assert_int_equal(entry->mode, other->mode);
  assert_memory_equal(entry->id, other->id.id, sizeof entry->id);
  assert_int_equal(entry->flags & GIT_INDEX_ENTRY_VALID, other->flags & GIT_INDEX_ENTRY_VALID);
  assert_int_equal(entry->extended, other->flags_extended & 0x6000);
  return 0;
}

/* Everything, and beneath many folders of which some are not there. */
static void compare_all(size_t questions) {
  pi_gittree_index index;
  struct stat facts;
  git_index *all;
  assert_int_equal(git_index_open(&all, file), 0);
  assert_true(pi_gittree_index_open(&index, file, &facts));
  for (size_t i = 0; i < questions; i++) {
    char path[256];
    random_path(path, sizeof path);
    size_t count = git_index_entrycount(all);
    if (i % 2 == 1 && count > 0)
      (void)snprintf(path, sizeof path, "%s", git_index_get_byindex(all, (size_t)rand() % count)->path);
    if (i % 4 == 1) path[strcspn(path, "/")] = '\0';
    wanted w = {all, i == 0 ? "." : path, 0, strlen(path)};
    assert_int_equal(pi_gittree_index_each(&index, w.path, visit, &w), 1);
    assert_null(next(&w));
  }
  pi_gittree_index_close(&index);
  git_index_free(all);
}

static void entries_are_those_of_libgit2(void **state) {
  (void)state;
  static const size_t counts[] = {0, 1, 3, 12, 40, 200, 3000, 30000};
  srand(1);
  for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
    for (unsigned version = 2; version <= 3; version++) {
      write_index(counts[i], version);
      compare_all(300);
    }
}

static int ignore(void *data, const pi_gittree_index_entry *entry) {
  (void)data;
  return entry->size > 0 ? 0 : -1;
}

static void try_all(void) {
  static const char *const paths[] = {".", "a", "a/b", "z", "d"};
  pi_gittree_index index;
  struct stat facts;
  if (!pi_gittree_index_open(&index, file, &facts)) return;
  for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
    assert_in_range(pi_gittree_index_each(&index, paths[i], ignore, NULL), 0, 1);
  pi_gittree_index_close(&index);
}

/* Cut off at any place and with any byte changed: read or refused, nothing else. */
static void damage_is_no_crash(void **state) {
  (void)state;
  static char bytes[65536];
  srand(2);
  write_index(200, 3);
  FILE *in = fopen(file, "rb");
  assert_non_null(in);
  size_t size = fread(bytes, 1, sizeof bytes, in);
  (void)fclose(in);
  for (int i = 0; i < 2000; i++) {
    size_t at = (size_t)rand() % size, kept = i % 2 == 0 ? size : at;
    char old = bytes[at];
    bytes[at] = (char)rand();
    FILE *out = fopen(file, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(bytes, 1, kept, out), kept);
    (void)fclose(out);
    bytes[at] = old;
    try_all();
  }
}

static void other_forms_are_refused(void **state) {
  (void)state;
  pi_gittree_index index;
  struct stat facts;
  srand(3);
  write_index(100, 4);
  assert_false(pi_gittree_index_open(&index, file, &facts));
  (void)remove(file);
  assert_false(pi_gittree_index_open(&index, file, &facts));
  pi_gittree_index_close(&index);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(entries_are_those_of_libgit2, setup, teardown),
      cmocka_unit_test_setup_teardown(damage_is_no_crash, setup, teardown),
      cmocka_unit_test_setup_teardown(other_forms_are_refused, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
