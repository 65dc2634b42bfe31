/* A ring of blocks to hash: see sha256_ring.h. */
#include <stdlib.h>

#include "core/sha256_ring.h"
#include "core/thread.h"

enum {
  BLOCK = PI_SHA256_RING_BLOCK,
  SLOTS = PI_SHA256_RING_SLOTS,
  PAGE = 4096,      /* reading into whole pages is a tenth faster than to anywhere */
  ALONE = 4 * BLOCK /* bytes up to which the caller's thread hashes */
};

static unsigned char *block_of(const pi_sha256_ring *r, uint64_t n) { return r->slots + n % SLOTS * BLOCK; }

/* Who found the ring full goes on when half of it is free, not at each block: to wake a thread takes the one that
 * hashes a system call, and that one is what all wait for. */
static bool half_free(const pi_sha256_ring *r) { return r->filled - r->hashed <= SLOTS / 2; }

/* Waits for a block to hash: true, or false when all are done. */
static bool wait_filled(pi_sha256_ring *r) {
  (void)pthread_mutex_lock(&r->mutex);
  while (r->hashed == r->filled && !r->complete) (void)pthread_cond_wait(&r->changed, &r->mutex);
  bool more = r->hashed < r->filled;
  (void)pthread_mutex_unlock(&r->mutex);
  return more;
}

static void *hash_all(void *argument) {
  pi_sha256_ring *r = argument;
  for (uint64_t n = 0; wait_filled(r); n++) {
    pi_sha256_update(&r->hash, block_of(r, n), r->sizes[n % SLOTS]);
    (void)pthread_mutex_lock(&r->mutex);
    r->hashed++;
    if (half_free(r)) (void)pthread_cond_signal(&r->changed);
    (void)pthread_mutex_unlock(&r->mutex);
  }
  return NULL;
}

static unsigned char *page_aligned(unsigned char *block) { return block + (PAGE - (uintptr_t)block % PAGE) % PAGE; }

int pi_sha256_ring_open(pi_sha256_ring *r, uint64_t size) {
  bool large = size > ALONE;
  *r = (pi_sha256_ring){.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
  r->memory = malloc((size_t)(large ? SLOTS : 1) * BLOCK + PAGE - 1);
  if (r->memory == NULL) return -1;
  r->slots = page_aligned(r->memory);
  pi_sha256_init(&r->hash);
  r->threaded = large && pi_thread_start(&r->thread, hash_all, r) == 0; /* without one it only takes longer */
  return 0;
}

unsigned char *pi_sha256_ring_room(pi_sha256_ring *r) {
  if (!r->threaded) return r->slots; /* always the same block, which is still in a cache */
  (void)pthread_mutex_lock(&r->mutex);
  if (r->filled - r->hashed == SLOTS)
    while (!half_free(r)) (void)pthread_cond_wait(&r->changed, &r->mutex);
  (void)pthread_mutex_unlock(&r->mutex);
  return block_of(r, r->filled);
}

void pi_sha256_ring_add(pi_sha256_ring *r, size_t size) {
  if (!r->threaded) {
    pi_sha256_update(&r->hash, r->slots, size);
    return;
  }
  r->sizes[r->filled % SLOTS] = size;
  (void)pthread_mutex_lock(&r->mutex);
  r->filled++;
  (void)pthread_cond_signal(&r->changed);
  (void)pthread_mutex_unlock(&r->mutex);
}

static void end_thread(pi_sha256_ring *r) {
  (void)pthread_mutex_lock(&r->mutex);
  r->complete = true;
  (void)pthread_cond_signal(&r->changed);
  (void)pthread_mutex_unlock(&r->mutex);
  (void)pthread_join(r->thread, NULL);
}

void pi_sha256_ring_close(pi_sha256_ring *r, unsigned char digest[PI_SHA256_SIZE]) {
  if (r->threaded) end_thread(r);
  if (digest != NULL) pi_sha256_final(&r->hash, digest);
  free(r->memory);
}
