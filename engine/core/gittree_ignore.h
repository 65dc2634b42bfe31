/* git's ignore rules: which files that are not tracked do not count. Not for others.
 *
 *   pi_gittree_ignore rules;                          zero: no rules
 *   pi_gittree_ignore_add(&rules, "", text, size);    in the order of git: excludesFile, info/exclude, then folder by
 *   ...                                               folder downwards; the last rule that matches decides
 *   pi_gittree_ignore_cut(&rules, mark);              back to an earlier rules.count: on the way up */
#ifndef PIENV_CORE_GITTREE_IGNORE_H
#define PIENV_CORE_GITTREE_IGNORE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

typedef struct pi_gittree_rule {
  char *pattern; /* owned */
  size_t base;   /* how much of a path is the folder that the rule comes from, with its "/" */
  bool negative, folders_only, by_name;
} pi_gittree_rule;

typedef struct pi_gittree_ignore {
  pi_gittree_rule *rules;
  size_t count, capacity;
} pi_gittree_ignore;

/* Adds the rules of one file. `base`: the size of its folder's path with the final "/", 0 for the root. -1: ENOMEM. */
int pi_gittree_ignore_add(pi_gittree_ignore *rules, size_t base, const char *text, size_t size, pi_err *err);

/* Reads the rules of the file `name` in the folder `dir` (a descriptor), never through a symbolic link unless `follow`;
 * a missing file has none. */
int pi_gittree_ignore_read(pi_gittree_ignore *rules, size_t base, int dir, const char *name, bool follow, pi_err *err);

void pi_gittree_ignore_cut(pi_gittree_ignore *rules, size_t count);

/* Frees everything; safe twice. */
void pi_gittree_ignore_release(pi_gittree_ignore *rules);

/* Is this path excluded by itself? (What is in an excluded folder is excluded too: the caller knows.) */
bool pi_gittree_ignore_has(const pi_gittree_ignore *rules, const char *path, bool is_folder);

#endif
