/* Objects of a repository: see gittree_object.h. */
#include "core/gittree_object.h"

#include <dirent.h>
#include <fcntl.h>
#include <nettle/sha1.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "core/io.h"

enum { MOST_LOOSE = 1 << 20 };

static const char *const type_names[] = {"", "commit", "tree", "blob", "tag"};

/* Notes the packs that have an index. Other places of objects (alternates) are left to libgit2. */
static bool list_packs(pi_gittree_objects *objects) {
  int fd = pi_io_open(objects->folder, "pack", O_RDONLY | O_DIRECTORY, 0);
  DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
  struct dirent *entry;
  bool ok = folder != NULL;
  while (ok && (entry = readdir(folder)) != NULL) {
    size_t size = strlen(entry->d_name);
    if (size < 5 || strcmp(entry->d_name + size - 4, ".idx") != 0) continue;
    ok = objects->count < PI_GITTREE_MOST_PACKS;
    if (!ok) break;
    pi_gittree_pack *pack = &objects->packs[objects->count++];
    (void)snprintf(pack->name, sizeof pack->name, "%.*s", (int)size - 4, entry->d_name);
    pack->index = pack->data = -1;
  }
  if (folder != NULL)
    (void)closedir(folder);
  else
    pi_io_close(&fd);
  return ok;
}

bool pi_gittree_objects_open(pi_gittree_objects *objects, const char *folder) {
  objects->count = 0;
  objects->folder = pi_io_open(AT_FDCWD, folder, O_RDONLY | O_DIRECTORY, 0);
  return objects->folder >= 0 && list_packs(objects);
}

void pi_gittree_objects_close(pi_gittree_objects *objects) {
  for (size_t i = 0; i < objects->count; i++) {
    pi_io_close(&objects->packs[i].index);
    pi_io_close(&objects->packs[i].data);
  }
  objects->count = 0;
  pi_io_close(&objects->folder);
}

static bool has_id(const pi_gittree_object *object, const unsigned char id[PI_GITTREE_RAW_ID]) {
  unsigned char digest[PI_GITTREE_RAW_ID];
  char head[64];
  struct sha1_ctx hash;
  int size = snprintf(head, sizeof head, "%s %zu", type_names[object->type], object->size);
  sha1_init(&hash);
  sha1_update(&hash, (size_t)size + 1, (const uint8_t *)head);
  sha1_update(&hash, object->size, (const uint8_t *)object->bytes);
  sha1_digest(&hash, sizeof digest, digest);
  return memcmp(digest, id, sizeof digest) == 0;
}

/* Unpacks a whole loose object; the caller frees it. */
static char *inflate_all(size_t *size, const char *bytes, size_t packed) {
  for (size_t room = 8 * packed + 256; room <= MOST_LOOSE; room *= 8) {
    char *out = malloc(room);
    uLongf got = (uLongf)room;
    if (out == NULL) return NULL;
    int status = uncompress((Bytef *)out, &got, (const Bytef *)bytes, (uLong)packed);
    *size = got;
    if (status == Z_OK && got < room) {
      out[got] = '\0';
      return out;
    }
    free(out);
    if (status != Z_BUF_ERROR && status != Z_OK) return NULL;
  }
  return NULL;
}

/* "tree 123" NUL, then the bytes. */
static bool split(pi_gittree_object *object, char *whole, size_t size) {
  for (unsigned type = PI_GITTREE_COMMIT; type <= PI_GITTREE_TAG; type++) {
    size_t name = strlen(type_names[type]), start = strlen(whole) + 1;
    if (strncmp(whole, type_names[type], name) != 0 || whole[name] != ' ' || start > size) continue;
    object->type = (pi_gittree_type)type;
    object->size = size - start;
    object->bytes = whole;
    memmove(whole, whole + start, object->size + 1);
    return true;
  }
  return false;
}

static bool read_loose(pi_gittree_object *object, const pi_gittree_objects *objects, const unsigned char *id) {
  static const char digits[] = "0123456789abcdef";
  char name[2 * PI_GITTREE_RAW_ID + 2], *at = name, *packed = NULL, *whole = NULL;
  struct stat facts;
  size_t size = 0;
  for (size_t i = 0; i < PI_GITTREE_RAW_ID; i++) {
    *at++ = digits[id[i] >> 4];
    *at++ = digits[id[i] & 15];
    if (i == 0) *at++ = '/';
  }
  *at = '\0';
  int fd = pi_io_open(objects->folder, name, O_RDONLY | O_NONBLOCK, 0);
  bool ok = fd >= 0 && fstat(fd, &facts) == 0 && facts.st_size > 0 && facts.st_size < MOST_LOOSE / 8;
  if (ok) packed = malloc((size_t)facts.st_size);
  if (packed != NULL && pread(fd, packed, (size_t)facts.st_size, 0) == facts.st_size)
    whole = inflate_all(&size, packed, (size_t)facts.st_size);
  pi_io_close(&fd);
  free(packed);
  ok = whole != NULL && split(object, whole, size);
  if (!ok) free(whole);
  return ok;
}

bool pi_gittree_object_read(pi_gittree_object *object, pi_gittree_objects *objects,
                            const unsigned char id[PI_GITTREE_RAW_ID]) {
  bool ok = false;
  uint64_t at;
  *object = (pi_gittree_object){0};
  for (size_t i = 0; !ok && i < objects->count; i++)
    ok = pi_gittree_pack_find(&at, objects, &objects->packs[i], id) &&
         pi_gittree_pack_read(object, objects, &objects->packs[i], at, 0);
  ok = ok || read_loose(object, objects, id);
  if (ok && has_id(object, id)) return true;
  free(object->bytes);
  *object = (pi_gittree_object){0};
  return false;
}
