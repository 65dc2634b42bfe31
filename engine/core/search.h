/* Several byte strings looked for in one file of any size, block by block: memory does not grow with the file, and it
 * may be truncated meanwhile, which a mapping would answer with SIGBUS. */
#ifndef PIENV_CORE_SEARCH_H
#define PIENV_CORE_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

enum { PI_SEARCH_MOST = 64 * 1024 }; /* bytes of a needle, or behind a match */

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

#endif
