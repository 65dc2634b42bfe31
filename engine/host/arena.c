/* The first memory of the Lua state: see arena.h. */
#include "host/arena.h"

#include <string.h>
#include <sys/mman.h>

#include "host/build.h"

/* The block, of which pages are asked for as they are needed: few at a time for a short run, many in a long one, where
 * large blocks are the caller's to allocate: what is given back of them could seldom be used again. */
enum { WHOLE = 1 << 24, SHORT = 1 << 20, PORTION = 1 << 14, LARGE_PORTION = 1 << 16 };

static size_t rounded(size_t size) { return (size + PI_ARENA_STEP - 1) & ~(size_t)(PI_ARENA_STEP - 1); }

void pi_arena_open(pi_arena *arena) {
  memset(arena, 0, sizeof *arena);
  if (PI_BUILD_WATCHES_MEMORY) return;
  void *block = mmap(NULL, WHOLE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (block == MAP_FAILED) return;
  arena->start = arena->next = arena->ready = block;
  arena->end = arena->start + WHOLE;
}

void pi_arena_close(pi_arena *arena) {
  if (arena->start != NULL) (void)munmap(arena->start, WHOLE);
  memset(arena, 0, sizeof *arena);
}

bool pi_arena_has(const pi_arena *arena, const void *block) {
  return (const char *)block >= arena->start && (const char *)block < arena->end;
}

/* Asks for the pages of the next portion at once; where the kernel does not know how, they come one by one. */
static void make_ready(pi_arena *arena) {
  while (arena->ready < arena->next) {
    size_t portion = arena->ready - arena->start < SHORT ? PORTION : LARGE_PORTION;
#ifdef MADV_POPULATE_WRITE
    (void)madvise(arena->ready, portion, MADV_POPULATE_WRITE);
#endif
    arena->ready += portion;
  }
}

void *pi_arena_take(pi_arena *arena, size_t size) {
  size_t needed = rounded(size), class = needed / PI_ARENA_STEP;
  if (class < PI_ARENA_CLASSES && arena->given_back[class] != NULL) {
    void *block = arena->given_back[class];
    memcpy(&arena->given_back[class], block, sizeof(void *));
    return block;
  }
  if (needed > (size_t)(arena->end - arena->next)) return NULL;
  if (class >= PI_ARENA_CLASSES && arena->next - arena->start > SHORT) return NULL;
  void *block = arena->next;
  arena->next += needed;
  if (arena->next > arena->ready) make_ready(arena);
  return block;
}

bool pi_arena_extend(pi_arena *arena, void *block, size_t old_size, size_t size) {
  size_t has = rounded(old_size), needed = rounded(size);
  if (needed <= has) return true; /* what is too much stays with the block */
  bool is_last = (char *)block + has == arena->next;
  if (!is_last || needed - has > (size_t)(arena->end - arena->next)) return false;
  arena->next += needed - has;
  if (arena->next > arena->ready) make_ready(arena);
  return true;
}

void pi_arena_give_back(pi_arena *arena, void *block, size_t size) {
  size_t has = rounded(size), class = has / PI_ARENA_STEP;
  if ((char *)block + has == arena->next) {
    arena->next = block;
  } else if (class > 0 && class < PI_ARENA_CLASSES) {
    memcpy(block, &arena->given_back[class], sizeof(void *));
    arena->given_back[class] = block;
  }
}
