/* What HEAD, the index and the work tree hold, path by path. Not for others. */
#ifndef PIENV_CORE_GITTREE_SET_H
#define PIENV_CORE_GITTREE_SET_H

#include <git2.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"

enum {
  PI_GITTREE_UNMERGED = 1,   /* the index has several versions */
  PI_GITTREE_ASSUMED = 2,    /* marked assume-unchanged */
  PI_GITTREE_SKIPPED = 4,    /* marked skip-worktree */
  PI_GITTREE_INTENDED = 8,   /* "git add -N": in the index without content */
  PI_GITTREE_EXEMPT = 16,    /* does not count: as it is at HEAD */
  PI_GITTREE_FILTERED = 32,  /* a filter would change its content */
  PI_GITTREE_UNSETTLED = 64, /* a submodule with changes inside */
  PI_GITTREE_EMBEDDED = 128  /* a repository of its own that is not tracked */
};

/* A mode of git's, 0 where the path is not there, and the id of the content. */
typedef struct pi_gittree_version {
  uint32_t mode;
  git_oid id;
} pi_gittree_version;

typedef struct pi_gittree_node {
  char *path; /* owned; from the root, without a final slash */
  pi_gittree_version head, index, work;
  unsigned flags;
} pi_gittree_node;

/* Sorted by the bytes of the paths after pi_gittree_set_sort; nodes added later stand behind `sorted`. */
typedef struct pi_gittree_set {
  pi_gittree_node *nodes;
  size_t count, capacity, sorted;
} pi_gittree_set;

/* Appends a node of a path of `size` bytes; NULL: no memory. The pointer lives until the next one is added. */
pi_gittree_node *pi_gittree_set_add(pi_gittree_set *set, const char *path, size_t size, pi_err *err);

/* Sorts, and makes one node of those of the same path: what each knows comes together. */
void pi_gittree_set_sort(pi_gittree_set *set);

/* Among the sorted nodes: the one of this path, or NULL. */
pi_gittree_node *pi_gittree_set_find(const pi_gittree_set *set, const char *path);

/* Among the sorted nodes: does the index have something beneath this folder? */
bool pi_gittree_set_tracks_beneath(const pi_gittree_set *set, const char *folder);

/* Takes away the nodes behind the first `count`, which were added since. */
void pi_gittree_set_cut(pi_gittree_set *set, size_t count);

void pi_gittree_set_release(pi_gittree_set *set);

/* Adds what HEAD's tree (NULL: nothing) and the index hold of `path` ("." everything) and beneath it. */
int pi_gittree_set_add_head(pi_gittree_set *set, git_repository *repository, const git_tree *tree, const char *path,
                            pi_err *err);
int pi_gittree_set_add_index(pi_gittree_set *set, git_index *index, const char *path, pi_err *err);

/* Adds one entry of the index. */
int pi_gittree_set_add_entry(pi_gittree_set *set, const git_index_entry *entry, pi_err *err);

/* Lets libgit2 take attributes from the index only for files ".gitattributes" that a sparse checkout leaves out. (It
 * would take those of the index besides those of the work tree.) One that was deleted counts as deleted: committed with
 * the rest, it would be. Afterwards the repository has no other index entries. */
int pi_gittree_hide_index(git_repository *repository, git_index *index, const char *root, pi_err *err);

/* *id: the object that `path` would be if everything counted were committed; 1, or 0 where nothing would be there. */
int pi_gittree_set_id(git_oid *id, const pi_gittree_set *set, const char *path, pi_err *err);

#endif
