/* The first memory of the Lua state: one block of the kernel, cut up from its start. A short run then neither pays for
 * malloc's book-keeping nor for a page fault at every page. What does not fit is the caller's to allocate elsewhere.
 *
 * Blocks that were given back are used again for requests of the same size class. */
#ifndef PIENV_HOST_ARENA_H
#define PIENV_HOST_ARENA_H

#include <stdbool.h>
#include <stddef.h>

enum { PI_ARENA_STEP = 16, PI_ARENA_CLASSES = 64 };

typedef struct pi_arena {
  char *start, *next, *ready, *end;   /* up to `ready` the pages are there */
  void *given_back[PI_ARENA_CLASSES]; /* lists, by size in steps */
} pi_arena;

/* An arena without memory where there is none to be had, and in builds that look for wrong use of memory: those must
 * see each block. */
void pi_arena_open(pi_arena *arena);

/* Afterwards it is an arena without memory. */
void pi_arena_close(pi_arena *arena);

bool pi_arena_has(const pi_arena *arena, const void *block);

/* A block of at least `size` bytes, or NULL. */
void *pi_arena_take(pi_arena *arena, size_t size);

/* Makes a block of the arena longer where it stands: false when that is not possible. */
bool pi_arena_extend(pi_arena *arena, void *block, size_t old_size, size_t size);

void pi_arena_give_back(pi_arena *arena, void *block, size_t size);

#endif
