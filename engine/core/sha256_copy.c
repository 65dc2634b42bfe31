/* Copies with their digest: see sha256_copy.h. */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "core/copying.h"
#include "core/interrupt.h"
#include "core/io.h"
#include "core/sha256_copy.h"

/* Tells the system that what was written up to here may go to the disk now, while the rest is still being hashed. */
static void os_start_writing(int fd, uint64_t from, uint64_t size);

enum {
  BLOCK = PI_SEARCH_BLOCK, /* between two hand-overs: they cost little, and the block is still in a cache */
  SLOTS = 16,
  PAGE = 4096,             /* reading into whole pages is faster */
  STACK = 256 * 1024,      /* of the thread */
  ALONE = 4 * BLOCK,       /* bytes up to which a file is hashed by the thread that copies it */
  FLUSH = 16 * 1024 * 1024 /* bytes between two hints to the disk */
};

/* Blocks 0 to filled-1 were read, those below `hashed` may be read into again; block n lies in slot n % SLOTS. */
typedef struct ring {
  pi_sha256 hash;
  unsigned char *memory, *slots; /* the slots begin at a page */
  size_t sizes[SLOTS];
  pthread_mutex_t mutex; /* of all below */
  pthread_cond_t changed;
  uint64_t filled, hashed;
  bool complete; /* nothing more will be filled */
  bool threaded;
  pthread_t thread;
} ring;

static void hash_block(ring *r, uint64_t n) {
  pi_sha256_update(&r->hash, r->slots + n % SLOTS * BLOCK, r->sizes[n % SLOTS]);
}

/* Waits for a block to hash: true, or false when all are done. */
static bool wait_filled(ring *r) {
  (void)pthread_mutex_lock(&r->mutex);
  while (r->hashed == r->filled && !r->complete) (void)pthread_cond_wait(&r->changed, &r->mutex);
  bool more = r->hashed < r->filled;
  (void)pthread_mutex_unlock(&r->mutex);
  return more;
}

static void *hash_all(void *argument) {
  ring *r = argument;
  for (uint64_t n = 0; wait_filled(r); n++) {
    hash_block(r, n);
    (void)pthread_mutex_lock(&r->mutex);
    r->hashed++;
    (void)pthread_cond_signal(&r->changed);
    (void)pthread_mutex_unlock(&r->mutex);
  }
  return NULL;
}

static void wait_for_slot(ring *r) {
  (void)pthread_mutex_lock(&r->mutex);
  while (r->filled - r->hashed == SLOTS) (void)pthread_cond_wait(&r->changed, &r->mutex);
  (void)pthread_mutex_unlock(&r->mutex);
}

/* Hands the block that was just read over. */
static void hand_over(ring *r) {
  if (!r->threaded) {
    hash_block(r, r->filled++);
    r->hashed++;
    return;
  }
  (void)pthread_mutex_lock(&r->mutex);
  r->filled++;
  (void)pthread_cond_signal(&r->changed);
  (void)pthread_mutex_unlock(&r->mutex);
}

/* The signals of the program are handled in its first thread, whose waits they end. */
static int start_thread(ring *r) {
  sigset_t all, before;
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return -1;
  (void)pthread_attr_setstacksize(&attributes, STACK);
  (void)sigfillset(&all);
  (void)pthread_sigmask(SIG_BLOCK, &all, &before);
  int result = pthread_create(&r->thread, &attributes, hash_all, r);
  (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
  (void)pthread_attr_destroy(&attributes);
  return result == 0 ? 0 : -1;
}

static unsigned char *page_aligned(unsigned char *block) { return block + (PAGE - (uintptr_t)block % PAGE) % PAGE; }

/* -1: there is no memory. */
static int begin(ring *r, uint64_t size) {
  *r = (ring){.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
  r->memory = malloc((size_t)SLOTS * BLOCK + PAGE - 1);
  if (r->memory == NULL) return -1;
  r->slots = page_aligned(r->memory);
  pi_sha256_init(&r->hash);
  r->threaded = size > ALONE && start_thread(r) == 0; /* without one it only takes longer */
  return 0;
}

static void end(ring *r, unsigned char digest[PI_SHA256_SIZE]) {
  if (r->threaded) {
    (void)pthread_mutex_lock(&r->mutex);
    r->complete = true;
    (void)pthread_cond_signal(&r->changed);
    (void)pthread_mutex_unlock(&r->mutex);
    (void)pthread_join(r->thread, NULL);
  }
  pi_sha256_final(&r->hash, digest);
  free(r->memory);
}

static void look(pi_searcher *search, const unsigned char *block, size_t size) {
  if (search == NULL) return;
  memcpy(pi_searcher_room(search), block, size);
  pi_searcher_add(search, size);
}

/* Reads all of `from`, hands it to the hash and the search, and writes it to `to` unless that is -1. */
static int pump(ring *r, const pi_copying *c, int from, int to, uint64_t *size, bool sync, pi_searcher *search,
                pi_err *err) {
  for (*size = 0;;) {
    if (r->threaded) wait_for_slot(r);
    unsigned char *block = r->slots + r->filled % SLOTS * BLOCK;
    ssize_t n = pi_io_read(from, block, BLOCK);
    if (n < 0) return pi_copying_fail(c, errno, err);
    if (n == 0) {
      look(search, block, 0);
      return 0;
    }
    r->sizes[r->filled % SLOTS] = (size_t)n;
    hand_over(r);
    if (to >= 0 && pi_io_write(to, block, (size_t)n) < 0) return pi_copying_fail(c, errno, err);
    *size += (uint64_t)n;
    look(search, block, (size_t)n);
    if (sync && *size % FLUSH == 0) os_start_writing(to, *size - FLUSH, FLUSH);
    if (pi_interrupt_pending() != 0) return pi_copying_fail(c, EINTR, err);
  }
}

static int copy_and_hash(pi_copying *c, unsigned char digest[PI_SHA256_SIZE], uint64_t *size, bool sync,
                         pi_searcher *search, pi_err *err) {
  ring r;
  if (begin(&r, c->source.size) < 0) return pi_copying_fail(c, ENOMEM, err);
  bool cloned = pi_fs_clone_content(c->in, c->out) == 0; /* then the new file is what has to be hashed */
  int result = pump(&r, c, cloned ? c->out : c->in, cloned ? -1 : c->out, size, sync && !cloned, search, err);
  end(&r, digest);
  return result;
}

int pi_sha256_copy(unsigned char digest[PI_SHA256_SIZE], uint64_t *size, const char *from, const char *to,
                   const pi_fs_put *put, pi_searcher *search, pi_err *err) {
  pi_copying c;
  int result = -1;
  pi_copying_init(&c);
  if (pi_copying_open(&c, "copy", from, to, err) < 0 || pi_copying_create(&c, err) < 0) goto out;
  if (copy_and_hash(&c, digest, size, put->sync, search, err) < 0) goto out;
  result = pi_copying_finish(&c, put, err);
out:
  pi_copying_release(&c);
  return result;
}

#if defined(__linux__)

#include <fcntl.h>

static void os_start_writing(int fd, uint64_t from, uint64_t size) {
  (void)sync_file_range(fd, (off_t)from, (off_t)size, SYNC_FILE_RANGE_WRITE);
}

#else

static void os_start_writing(int fd, uint64_t from, uint64_t size) {
  (void)fd;
  (void)from;
  (void)size;
}

#endif
