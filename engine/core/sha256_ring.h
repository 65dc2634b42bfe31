/* A ring of blocks that one thread fills and another hashes, so that both together take the longer of the two times.
 *
 *   pi_sha256_ring ring;
 *   if (pi_sha256_ring_open(&ring, size) < 0) there is no memory
 *   for each block: n = read(fd, pi_sha256_ring_room(&ring), PI_SHA256_RING_BLOCK), pi_sha256_ring_add(&ring, n);
 *   pi_sha256_ring_close(&ring, digest);
 *
 * Small input is not worth a thread: it is hashed by the caller's, in one block. So is any where the system refuses a
 * thread, which only takes longer. The digest is the same. Signals stay with the caller's thread. */
#ifndef PIENV_CORE_SHA256_RING_H
#define PIENV_CORE_SHA256_RING_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/sha256.h"

enum {
  PI_SHA256_RING_BLOCK = 256 * 1024, /* bytes between two hand-overs, which cost little then */
  PI_SHA256_RING_SLOTS = 8           /* more gain nothing, and the blocks would leave the cache */
};

/* Blocks 0 to filled-1 were read, those below `hashed` may be read into again; block n lies in slot n % SLOTS. */
typedef struct pi_sha256_ring {
  pi_sha256 hash;
  unsigned char *memory, *slots; /* the slots begin at a page; without a thread there is one */
  size_t sizes[PI_SHA256_RING_SLOTS];
  pthread_mutex_t mutex; /* of all below */
  pthread_cond_t changed;
  uint64_t filled, hashed;
  bool complete; /* nothing more will be filled */
  bool threaded;
  pthread_t thread;
} pi_sha256_ring;

/* `size`: how many bytes are expected, which decides about the thread and the memory: 2 MiB with one, 256 KiB without.
 * More or fewer may come. The ring must stay where it is until it is closed. -1: there is no memory, and nothing to
 * close. */
int pi_sha256_ring_open(pi_sha256_ring *r, uint64_t size);

/* Where the next block goes, as soon as it is free: page-aligned room for PI_SHA256_RING_BLOCK bytes. The bytes stay
 * as they were put there until room is asked for again. */
unsigned char *pi_sha256_ring_room(pi_sha256_ring *r);

/* Hands the `size` bytes that were put there over to the hash. */
void pi_sha256_ring_add(pi_sha256_ring *r, size_t size);

/* Waits for the hash of all blocks, ends the thread and frees. `digest`: of all bytes; NULL: not wanted. */
void pi_sha256_ring_close(pi_sha256_ring *r, unsigned char digest[PI_SHA256_SIZE]);

#endif
