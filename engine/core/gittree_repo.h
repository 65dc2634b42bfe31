/* The repository under gittree.h: what its parts share about libgit2. Not for others. */
#ifndef PIENV_CORE_GITTREE_REPO_H
#define PIENV_CORE_GITTREE_REPO_H

#include <git2.h>
#include <stdbool.h>

#include "core/err.h"

/* Gives libgit2 the allocator that pi_gittree_on_no_memory asks for. Returns 0, or libgit2's negative number. */
int pi_gittree_guard_memory(void);

/* Lets libgit2 open regular files and folders only; false takes that back. Counted. */
void pi_gittree_guard_files(bool on);

/* The last file that was not opened for libgit2, because it is a pipe or a device; NULL: none since the second was
 * called. */
const char *pi_gittree_refused(void);
void pi_gittree_forget_refused(void);

/* Fills *err from the last failure of libgit2: "<verb> <path>: <its message>", "ENOMEM" or "EREPO"; "EINVAL" where a
 * file was refused. Returns -1. */
int pi_gittree_fail(pi_err *err, const char *verb, const char *path);

/* Opens the repository that holds the folder `dir`. The caller frees it. */
int pi_gittree_open(git_repository **repository, const char *dir, pi_err *err);

/* *root: the absolute work tree, to be freed by the caller; NULL in a bare repository. */
int pi_gittree_root(char **root, git_repository *repository, const char *dir, pi_err *err);

/* The tree of HEAD's commit, and the commit's id; *tree is NULL before the first commit. The caller frees it. */
int pi_gittree_head_tree(git_tree **tree, git_oid *commit, git_repository *repository, const char *dir, pi_err *err);

/* The entry of `path` beneath `tree`: 1 and a copy in *entry, which the caller frees; 0: not there; -1: an object on
 * the way cannot be read. */
int pi_gittree_find(git_tree_entry **entry, git_repository *repository, const git_tree *tree, const char *path,
                    pi_err *err);

#endif
