/* What a git repository holds at HEAD, for a list of paths in one call.
 *
 *   pi_gittree_start(&err);                                  once, before anything else; counted
 *   pi_gittree_head head;
 *   pi_gittree_head_read(&head, dir, paths, count, &err);    as often as wanted
 *   pi_gittree_head_release(&head);
 *   pi_gittree_stop();                                       once for each start
 *
 * libgit2 reads the repository; no process is started, and nothing of the repository runs. Therefore its owner is not
 * checked: the usual caller is an orchestrator in the work trees of other users (docs/adr/0011-gittree.md).
 *
 * Errors: "ENOTREPO" no repository holds the folder; "EREPO" libgit2 cannot read it, because it is damaged or uses what
 * libgit2 does not know, and then git itself may; "EINVAL" a pipe or a device lies where a file should; "ENOMEM";
 * ENOENT and the like for the folder itself. */
#ifndef PIENV_CORE_GITTREE_H
#define PIENV_CORE_GITTREE_H

#include <stddef.h>

#include "core/err.h"

#define PI_GITTREE_HEX_SIZE 41 /* libgit2 reads SHA-1 repositories only */
#define PI_GITTREE_EMPTY_TREE "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

/* What to do when libgit2 finds no memory: libgit2 1.5 may crash or leak where one of its own allocations fails, so
 * `end` must not return. Before pi_gittree_start; NULL, the default, leaves it to libgit2. */
void pi_gittree_on_no_memory(void (*end)(void));

int pi_gittree_start(pi_err *err);
void pi_gittree_stop(void);

typedef struct pi_gittree_entry {
  const char *type;             /* "tree", "blob", "commit" (a submodule); NULL: the path is not there. Static. */
  char id[PI_GITTREE_HEX_SIZE]; /* "" where it is not there */
} pi_gittree_entry;

typedef struct pi_gittree_head {
  char *root;                       /* the work tree, absolute, without a final slash; NULL in a bare repository */
  char *commondir;                  /* the repository, absolute, the same one for all its linked work trees */
  char *gitdir;                     /* the work tree's own part of it; NULL where libgit2 was needed */
  char commit[PI_GITTREE_HEX_SIZE]; /* "" before the first commit */
  pi_gittree_entry *entries;        /* one for each path, in the order asked */
  size_t count;
} pi_gittree_head;

/* Looks the paths up at HEAD of the repository that `dir` is in. The paths count from the root of the work tree, with
 * "/" between their parts; "." is the root itself. Needs the tree objects on the way only, not the blobs. */
int pi_gittree_head_read(pi_gittree_head *head, const char *dir, const char *const *paths, size_t count, pi_err *err);

/* Frees everything; safe twice, and after a failed read. */
void pi_gittree_head_release(pi_gittree_head *head);

#endif
