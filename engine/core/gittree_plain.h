/* Work trees of the usual kind, read without libgit2: what HEAD holds, and whether a memory of a clean tree still fits.
 * Not for others. False is never an answer, but "ask libgit2": for anything that is not plain, damaged or missing.
 *
 * Plain is: the folder has ".git" itself (a folder, or the file of a linked work tree), version 0 without extensions,
 * no work tree elsewhere, no includes in the repository's settings; HEAD is a commit or a branch that exists; the
 * objects are in the repository's own packs or loose. docs/adr/0018-hit-speed.md */
#ifndef PIENV_CORE_GITTREE_PLAIN_H
#define PIENV_CORE_GITTREE_PLAIN_H

#include <limits.h>
#include <stdbool.h>

#include "core/gittree.h"
#include "core/gittree_object.h"
#include "core/gittree_state.h"

typedef struct pi_gittree_plain {
  char root[PATH_MAX], gitdir[PATH_MAX], commondir[PATH_MAX]; /* absolute, resolved, without a final slash */
  unsigned char commit[PI_GITTREE_RAW_ID];
} pi_gittree_plain;

/* Finds the repository of a folder and its HEAD. */
bool pi_gittree_plain_find(pi_gittree_plain *plain, const char *dir);

/* The objects of the paths at HEAD: pi_gittree_head_read without libgit2. To be released when true. */
bool pi_gittree_plain_head(pi_gittree_head *head, const char *dir, const char *const *paths, size_t count);

/* What pi_gittree_plain_head gave. */
typedef struct pi_gittree_known {
  const char *root, *gitdir;
  const pi_gittree_entry *entries; /* of the paths of the request */
} pi_gittree_known;

/* Whether request->memo says that the work tree is clean as to this HEAD, NULL: the present one. Then *state is to be
 * released. */
bool pi_gittree_plain_state(pi_gittree_state *state, const pi_gittree_request *request, const pi_gittree_known *head);

/* Is nothing in these settings that takes more than this to read: includes, extensions, a work tree elsewhere? */
bool pi_gittree_plain_settings(const char *text);

#endif
