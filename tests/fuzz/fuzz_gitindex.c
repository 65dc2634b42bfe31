/* libFuzzer: git's index, read without libgit2 (engine/core/gittree_index.c), from any bytes. The input is the file
 * without the check sum at its end, which is added, so that libgit2 reads it too. What pienv says it has read whole, of
 * an index in order, is what libgit2 reads; and what a search for one path finds is what a walk over all finds. */
#include <git2.h>
#include <nettle/sha1.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/gittree_index.h"
#include "fuzz_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { STAGE_SHIFT = 12, STAGES = 3, MOST_ASKED = 64 };

typedef struct entries {
  pi_gittree_index_entry *at;
  size_t count, capacity;
} entries;

static int add(void *data, const pi_gittree_index_entry *entry) {
  entries *list = data;
  if (list->count == list->capacity) {
    list->capacity = 2 * list->capacity + 64;
    list->at = realloc(list->at, list->capacity * sizeof *list->at);
    if (list->at == NULL) abort();
  }
  list->at[list->count++] = *entry;
  return 0;
}

static int stage(const pi_gittree_index_entry *entry) { return entry->flags >> STAGE_SHIFT & STAGES; }

static bool is_in_order(const entries *list) {
  for (size_t i = 1; i < list->count; i++) {
    int order = strcmp(list->at[i - 1].path, list->at[i].path);
    if (order > 0 || (order == 0 && stage(&list->at[i - 1]) >= stage(&list->at[i]))) return false;
  }
  return true;
}

/* Both have read the same file. */
static void compare(const entries *list, const char *file) {
  git_index *index = NULL;
  if (git_index_open(&index, file) == 0) {
    if (git_index_entrycount(index) != list->count) abort();
    for (size_t i = 0; i < list->count; i++) {
      const git_index_entry *other = git_index_get_byindex(index, i);
      const pi_gittree_index_entry *own = &list->at[i];
      if (strcmp(other->path, own->path) != 0 || memcmp(other->id.id, own->id, sizeof own->id) != 0) abort();
      if (other->mode != own->mode || git_index_entry_stage(other) != stage(own)) abort();
    }
  }
  git_index_free(index);
}

static bool is_under(const char *path, const char *folder) {
  size_t size = strlen(folder);
  return strncmp(path, folder, size) == 0 && (path[size] == '\0' || path[size] == '/');
}

static void ask(pi_gittree_index *index, const entries *all, const char *path) {
  entries found = {0};
  size_t at = 0;
  if (pi_gittree_index_each(index, path, add, &found) == 1) {
    for (size_t i = 0; i < all->count; i++) {
      if (!is_under(all->at[i].path, path)) continue;
      if (at == found.count || strcmp(found.at[at].path, all->at[i].path) != 0) abort();
      at++;
    }
    if (at != found.count) abort();
  }
  free(found.at);
}

/* Each path, and the folder that it is in. */
static void ask_all(pi_gittree_index *index, const entries *all) {
  size_t step = all->count / MOST_ASKED + 1;
  for (size_t i = 0; i < all->count; i += step) {
    char path[PATH_MAX];
    memcpy(path, all->at[i].path, all->at[i].size + 1);
    ask(index, all, path);
    char *slash = strrchr(path, '/');
    if (slash == NULL) continue;
    *slash = '\0';
    if (path[0] != '\0') ask(index, all, path);
  }
}

static void write_index(const uint8_t *bytes, size_t size) {
  struct sha1_ctx hash;
  uint8_t *whole = malloc(size + SHA1_DIGEST_SIZE);
  if (whole == NULL) abort();
  if (size > 0) memcpy(whole, bytes, size);
  sha1_init(&hash);
  sha1_update(&hash, size, whole);
  sha1_digest(&hash, SHA1_DIGEST_SIZE, whole + size);
  fuzz_file_write("index", whole, size + SHA1_DIGEST_SIZE);
  free(whole);
}

/* libgit2 takes memory for as many entries as the index claims to have. */
static bool claims_too_many(const uint8_t *bytes, size_t size) {
  return size < 12 || (size_t)(bytes[8] << 16 | bytes[9] << 8 | bytes[10]) > size / 256;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  pi_gittree_index index;
  struct stat facts;
  entries all = {0};
  static bool started;
  if (!started) started = git_libgit2_init() > 0;
  write_index(bytes, size);
  if (pi_gittree_index_open(&index, fuzz_file_path("index"), &facts)) {
    int whole = pi_gittree_index_each(&index, ".", add, &all);
    if (whole == 1 && is_in_order(&all)) {
      if (!claims_too_many(bytes, size)) compare(&all, fuzz_file_path("index"));
      ask_all(&index, &all);
    }
    pi_gittree_index_close(&index);
  }
  free(all.at);
  return 0;
}
