/* SHA-256 of files: see sha256.h. */
#include <fcntl.h>
#include <sys/stat.h>

#include "core/interrupt.h"
#include "core/io.h"
#include "core/sha256_ring.h"

static int check_regular(const struct stat *st, const char *path, pi_err *err) {
  if (S_ISREG(st->st_mode)) return 0;
  if (S_ISDIR(st->st_mode)) return pi_err_os(err, EISDIR, "read", path);
  return pi_err_set(err, "EINVAL", "read %s: not a regular file", path);
}

static int read_blocks(pi_sha256_ring *ring, int fd, const char *path, pi_err *err) {
  for (;;) {
    ssize_t n = pi_io_read(fd, pi_sha256_ring_room(ring), PI_SHA256_RING_BLOCK);
    if (n < 0 || pi_interrupt_pending() != 0) return pi_err_os(err, n < 0 ? errno : EINTR, "read", path);
    if (n == 0) return 0;
    pi_sha256_ring_add(ring, (size_t)n);
  }
}

static int hash_open_file(unsigned char digest[PI_SHA256_SIZE], int fd, const char *path, pi_err *err) {
  pi_sha256_ring ring;
  struct stat st;
  if (fstat(fd, &st) < 0) return pi_err_os(err, errno, "read", path);
  if (check_regular(&st, path, err) < 0) return -1;
  if (pi_sha256_ring_open(&ring, (uint64_t)st.st_size) < 0) return pi_err_os(err, ENOMEM, "read", path);
  int result = read_blocks(&ring, fd, path, err);
  pi_sha256_ring_close(&ring, result == 0 ? digest : NULL);
  return result;
}

int pi_sha256_file(unsigned char digest[PI_SHA256_SIZE], const char *path, pi_err *err) {
  /* A pipe without a writer must not hold us up, and a device may never end. */
  int fd = pi_io_open(AT_FDCWD, path, O_RDONLY | O_NONBLOCK, 0);
  if (fd < 0) return pi_err_os(err, errno, "open", path);
  int result = hash_open_file(digest, fd, path, err);
  pi_io_close(&fd);
  return result;
}
