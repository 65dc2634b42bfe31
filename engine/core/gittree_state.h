/* The state of a work tree under some paths: what differs from HEAD, and which objects the paths would be if everything
 * were committed now.
 *
 *   pi_gittree_request request = {.dir = dir, .paths = paths, .count = n, .ids = true};
 *   pi_gittree_state state;
 *   pi_gittree_state_read(&state, &request, &err);       between pi_gittree_start and pi_gittree_stop (gittree.h)
 *   pi_gittree_state_release(&state);
 *
 * Nothing is written and nothing of the repository runs. The content of every file is looked at, whatever the index
 * says of it; what git's filters would change counts as a change, because they are not run (gittree_content.h).
 *
 * Errors are those of gittree.h, and "EBARE" where there is no work tree. */
#ifndef PIENV_CORE_GITTREE_STATE_H
#define PIENV_CORE_GITTREE_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/gittree.h"

typedef struct pi_gittree_request {
  const char *dir;
  const char *const *paths; /* from the root, "." is the root itself */
  size_t count;
  const char *const *exempt; /* patterns (gittree_glob.h) of files and folders that count as they are at HEAD */
  size_t exempt_count;
  bool ids;
  const char *memo; /* a file that remembers clean trees, so that a tree in which nothing has changed since need not be
                       compared again; it need not exist yet, and a damaged or foreign one is replaced. NULL: none */
  int settle;       /* seconds since the last change of a file before the memory may hold it (gittree_memo.h) */
} pi_gittree_request;

typedef struct pi_gittree_change {
  char *path;       /* from the root; a repository that is not tracked ends with "/" */
  const char *kind; /* static: "staged", "unstaged", "untracked", "assume-unchanged", "skip-worktree", "unmerged",
                       "submodule", "filtered" */
} pi_gittree_change;

typedef struct pi_gittree_state {
  pi_gittree_change *changes; /* by path, then kind; none: the work tree is clean. A path may be staged and unstaged. */
  size_t count;
  char (*ids)[PI_GITTREE_HEX_SIZE]; /* one for each path asked, "" where nothing would be; NULL when not asked */
} pi_gittree_state;

int pi_gittree_state_read(pi_gittree_state *state, const pi_gittree_request *request, pi_err *err);

/* Frees everything; safe twice, and after a failed read. */
void pi_gittree_state_release(pi_gittree_state *state);

#endif
