/* Several byte strings looked for in one file of any size, block by block: memory does not grow with the file, and it
 * may be truncated meanwhile, which a mapping would answer with SIGBUS. */
#ifndef PIENV_CORE_SEARCH_H
#define PIENV_CORE_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

enum {
  PI_SEARCH_MOST = 64 * 1024,  /* bytes of a needle, or behind a match */
  PI_SEARCH_BLOCK = 256 * 1024 /* bytes that are searched at once */
};

typedef struct pi_search_needle {
  const void *bytes; /* not empty, at most PI_SEARCH_MOST */
  size_t size;
  uint64_t *offsets; /* room for the first `limit` matches; may be NULL where that is 0 */
  size_t limit;
  uint64_t count; /* set: matches in the whole file, none of which overlap; may be more than `limit` */
} pi_search_needle;

/* `word_end`: a match counts only where the next byte is no letter, digit or "_", or the file ends.
 * -1: "search <path>: <reason>", EINTR after an interrupt. */
int pi_search_file(pi_search_needle *needles, size_t count, bool word_end, const char *path, pi_err *err);

/* Up to `size` bytes of the file from `offset`; their number, less at the end of the file. -1 and `err`. */
ptrdiff_t pi_search_bytes_at(void *bytes, size_t size, const char *path, uint64_t offset, pi_err *err);

/* A search in bytes that come one after the other, block by block: of a file that is read for something else anyway.
 *
 *   pi_searcher s;
 *   if (pi_searcher_open(&s, needles, count, word_end) < 0) there is no memory
 *   for each block: memcpy(pi_searcher_room(&s), block, size), pi_searcher_add(&s, size);
 *   pi_searcher_add(&s, 0);  at the end
 *   pi_searcher_release(&s); */
typedef struct pi_searcher {
  pi_search_needle *needles;
  size_t needle_count;
  bool word_end;
  unsigned char *bytes; /* at hand: the end of the last block, which a match may have begun in, and the next one */
  size_t size, keep;    /* bytes that are there; how many of the last block stay */
  uint64_t start;       /* of the first of them in the whole */
  uint64_t *next;       /* for each needle, where its search goes on */
} pi_searcher;

/* Sets the counts to 0. -1: there is no memory, and nothing to release. */
int pi_searcher_open(pi_searcher *s, pi_search_needle *needles, size_t count, bool word_end);

/* Where the next block goes: room for PI_SEARCH_BLOCK bytes. */
unsigned char *pi_searcher_room(pi_searcher *s);

/* Searches the bytes that were put there; 0: there are no more, which decides about a match at the very end. */
void pi_searcher_add(pi_searcher *s, size_t size);

void pi_searcher_release(pi_searcher *s);

#endif
