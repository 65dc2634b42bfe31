/* Deflate streams joined into one: see archive_gzip.h. libdeflate packs a whole buffer into a whole stream, several
 * times as fast as zlib packs the same as well. zlib is asked only where the blocks of such a stream begin. */
#include <zlib.h>

#include "core/archive_gzip.h"

enum { SCRATCH = 256 * 1024 };

struct pi_deflate_joiner {
  z_stream z;
  unsigned char scratch[SCRATCH]; /* for the unpacked bytes, which nobody wants */
};

void pi_deflate_joiner_open(pi_deflate_joiner **out) {
  *out = calloc(1, sizeof **out);
  if (*out == NULL || inflateInit2(&(*out)->z, -MAX_WBITS) == Z_OK) return;
  free(*out);
  *out = NULL;
}

void pi_deflate_joiner_release(pi_deflate_joiner *joiner) {
  if (joiner == NULL) return;
  (void)inflateEnd(&joiner->z);
  free(joiner);
}

/* Finds the bit at which the last block begins, and the one after its end. */
static int find_last_block(pi_deflate_joiner *joiner, unsigned char *bytes, size_t size, size_t *begin, size_t *end) {
  enum { UNUSED_BITS = 63, LAST_BLOCK = 64, BLOCK_END = 128 }; /* in data_type, see zlib.h */
  z_stream *z = &joiner->z;
  *begin = *end = 0;
  if (inflateReset(z) != Z_OK) return -1;
  z->next_in = bytes;
  z->avail_in = (uInt)size;
  while (*end == 0) {
    z->next_out = joiner->scratch;
    z->avail_out = SCRATCH;
    if (inflate(z, Z_BLOCK) != Z_OK) return -1;
    if ((z->data_type & BLOCK_END) == 0) continue;
    size_t bit = 8 * (size - z->avail_in) - (size_t)(z->data_type & UNUSED_BITS);
    *((z->data_type & LAST_BLOCK) != 0 ? end : begin) = bit;
  }
  return 0;
}

int pi_deflate_join(pi_deflate_joiner *joiner, unsigned char *bytes, size_t *size) {
  static const unsigned char empty[] = {0x00, 0x00, 0xff, 0xff}; /* the length of a stored block, and its complement */
  size_t begin, end;
  if (find_last_block(joiner, bytes, *size, &begin, &end) < 0) return -1;
  bytes[begin / 8] &= (unsigned char)~(1u << begin % 8);
  if (8 * *size - end < 3) bytes[(*size)++] = 0; /* three zero bits announce a stored block that is not the last */
  memcpy(bytes + *size, empty, sizeof empty);
  *size += sizeof empty;
  return 0;
}
