/* Entries of git's index under a path, found without reading the others. Not for others.
 *
 *   pi_gittree_index index;
 *   if (pi_gittree_index_open(&index, file, &facts)) {
 *     result = pi_gittree_index_each(&index, "crates", visit, data);    1, 0 when it cannot be read this way, -1
 *     pi_gittree_index_close(&index);
 *   }
 *
 * The entries are sorted and of any length. A search in halves lands in the middle of one, and finds the beginning of
 * another by its form: entries begin at every eighth byte, and a run of them must have file modes, names as long as
 * they say, and rising names. The names end with the only NUL bytes, so from the end of the first run on all beginnings
 * are real ones; the first two are not used. What is of another form (version 4, a split or sparse index, damage) is
 * not read: libgit2 does, or says why not. */
#ifndef PIENV_CORE_GITTREE_INDEX_H
#define PIENV_CORE_GITTREE_INDEX_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

enum { PI_GITTREE_INDEX_BLOCK = 65536, PI_GITTREE_ID_SIZE = 20 };

typedef struct pi_gittree_index {
  int fd;
  uint32_t version;
  size_t size;          /* without the check sum at the end */
  size_t end;           /* of the entries */
  unsigned char *block; /* a part of the file */
  size_t block_at, block_size;
} pi_gittree_index;

typedef struct pi_gittree_index_entry {
  char path[PATH_MAX];
  size_t size;
  uint32_t mode;
  unsigned char id[PI_GITTREE_ID_SIZE];
  uint16_t flags, extended; /* as libgit2 has them, without the size of the path */
} pi_gittree_index_entry;

/* Opens an index and tells the facts of that very file; false: it cannot be read this way, and nothing is open. */
bool pi_gittree_index_open(pi_gittree_index *index, const char *file, struct stat *facts);

/* Safe twice, and after a failed open. */
void pi_gittree_index_close(pi_gittree_index *index);

/* Returns 0, or -1 to end with that. */
typedef int pi_gittree_index_visit(void *data, const pi_gittree_index_entry *entry);

/* Visits the entries of `path` ("." everything) and beneath it, in their order. 0: what was visited may not be all. */
int pi_gittree_index_each(pi_gittree_index *index, const char *path, pi_gittree_index_visit *visit, void *data);

#endif
