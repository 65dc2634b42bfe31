/* The failing allocator: see fail_alloc.h. Live blocks are a set of addresses, open addressing with linear probing;
 * a count would be wrong where libc allocates (realpath) and we free. */
#include "fail_alloc.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __wrap_free(void *block);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t most);

enum { SLOTS = 1 << 18, MOST = SLOTS / 2 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uintptr_t slots[SLOTS]; /* 0: free */
static size_t live, requests, failing;
static bool failing_onward;
static _Thread_local bool paused;

static size_t home_of(uintptr_t address) { return (size_t)(((uint64_t)address >> 4) * 0x9E3779B97F4A7C15u >> 46); }

static size_t find(uintptr_t address) {
  size_t i = home_of(address);
  while (slots[i] != 0 && slots[i] != address) i = (i + 1) % SLOTS;
  return i;
}

static void remember(void *block) {
  if (block == NULL) return;
  (void)pthread_mutex_lock(&lock);
  if (++live > MOST) {
    (void)fputs("fail_alloc: more live blocks than the table holds\n", stderr);
    abort();
  }
  slots[find((uintptr_t)block)] = (uintptr_t)block;
  (void)pthread_mutex_unlock(&lock);
}

/* Empties slot `hole` and moves later entries of the same run up, so that every entry is still found from its home. */
static void close_hole(size_t hole) {
  for (size_t i = (hole + 1) % SLOTS; slots[i] != 0; i = (i + 1) % SLOTS) {
    size_t from_home = (i - home_of(slots[i])) % SLOTS, from_hole = (i - hole) % SLOTS;
    if (from_home < from_hole) continue;
    slots[hole] = slots[i];
    hole = i;
  }
  slots[hole] = 0;
}

/* Returns whether the block was one of ours. */
static bool forget(void *block) {
  (void)pthread_mutex_lock(&lock);
  size_t i = find((uintptr_t)block);
  bool ours = block != NULL && slots[i] != 0;
  if (ours) {
    close_hole(i);
    live--;
  }
  (void)pthread_mutex_unlock(&lock);
  return ours;
}

static bool must_fail(void) {
  if (paused) return false;
  (void)pthread_mutex_lock(&lock);
  size_t n = ++requests;
  bool fail = failing != 0 && (n == failing || (failing_onward && n > failing));
  (void)pthread_mutex_unlock(&lock);
  return fail;
}

void fail_alloc_start(size_t nth, bool onward) {
  (void)pthread_mutex_lock(&lock);
  requests = 0;
  failing = nth;
  failing_onward = onward;
  (void)pthread_mutex_unlock(&lock);
}

size_t fail_alloc_stop(void) {
  (void)pthread_mutex_lock(&lock);
  failing = 0;
  size_t n = requests;
  (void)pthread_mutex_unlock(&lock);
  return n;
}

void fail_alloc_pause(bool pause) { paused = pause; }

size_t fail_alloc_live(void) {
  (void)pthread_mutex_lock(&lock);
  size_t n = live;
  (void)pthread_mutex_unlock(&lock);
  return n;
}

void *__wrap_malloc(size_t size) {
  if (must_fail()) return NULL;
  void *block = __real_malloc(size);
  remember(block);
  return block;
}

void *__wrap_calloc(size_t count, size_t size) {
  if (must_fail()) return NULL;
  void *block = __real_calloc(count, size);
  remember(block);
  return block;
}

void *__wrap_realloc(void *block, size_t size) {
  if (must_fail()) return NULL;
  /* Forgotten before the call: afterwards another thread may own the same address. */
  bool ours = forget(block);
  void *moved = __real_realloc(block, size);
  if (ours || block == NULL) remember(moved == NULL && size > 0 ? block : moved);
  return moved;
}

void __wrap_free(void *block) {
  (void)forget(block);
  __real_free(block);
}

char *__wrap_strndup(const char *text, size_t most) {
  size_t size = strnlen(text, most);
  char *copy = __wrap_malloc(size + 1);
  if (copy == NULL) return NULL;
  memcpy(copy, text, size);
  copy[size] = '\0';
  return copy;
}

char *__wrap_strdup(const char *text) { return __wrap_strndup(text, strlen(text)); }
