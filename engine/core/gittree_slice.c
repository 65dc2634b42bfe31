/* What git's index says of the paths asked: see gittree_slice.h. */
#include "core/gittree_slice.h"

#include <git2/sys/repository.h>
#include <string.h>

#include "core/gittree_index.h"
#include "core/gittree_repo.h"
#include "core/sha256.h"

static const char ATTRIBUTES[] = ".gitattributes";

typedef struct slice {
  const pi_gittree_work *work;
  pi_gittree_set *set; /* NULL: only the digest */
  git_index *few;      /* what libgit2 is shown */
  pi_sha256 hash;
  bool rules; /* the rules of folders on the way, which are not asked for themselves */
  pi_err *err;
} slice;

static bool is_attributes(const char *path, size_t size) {
  size_t own = sizeof ATTRIBUTES - 1;
  return size >= own && strcmp(path + size - own, ATTRIBUTES) == 0 && (size == own || path[size - own - 1] == '/');
}

static void add_to_hash(slice *s, const pi_gittree_index_entry *entry) {
  pi_sha256_update(&s->hash, entry->path, entry->size + 1);
  pi_sha256_update(&s->hash, &entry->mode, sizeof entry->mode);
  pi_sha256_update(&s->hash, entry->id, sizeof entry->id);
  pi_sha256_update(&s->hash, &entry->flags, sizeof entry->flags);
  pi_sha256_update(&s->hash, &entry->extended, sizeof entry->extended);
}

static int add_to_set(slice *s, const git_index_entry *entry) {
  if (!s->rules && pi_gittree_set_add_entry(s->set, entry, s->err) < 0) return -1;
  bool skipped = entry->flags_extended & GIT_INDEX_ENTRY_SKIP_WORKTREE;
  if (!skipped || !is_attributes(entry->path, strlen(entry->path))) return 0;
  if (!pi_gittree_work_is_missing(s->work, entry->path)) return 0;
  return git_index_add(s->few, entry) < 0 ? pi_gittree_fail(s->err, "read attributes of", s->work->root) : 0;
}

static int visit(void *data, const pi_gittree_index_entry *entry) {
  slice *s = data;
  git_index_entry as_git = {.mode = entry->mode,
                            .flags = (uint16_t)(entry->flags | entry->size),
                            .flags_extended = entry->extended,
                            .path = entry->path};
  memcpy(as_git.id.id, entry->id, sizeof entry->id);
  if (!pi_gittree_work_exempts(s->work, entry->path)) add_to_hash(s, entry);
  return s->set != NULL ? add_to_set(s, &as_git) : 0;
}

/* The files of attributes in the folders above a path. */
static int visit_rules_above(slice *s, pi_gittree_index *index, const char *path) {
  char name[PATH_MAX + sizeof ATTRIBUTES];
  int result = 1;
  s->rules = true;
  for (const char *part = path; result == 1 && part != NULL && strcmp(path, ".") != 0;) {
    (void)snprintf(name, sizeof name, "%.*s%s", (int)(part - path), path, ATTRIBUTES);
    result = pi_gittree_index_each(index, name, visit, s);
    part = strchr(part, '/');
    if (part != NULL) part++;
  }
  s->rules = false;
  return result;
}

static int visit_all(slice *s, pi_gittree_index *index) {
  int result = 1;
  pi_sha256_init(&s->hash);
  for (size_t i = 0; result == 1 && i < s->work->count; i++) {
    if (pi_gittree_work_covers(s->work, i)) continue;
    result = pi_gittree_index_each(index, s->work->paths[i], visit, s);
    if (result == 1) result = visit_rules_above(s, index, s->work->paths[i]);
  }
  return result;
}

static uint64_t digest_of(slice *s) {
  unsigned char digest[PI_SHA256_SIZE];
  uint64_t result;
  pi_sha256_final(&s->hash, digest);
  memcpy(&result, digest, sizeof result);
  return result != 0 ? result : 1;
}

bool pi_gittree_slice_digest(uint64_t *digest, const char *file, const pi_gittree_work *work) {
  pi_gittree_index index;
  struct stat facts;
  slice s = {.work = work};
  if (!pi_gittree_index_open(&index, file, &facts)) return false;
  bool whole = visit_all(&s, &index) == 1;
  *digest = digest_of(&s);
  pi_gittree_index_close(&index);
  return whole;
}

int pi_gittree_slice_load(pi_gittree_work *work, const char *file, pi_err *err) {
  pi_gittree_index index;
  struct stat facts;
  size_t before = work->set.count;
  slice s = {.work = work, .set = &work->set, .err = err};
  if (!pi_gittree_index_open(&index, file, &facts)) return 0;
  int result = git_index_new(&s.few) < 0 ? pi_gittree_fail(err, "read", file) : visit_all(&s, &index);
  if (result == 1 && git_repository_set_index(work->settings.repository, s.few) < 0)
    result = pi_gittree_fail(err, "read attributes of", work->root);
  if (result == 1 && work->memo != NULL) pi_gittree_memo_index(work->memo, file, &facts, digest_of(&s));
  if (result == 0) pi_gittree_set_cut(&work->set, before);
  git_index_free(s.few);
  pi_gittree_index_close(&index);
  return result;
}
