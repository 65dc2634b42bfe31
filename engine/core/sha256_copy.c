/* Copies with their digest: see sha256_copy.h. */
#include <string.h>

#include "core/copying.h"
#include "core/interrupt.h"
#include "core/io.h"
#include "core/sha256_copy.h"
#include "core/sha256_ring.h"

/* Tells the system that what was written up to here may go to the disk now, while the rest is still being hashed. */
static void os_start_writing(int fd, uint64_t from, uint64_t size);

enum { FLUSH = 16 * 1024 * 1024 }; /* bytes between two hints to the disk */

_Static_assert((int)PI_SHA256_RING_BLOCK <= (int)PI_SEARCH_BLOCK, "a block can be searched at once");

static void look(pi_searcher *search, const unsigned char *block, size_t size) {
  if (search == NULL) return;
  memcpy(pi_searcher_room(search), block, size);
  pi_searcher_add(search, size);
}

/* Reads all of `from`, hands it to the hash and the search, and writes it to `to` unless that is -1. */
static int pump(pi_sha256_ring *ring, const pi_copying *c, int from, int to, uint64_t *size, bool sync,
                pi_searcher *search, pi_err *err) {
  for (*size = 0;;) {
    unsigned char *block = pi_sha256_ring_room(ring);
    ssize_t n = pi_io_read(from, block, PI_SHA256_RING_BLOCK);
    if (n < 0) return pi_copying_fail(c, errno, err);
    if (n == 0) {
      look(search, block, 0);
      return 0;
    }
    pi_sha256_ring_add(ring, (size_t)n);
    if (to >= 0 && pi_io_write(to, block, (size_t)n) < 0) return pi_copying_fail(c, errno, err);
    *size += (uint64_t)n;
    look(search, block, (size_t)n);
    if (sync && *size % FLUSH == 0) os_start_writing(to, *size - FLUSH, FLUSH);
    if (pi_interrupt_pending() != 0) return pi_copying_fail(c, EINTR, err);
  }
}

static int copy_and_hash(pi_copying *c, unsigned char digest[PI_SHA256_SIZE], uint64_t *size, bool sync,
                         pi_searcher *search, pi_err *err) {
  pi_sha256_ring ring;
  if (pi_sha256_ring_open(&ring, c->source.size) < 0) return pi_copying_fail(c, ENOMEM, err);
  bool cloned = pi_fs_clone_content(c->in, c->out) == 0; /* then the new file is what has to be hashed */
  int result = pump(&ring, c, cloned ? c->out : c->in, cloned ? -1 : c->out, size, sync && !cloned, search, err);
  pi_sha256_ring_close(&ring, result == 0 ? digest : NULL);
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
