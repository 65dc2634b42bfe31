/* git's deltas: see gittree_object.h. */
#include <stdlib.h>
#include <string.h>

#include "core/gittree_object.h"

enum { MOST_BYTES = 1 << 26 };

typedef struct reader {
  const unsigned char *at, *end;
  bool failed;
} reader;

static unsigned next(reader *r) {
  if (r->at < r->end) return *r->at++;
  r->failed = true;
  return 0;
}

static size_t read_size(reader *r) {
  size_t size = 0;
  for (unsigned shift = 0; shift < 56; shift += 7) {
    unsigned byte = next(r);
    size |= (size_t)(byte & 127) << shift;
    if (byte < 128) return size;
  }
  r->failed = true;
  return 0;
}

/* `count` bytes of which those are there whose bit is set, the lowest first. */
static size_t read_number(reader *r, unsigned bits, unsigned count) {
  size_t number = 0;
  for (unsigned i = 0; i < count; i++)
    if (bits >> i & 1) number |= (size_t)next(r) << (8 * i);
  return number;
}

/* One instruction; returns how many bytes it has made. */
static size_t step(reader *r, char *out, size_t room, const pi_gittree_object *base) {
  unsigned op = next(r);
  const void *from = r->at;
  size_t size = op;
  if (op & 128) {
    size_t offset = read_number(r, op & 15, 4);
    size = read_number(r, op >> 4 & 7, 3);
    if (size == 0) size = 0x10000;
    if (offset > base->size || size > base->size - offset) r->failed = true;
    from = base->bytes + (r->failed ? 0 : offset);
  } else if (op == 0 || size > (size_t)(r->end - r->at)) {
    r->failed = true;
  } else {
    r->at += size;
  }
  if (size > room) r->failed = true;
  if (!r->failed) memcpy(out, from, size);
  return r->failed ? 0 : size;
}

bool pi_gittree_delta_apply(pi_gittree_object *object, const pi_gittree_object *base, const unsigned char *delta,
                            size_t size) {
  reader r = {delta, delta + size, false};
  size_t from = read_size(&r), whole = read_size(&r), made = 0;
  if (r.failed || from != base->size || whole > MOST_BYTES) return false;
  char *bytes = malloc(whole + 1);
  if (bytes == NULL) return false;
  while (!r.failed && r.at < r.end) made += step(&r, bytes + made, whole - made, base);
  if (r.failed || made != whole) {
    free(bytes);
    return false;
  }
  bytes[whole] = '\0';
  *object = (pi_gittree_object){base->type, bytes, whole};
  return true;
}
