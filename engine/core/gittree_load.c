/* What HEAD and the index hold: see gittree_set.h. */
#include <git2/sys/repository.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "core/gittree_repo.h"
#include "core/gittree_set.h"

static int add_tree(pi_gittree_set *set, git_repository *repository, const git_tree *tree, char *path, size_t size,
                    pi_err *err);

static int add_entry(pi_gittree_set *set, git_repository *repository, const git_tree_entry *entry, char *path,
                     size_t size, pi_err *err) {
  git_tree *tree = NULL;
  if (git_tree_entry_type(entry) != GIT_OBJECT_TREE) {
    pi_gittree_node *node = pi_gittree_set_add(set, path, size, err);
    if (node == NULL) return -1;
    node->head.mode = git_tree_entry_filemode(entry);
    node->head.id = *git_tree_entry_id(entry);
    return 0;
  }
  if (git_tree_lookup(&tree, repository, git_tree_entry_id(entry)) < 0) return pi_gittree_fail(err, "read", path);
  int result = add_tree(set, repository, tree, path, size, err);
  git_tree_free(tree);
  return result;
}

/* `path` holds the folder in its first `size` bytes, and has room for the longest path. */
static int add_tree(pi_gittree_set *set, git_repository *repository, const git_tree *tree, char *path, size_t size,
                    pi_err *err) {
  for (size_t i = 0; i < git_tree_entrycount(tree); i++) {
    const git_tree_entry *entry = git_tree_entry_byindex(tree, i);
    int added = snprintf(path + size, PATH_MAX - size, size > 0 ? "/%s" : "%s", git_tree_entry_name(entry));
    if (added < 0 || size + (size_t)added >= PATH_MAX) return pi_err_os(err, ENAMETOOLONG, "read", path);
    if (add_entry(set, repository, entry, path, size + (size_t)added, err) < 0) return -1;
  }
  path[size] = '\0';
  return 0;
}

int pi_gittree_set_add_head(pi_gittree_set *set, git_repository *repository, const git_tree *tree, const char *path,
                            pi_err *err) {
  char buffer[PATH_MAX];
  git_tree_entry *entry = NULL;
  if (tree == NULL) return 0;
  if (strcmp(path, ".") == 0) return add_tree(set, repository, tree, buffer, 0, err);
  int found = pi_gittree_find(&entry, repository, tree, path, err);
  if (found == 1) {
    int size = snprintf(buffer, sizeof buffer, "%s", path);
    found = size >= (int)sizeof buffer ? pi_err_os(err, ENAMETOOLONG, "read", path)
                                       : add_entry(set, repository, entry, buffer, (size_t)size, err);
  }
  git_tree_entry_free(entry);
  return found;
}

static unsigned flags_of(const git_index_entry *entry) {
  unsigned flags = 0;
  if (git_index_entry_stage(entry) != 0) flags |= PI_GITTREE_UNMERGED;
  if (entry->flags & GIT_INDEX_ENTRY_VALID) flags |= PI_GITTREE_ASSUMED;
  if (entry->flags_extended & GIT_INDEX_ENTRY_SKIP_WORKTREE) flags |= PI_GITTREE_SKIPPED;
  if (entry->flags_extended & GIT_INDEX_ENTRY_INTENT_TO_ADD) flags |= PI_GITTREE_INTENDED;
  return flags;
}

/* Of an unmerged path, "ours" counts (the second version): git looks at it for the ends of lines. The others only say
 * that the index has the path. */
int pi_gittree_set_add_entry(pi_gittree_set *set, const git_index_entry *entry, pi_err *err) {
  enum { OURS = 2 };
  pi_gittree_node *node = pi_gittree_set_add(set, entry->path, strlen(entry->path), err);
  if (node == NULL) return -1;
  node->flags = flags_of(entry);
  node->index.mode = entry->mode;
  if (!(node->flags & PI_GITTREE_UNMERGED) || git_index_entry_stage(entry) == OURS) node->index.id = entry->id;
  return 0;
}

static bool is_in(const char *path, const char *folder, size_t size) {
  return size == 0 || (strncmp(path, folder, size) == 0 && (path[size] == '/' || path[size] == '\0'));
}

int pi_gittree_set_add_index(pi_gittree_set *set, git_index *index, const char *path, pi_err *err) {
  size_t at = 0, size = strcmp(path, ".") == 0 ? 0 : strlen(path);
  if (size > 0 && git_index_find_prefix(&at, index, path) < 0) return 0;
  /* Of an unmerged path, any of its versions may have been found. */
  while (at > 0 && strncmp(git_index_get_byindex(index, at - 1)->path, path, size) == 0) at--;
  for (; at < git_index_entrycount(index); at++) {
    const git_index_entry *entry = git_index_get_byindex(index, at);
    if (strncmp(entry->path, path, size) != 0) break; /* others with the same start stand in between: "a.b", "a/b" */
    if (is_in(entry->path, path, size) && pi_gittree_set_add_entry(set, entry, err) < 0) return -1;
  }
  return 0;
}

static bool is_attributes(const char *path) {
  static const char name[] = ".gitattributes";
  size_t size = strlen(path), own = sizeof name - 1;
  return size >= own && strcmp(path + size - own, name) == 0 && (size == own || path[size - own - 1] == '/');
}

static bool is_missing(const char *root, const char *path) {
  char name[PATH_MAX];
  struct stat status;
  return snprintf(name, sizeof name, "%s/%s", root, path) < (int)sizeof name && lstat(name, &status) < 0;
}

int pi_gittree_hide_index(git_repository *repository, git_index *index, const char *root, pi_err *err) {
  git_index *few = NULL;
  int result = git_index_new(&few);
  for (size_t at = 0; result == 0 && at < git_index_entrycount(index); at++) {
    const git_index_entry *entry = git_index_get_byindex(index, at);
    bool skipped = entry->flags_extended & GIT_INDEX_ENTRY_SKIP_WORKTREE;
    if (skipped && is_attributes(entry->path) && is_missing(root, entry->path)) result = git_index_add(few, entry);
  }
  if (result == 0) result = git_repository_set_index(repository, few);
  git_index_free(few);
  return result < 0 ? pi_gittree_fail(err, "read attributes of", root) : 0;
}
