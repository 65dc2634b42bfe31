/* What git's index says of the paths asked, and a digest of it. Not for others. */
#ifndef PIENV_CORE_GITTREE_SLICE_H
#define PIENV_CORE_GITTREE_SLICE_H

#include "core/gittree_work.h"

/* Adds what the index holds of work->paths to work->set, shows libgit2 no more of it than pi_gittree_hide_index would,
 * and remembers it, where there is a memory. 1; 0: the index cannot be read this way, and nothing was done; -1. */
int pi_gittree_slice_load(pi_gittree_work *work, const char *file, pi_err *err);

/* A digest of all that the index says of work->paths but the facts of files, without what is exempt; never 0. False
 * when the index cannot be read this way. */
bool pi_gittree_slice_digest(uint64_t *digest, const char *file, const pi_gittree_work *work);

#endif
