/* Packs of objects: see gittree_object.h. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "core/gittree_object.h"
#include "core/io.h"

enum { MOST_BYTES = 1 << 26, DEEPEST = 64, BLOCK = 4096, INDEX_HEAD = 8, FANOUT = 1024, OFS_DELTA = 6, REF_DELTA = 7 };

static uint32_t number(const unsigned char *b) {
  return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static bool read_at(int fd, void *bytes, size_t size, uint64_t at) {
  return pread(fd, bytes, size, (off_t)at) == (ssize_t)size;
}

static int open_part(const pi_gittree_objects *objects, const pi_gittree_pack *pack, const char *ending) {
  char name[NAME_MAX + 16];
  (void)snprintf(name, sizeof name, "pack/%s%s", pack->name, ending);
  return pi_io_open(objects->folder, name, O_RDONLY | O_NONBLOCK, 0);
}

static bool read_count(uint32_t *count, int index) {
  unsigned char head[INDEX_HEAD], last[4];
  if (!read_at(index, head, sizeof head, 0) || memcmp(head, "\377tOc\0\0\0\2", sizeof head) != 0)
    return false; /* version 2 */
  if (!read_at(index, last, sizeof last, INDEX_HEAD + FANOUT - 4)) return false;
  *count = number(last);
  return true;
}

/* It stays open only when it is one. */
static bool open_index(const pi_gittree_objects *objects, pi_gittree_pack *pack) {
  if (pack->index >= 0) return true;
  int index = open_part(objects, pack, ".idx");
  if (index < 0) return false;
  if (read_count(&pack->count, index))
    pack->index = index;
  else
    pi_io_close(&index);
  return pack->index >= 0;
}

/* The ids in the index are sorted; those that begin with one byte are counted in front. */
static bool find_id(uint32_t *which, const pi_gittree_pack *pack, const unsigned char *id) {
  unsigned char fan[8] = {0}, other[PI_GITTREE_RAW_ID];
  size_t skipped = id[0] == 0 ? 4 : 0;
  if (!read_at(pack->index, fan + skipped, sizeof fan - skipped, INDEX_HEAD + 4 * (uint64_t)id[0] - 4 + skipped))
    return false;
  uint32_t low = number(fan), high = number(fan + 4);
  if (low > high || high > pack->count) return false;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (!read_at(pack->index, other, sizeof other, INDEX_HEAD + FANOUT + (uint64_t)middle * sizeof other)) return false;
    int order = memcmp(other, id, sizeof other);
    *which = middle;
    if (order == 0) return true;
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return false;
}

bool pi_gittree_pack_find(uint64_t *at, pi_gittree_objects *objects, pi_gittree_pack *pack,
                          const unsigned char id[PI_GITTREE_RAW_ID]) {
  unsigned char offset[8];
  uint32_t which;
  if (!open_index(objects, pack) || !find_id(&which, pack, id)) return false;
  const uint64_t offsets = INDEX_HEAD + FANOUT + (uint64_t)pack->count * (PI_GITTREE_RAW_ID + 4);
  if (!read_at(pack->index, offset, 4, offsets + 4 * (uint64_t)which)) return false;
  *at = number(offset);
  if (!(*at >> 31)) return true;
  uint64_t row = *at & 0x7fffffff;
  if (!read_at(pack->index, offset, 8, offsets + 4 * (uint64_t)pack->count + 8 * row)) return false;
  *at = (uint64_t)number(offset) << 32 | number(offset + 4);
  return *at >> 62 == 0;
}

/* Unpacks `size` bytes that are compressed from `at` on. */
static bool inflate_at(char **bytes, size_t size, int fd, uint64_t at) {
  unsigned char block[BLOCK];
  z_stream z = {0};
  int status = Z_OK;
  *bytes = size <= MOST_BYTES ? malloc(size + 1) : NULL;
  if (*bytes == NULL || inflateInit(&z) != Z_OK) goto out;
  z.next_out = (Bytef *)*bytes;
  z.avail_out = (uInt)size + 1; /* one more: it must not be there */
  while (status == Z_OK && z.avail_out > 0) {
    ssize_t got = pread(fd, block, sizeof block, (off_t)at);
    if (got <= 0) break;
    at += (uint64_t)got;
    z.next_in = block;
    z.avail_in = (uInt)got;
    status = inflate(&z, Z_NO_FLUSH);
  }
  (void)inflateEnd(&z);
  if (status == Z_STREAM_END && z.total_out == size) {
    (*bytes)[size] = '\0';
    return true;
  }
out:
  free(*bytes);
  *bytes = NULL;
  return false;
}

/* What stands in front of an object. */
typedef struct head {
  unsigned type;
  size_t size;
  uint64_t base; /* of a delta, in this pack; 0: by its id */
  unsigned char id[PI_GITTREE_RAW_ID];
  uint64_t data; /* where the compressed bytes begin */
} head;

static bool read_base(head *h, const unsigned char *b, size_t *used, uint64_t at) {
  if (h->type == REF_DELTA) {
    memcpy(h->id, b + *used, sizeof h->id);
    *used += sizeof h->id;
  } else if (h->type == OFS_DELTA) {
    uint64_t distance = b[*used] & 127;
    while (b[(*used)++] & 128) {
      if (*used > 20) return false;
      distance = (distance + 1) << 7 | (b[*used] & 127);
    }
    if (distance == 0 || distance >= at) return false;
    h->base = at - distance;
  }
  return true;
}

static bool read_head(head *h, int fd, uint64_t at) {
  unsigned char b[64] = {0};
  size_t used = 0;
  memset(h, 0, sizeof *h);
  if (pread(fd, b, sizeof b, (off_t)at) < 22) return false; /* the check sum of the pack stands behind all */
  h->type = b[0] >> 4 & 7;
  h->size = b[0] & 15;
  for (unsigned shift = 4; b[used++] & 128; shift += 7) {
    if (shift > 32) return false;
    h->size |= (size_t)(b[used] & 127) << shift;
  }
  if (!read_base(h, b, &used, at)) return false;
  h->data = at + used;
  return h->size <= MOST_BYTES;
}

static bool read_delta(pi_gittree_object *object, pi_gittree_objects *objects, pi_gittree_pack *pack, const head *h,
                       int depth) {
  pi_gittree_object base = {0};
  char *delta = NULL;
  uint64_t at = h->base;
  bool ok = (at != 0 || pi_gittree_pack_find(&at, objects, pack, h->id)) &&
            pi_gittree_pack_read(&base, objects, pack, at, depth + 1) &&
            inflate_at(&delta, h->size, pack->data, h->data) &&
            pi_gittree_delta_apply(object, &base, (const unsigned char *)delta, h->size);
  free(base.bytes);
  free(delta);
  return ok;
}

bool pi_gittree_pack_read(pi_gittree_object *object, pi_gittree_objects *objects, pi_gittree_pack *pack, uint64_t at,
                          int depth) {
  head h;
  if (pack->data < 0) pack->data = open_part(objects, pack, ".pack");
  if (pack->data < 0 || depth > DEEPEST || !read_head(&h, pack->data, at)) return false;
  if (h.type == OFS_DELTA || h.type == REF_DELTA) return read_delta(object, objects, pack, &h, depth);
  if (h.type < PI_GITTREE_COMMIT || h.type > PI_GITTREE_TAG) return false;
  *object = (pi_gittree_object){.type = (pi_gittree_type)h.type, .size = h.size};
  return inflate_at(&object->bytes, h.size, pack->data, h.data);
}
