/* The walk through a work tree under gittree_state.h. Not for others. */
#ifndef PIENV_CORE_GITTREE_WORK_H
#define PIENV_CORE_GITTREE_WORK_H

#include <limits.h>

#include "core/gittree_content.h"
#include "core/gittree_ignore.h"
#include "core/gittree_memo.h"
#include "core/gittree_set.h"

typedef struct pi_gittree_work {
  const char *root;         /* the work tree */
  const char *const *paths; /* that are asked; "." is the root */
  size_t count;
  const char *const *exempt; /* patterns of what does not count */
  size_t exempt_count;
  pi_gittree_settings settings;
  pi_gittree_ignore rules;
  pi_gittree_set set;
  pi_gittree_memo *memo; /* NULL: nothing is to be remembered */
  char path[PATH_MAX];   /* where the walk is; "" at the root */
} pi_gittree_work;

/* Is this path of work->paths asked twice, or part of another one? */
bool pi_gittree_work_covers(const pi_gittree_work *work, size_t which);

/* Is there nothing at this path of the work tree? */
bool pi_gittree_work_is_missing(const pi_gittree_work *work, const char *path);

/* Does it match one of the exempt patterns, or is it in a folder that does? */
bool pi_gittree_work_exempts(const pi_gittree_work *work, const char *path);

/* Reads the work tree at `path` ("." everything) and beneath it into the nodes of the set, which is sorted and has what
 * HEAD and the index hold; adds a node for each file that is neither tracked nor ignored. Never follows a symbolic
 * link. */
int pi_gittree_work_walk(pi_gittree_work *work, const char *path, pi_err *err);

/* Is the place of this file taken by something else: the file's own by a folder, or one of its folders' by a file? */
bool pi_gittree_work_displaces(const pi_gittree_work *work, const char *path);

#endif
