/* libFuzzer: objects of a git repository, read without libgit2 (engine/core/gittree_object.c, _pack.c, _delta.c). The
 * first byte says what the rest is:
 *
 *   0  a loose object's file              1  the same, to be compressed, under its right id: what is read is as libgit2
 *   2  an index of a pack                    reads it
 *   3  a pack                             4  entries of a pack: kind, size, then what is to be compressed */
#include <git2.h>
#include <git2/odb.h>
#include <nettle/sha1.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "core/gittree_object.h"
#include "fuzz_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { LOOSE, LOOSE_PLAIN, INDEX, PACK, ENTRIES, MODES, FIRST_ENTRY = 12, MOST_PACK = 1 << 20, MOST_ENTRIES = 64 };

static void open_objects(pi_gittree_objects *objects) {
  char folder[PATH_MAX];
  fuzz_file_make_folder("pack");
  (void)snprintf(folder, sizeof folder, "%s", fuzz_file_path("."));
  if (!pi_gittree_objects_open(objects, folder)) abort();
}

/* The object as libgit2 reads it: the same, or it does not read it. */
static void compare(const pi_gittree_object *own, const unsigned char *id) {
  git_odb *odb = NULL;
  git_odb_backend *backend = NULL;
  git_odb_object *other = NULL;
  git_oid oid;
  bool ok = git_odb_new(&odb) == 0 && git_odb_backend_loose(&backend, fuzz_file_path("."), 0, 0, 0, 0) == 0 &&
            git_odb_add_backend(odb, backend, 1) == 0 && git_oid_fromraw(&oid, id) == 0;
  if (!ok) abort();
  if (git_odb_read(&other, odb, &oid) == 0) {
    if (git_odb_object_size(other) != own->size || (int)git_odb_object_type(other) != (int)own->type) abort();
    if (memcmp(git_odb_object_data(other), own->bytes, own->size) != 0) abort();
  }
  git_odb_object_free(other);
  git_odb_free(odb);
}

static void read_loose(const unsigned char *id, const uint8_t *bytes, size_t size) {
  char name[48], *at = name;
  pi_gittree_objects objects;
  pi_gittree_object object;
  for (size_t i = 0; i < PI_GITTREE_RAW_ID; i++) at += sprintf(at, i == 0 ? "%02x/" : "%02x", id[i]);
  name[2] = '\0';
  fuzz_file_make_folder(name);
  name[2] = '/';
  fuzz_file_write(name, bytes, size);
  open_objects(&objects);
  if (pi_gittree_object_read(&object, &objects, id)) {
    compare(&object, id);
    free(object.bytes);
  }
  pi_gittree_objects_close(&objects);
  (void)unlink(fuzz_file_path(name));
}

static void read_plain(const uint8_t *bytes, size_t size) {
  unsigned char id[PI_GITTREE_RAW_ID];
  struct sha1_ctx hash;
  uLongf packed = compressBound((uLong)size);
  uint8_t *out = malloc(packed);
  if (out == NULL || compress2(out, &packed, bytes, (uLong)size, 1) != Z_OK) abort();
  sha1_init(&hash);
  sha1_update(&hash, size, bytes);
  sha1_digest(&hash, sizeof id, id);
  read_loose(id, out, packed);
  free(out);
}

/* Looks for the ids that stand in the bytes where an index has them, and for others. */
static void find_all(pi_gittree_objects *objects, pi_gittree_pack *pack, const uint8_t *bytes, size_t size) {
  for (size_t at = 0; at + PI_GITTREE_RAW_ID <= size && at < 64 * (size_t)PI_GITTREE_RAW_ID; at += PI_GITTREE_RAW_ID) {
    uint64_t place;
    size_t id = size > 1032 + at + PI_GITTREE_RAW_ID ? 1032 + at : at;
    if (pi_gittree_pack_find(&place, objects, pack, bytes + id) && place >> 62 != 0) abort();
  }
}

static void read_place(pi_gittree_objects *objects, uint64_t at) {
  pi_gittree_object object = {0};
  bool ok = pi_gittree_pack_read(&object, objects, &objects->packs[0], at, 0);
  if (ok && object.bytes[object.size] != '\0') abort();
  free(object.bytes);
}

/* With an index or a pack of these bytes; the other one is the last that was written. */
static void read_pack(const char *name, const uint8_t *bytes, size_t size, const uint64_t *places, size_t count) {
  pi_gittree_objects objects;
  fuzz_file_make_folder("pack");
  fuzz_file_write("pack/pack-1.idx", bytes, strcmp(name, "pack/pack-1.idx") == 0 ? size : 0);
  fuzz_file_write(name, bytes, size);
  open_objects(&objects);
  if (objects.count != 1) abort();
  find_all(&objects, &objects.packs[0], bytes, size);
  for (size_t i = 0; i < count; i++) read_place(&objects, places[i]);
  pi_gittree_objects_close(&objects);
  (void)unlink(fuzz_file_path("pack/pack-1.idx"));
}

/* One entry: a byte for its type and the distance to its base, two for the size of its bytes; how many it took. */
static size_t make_entry(uint8_t *out, size_t *made, const uint8_t *bytes, size_t size, const uint64_t *places,
                         size_t count) {
  size_t at = *made, whole = (size_t)bytes[1] | (size_t)(bytes[2] & 15) << 8, type = bytes[0] & 7;
  if (whole > size - 3) whole = size - 3;
  out[at++] = (uint8_t)(128 | type << 4 | (whole & 15));
  out[at++] = (uint8_t)(128 | (whole >> 4 & 127));
  out[at++] = (uint8_t)(whole >> 11);
  if (type == 6 && count > 0) {
    uint64_t distance = *made - places[(bytes[0] >> 3) % count];
    uint8_t digits[10];
    size_t n = 0;
    digits[n++] = (uint8_t)(distance & 127);
    while (distance >>= 7) digits[n++] = (uint8_t)(128 | (--distance & 127));
    while (n > 0) out[at++] = digits[--n];
  }
  uLongf packed = MOST_PACK - at;
  if (compress2(out + at, &packed, bytes + 3, (uLong)whole, 1) != Z_OK) abort();
  *made = at + packed;
  return 3 + whole;
}

static void read_entries(const uint8_t *bytes, size_t size) {
  static uint8_t out[MOST_PACK];
  uint64_t places[MOST_ENTRIES];
  size_t made = FIRST_ENTRY, count = 0;
  memcpy(out, "PACK\0\0\0\2\0\0\0\1", FIRST_ENTRY);
  while (size >= 3 && count < MOST_ENTRIES && made < MOST_PACK / 2) {
    places[count] = made;
    size_t took = make_entry(out, &made, bytes, size, places, count);
    count++;
    bytes += took;
    size -= took;
  }
  memset(out + made, 0, 20); /* where the check sum stands */
  read_pack("pack/pack-1.pack", out, made + 20, places, count);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static const unsigned char id[PI_GITTREE_RAW_ID] = {1};
  static const uint64_t places[] = {0, FIRST_ENTRY, 100, 200};
  static bool started;
  if (!started) started = git_libgit2_init() > 0;
  if (size == 0) return 0;
  switch (bytes[0] % MODES) {
    case LOOSE: read_loose(id, bytes + 1, size - 1); break;
    case LOOSE_PLAIN: read_plain(bytes + 1, size - 1); break;
    case INDEX: read_pack("pack/pack-1.idx", bytes + 1, size - 1, NULL, 0); break;
    case PACK: read_pack("pack/pack-1.pack", bytes + 1, size - 1, places, sizeof places / sizeof places[0]); break;
    default: read_entries(bytes + 1, size - 1);
  }
  return 0;
}
