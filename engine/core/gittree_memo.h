/* A memory of clean work trees: what a file's and a folder's facts were when they were last compared. Not for others.
 *
 * The file holds a key, which stands for the question and for all that is not a file of the work tree, and a record for
 * everything that the answer was made from. When the key and all records still fit, nothing has changed. A record of a
 * folder has a digest of its names, so that names that do not count may come and go. Facts of a file are worth nothing
 * while a change in the same tick of the clock could leave them as they are: then no memory is written. */
#ifndef PIENV_CORE_GITTREE_MEMO_H
#define PIENV_CORE_GITTREE_MEMO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "core/err.h"
#include "core/sha256.h"

struct pi_gittree_work;

typedef struct pi_gittree_memo {
  unsigned char key[PI_SHA256_SIZE];
  char *records;
  size_t size, capacity;
  int64_t settled; /* what changed before this moment (seconds since 1970) cannot change again in the same tick */
  bool unfit;      /* something cannot be remembered */
} pi_gittree_memo;

/* Starts to remember, now. `settle`: seconds that a file must have been left alone before its facts are worth
 * something; more than the resolution of the file system's clock, and than it may be behind this machine's. */
void pi_gittree_memo_start(pi_gittree_memo *memo, int settle);

/* Remembers a file, from the root or absolute; facts NULL: that there is none. Before it is read. */
void pi_gittree_memo_file(pi_gittree_memo *memo, const char *path, const struct stat *facts);

/* The same with the facts as they are now. `root` is a descriptor. */
void pi_gittree_memo_watch(pi_gittree_memo *memo, int root, const char *path);

/* Remembers the index, whose content has this digest (gittree_slice.h): when another one takes its place, which any
 * command of git does, what it says of the paths asked is compared. */
void pi_gittree_memo_index(pi_gittree_memo *memo, const char *path, const struct stat *facts, uint64_t digest);

/* Remembers the open folder at the walk's path. Before it is listed. */
void pi_gittree_memo_folder(pi_gittree_memo *memo, const struct pi_gittree_work *work, int folder);

/* Does the file `name` hold a memory with this key whose records all fit? False for any other file, damaged or foreign.
 */
bool pi_gittree_memo_fits(const pi_gittree_memo *memo, const char *name, const struct pi_gittree_work *work);

/* The check of its content, which may be any bytes. */
bool pi_gittree_memo_check(const unsigned char key[PI_SHA256_SIZE], const char *bytes, size_t size, int root,
                           const struct pi_gittree_work *work);

/* Replaces the file `name` at once, unless something was unfit. That it cannot be written changes no answer. */
void pi_gittree_memo_write(const pi_gittree_memo *memo, const char *name);

void pi_gittree_memo_release(pi_gittree_memo *memo);

#endif
