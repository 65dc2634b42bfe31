/* Objects of a git repository, read without libgit2: loose ones and packs of version 2. Not for others.
 *
 *   pi_gittree_objects objects;
 *   pi_gittree_objects_open(&objects, folder);                          ".git/objects"
 *   if (pi_gittree_object_read(&object, &objects, id)) ...
 *   pi_gittree_objects_close(&objects);
 *
 * Every object is checked against its id. What is not found, unusual or damaged is not read: libgit2 reads it, or says
 * what is wrong (docs/adr/0018-hit-speed.md). */
#ifndef PIENV_CORE_GITTREE_OBJECT_H
#define PIENV_CORE_GITTREE_OBJECT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PI_GITTREE_RAW_ID = 20, PI_GITTREE_MOST_PACKS = 32 };

typedef enum pi_gittree_type {
  PI_GITTREE_COMMIT = 1,
  PI_GITTREE_TREE = 2,
  PI_GITTREE_BLOB = 3,
  PI_GITTREE_TAG = 4
} pi_gittree_type;

typedef struct pi_gittree_pack {
  char name[NAME_MAX + 1]; /* "pack-<hex>", without the ending */
  int index, data;         /* descriptors; -1: not open yet */
  uint32_t count;
} pi_gittree_pack;

typedef struct pi_gittree_objects {
  int folder; /* -1: nothing is found */
  pi_gittree_pack packs[PI_GITTREE_MOST_PACKS];
  size_t count;
} pi_gittree_objects;

typedef struct pi_gittree_object {
  pi_gittree_type type;
  char *bytes; /* to be freed; a NUL stands behind them */
  size_t size;
} pi_gittree_object;

bool pi_gittree_objects_open(pi_gittree_objects *objects, const char *folder);
void pi_gittree_objects_close(pi_gittree_objects *objects);

bool pi_gittree_object_read(pi_gittree_object *object, pi_gittree_objects *objects,
                            const unsigned char id[PI_GITTREE_RAW_ID]);

/* Reads the object at `at` of a pack, whatever its id is: for gittree_object.c. */
bool pi_gittree_pack_read(pi_gittree_object *object, pi_gittree_objects *objects, pi_gittree_pack *pack, uint64_t at,
                          int depth);

/* The place of an object in a pack: for gittree_object.c. */
bool pi_gittree_pack_find(uint64_t *at, pi_gittree_objects *objects, pi_gittree_pack *pack,
                          const unsigned char id[PI_GITTREE_RAW_ID]);

/* Applies a delta of git's; the result is *object's. False, and nothing to be freed, where it is none. */
bool pi_gittree_delta_apply(pi_gittree_object *object, const pi_gittree_object *base, const unsigned char *delta,
                            size_t size);

#endif
