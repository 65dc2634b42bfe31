/* gzip members that tell their sizes: see archive_gzip.h and RFC 1952. */
#include <libdeflate.h>
#include <string.h>

#include "core/archive_gzip.h"

enum {
  LEVEL = 8, /* where the level's hint is */
  EXTRA = 10,
  PACKED = 16,
  UNPACKED = 20
};

/* No name, no time, no system; an extra field of 12 bytes, in it one of 8. */
static const unsigned char header[PACKED] = {0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 12, 0, 'P', 'I', 8, 0};

static void put(unsigned char *at, size_t value) {
  for (unsigned i = 0; i < 4; i++) at[i] = (unsigned char)(value >> 8 * i);
}

static size_t get(const unsigned char *at) {
  return (size_t)at[0] | (size_t)at[1] << 8 | (size_t)at[2] << 16 | (size_t)at[3] << 24;
}

unsigned char pi_gzip_level_hint(int level) {
  if (level >= 8) return 2;
  return level < 2 ? 4 : 0;
}

size_t pi_gzip_member_finish(unsigned char *member, size_t deflated, const void *content, size_t size, int level) {
  size_t all = PI_GZIP_HEADER + deflated + PI_GZIP_TRAILER;
  memcpy(member, header, sizeof header);
  member[LEVEL] = pi_gzip_level_hint(level);
  put(member + PACKED, all);
  put(member + UNPACKED, size);
  put(member + PI_GZIP_HEADER + deflated, libdeflate_crc32(0, content, size));
  put(member + PI_GZIP_HEADER + deflated + 4, size);
  return all;
}

bool pi_gzip_member_sizes(const unsigned char *bytes, size_t size, size_t *packed, size_t *unpacked) {
  if (size < PI_GZIP_HEADER || memcmp(bytes, header, LEVEL) != 0) return false;
  if (memcmp(bytes + EXTRA, header + EXTRA, PACKED - EXTRA) != 0) return false;
  *packed = get(bytes + PACKED);
  *unpacked = get(bytes + UNPACKED);
  return *packed > PI_GZIP_HEADER + PI_GZIP_TRAILER && *unpacked > 0;
}
