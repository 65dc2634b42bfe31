/* Copies: see fs.h. Three ways, cheapest first; each says "not here" before it has written a byte, or goes through. */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/interrupt.h"
#include "core/io.h"
#include "core/tmpfile.h"

/* Is `in` on a file system that is known to share no blocks? */
static bool os_never_clones(int in);

/* Shares the blocks of `in` with `out`; -1 and errno where the file system cannot. */
static int os_clone(int in, int out);

/* Lets the system copy up to `size` bytes at the descriptors' positions: how many, 0 at the end, -1 and errno. */
static ssize_t os_copy_range(int in, int out, size_t size);

enum { RANGE = 64 * 1024 * 1024, BLOCK = 256 * 1024 }; /* how much goes on without a look at signals */

static int fail(const char *src, const char *dst, int reason, pi_err *err) {
  pi_err_os_pair(err, reason, "copy", src, dst);
  errno = reason; /* an interrupt has none of its own */
  return -1;
}

/* 1 copied, 0 not here, -1 failed. The first call decides: kernels and file systems say "not here" in many ways, and
 * some (for files whose size is not known) by copying nothing; the plain way then finds out what is really wrong. */
static int copy_by_range(int in, int out, const char *src, const char *dst, pi_err *err) {
  bool begun = false;
  for (;;) {
    ssize_t n = os_copy_range(in, out, RANGE);
    if (n < 0 && errno == EINTR && pi_interrupt_pending() == 0) continue;
    if (n <= 0 && !begun) return 0;
    if (n < 0) return fail(src, dst, errno, err);
    if (n == 0) return 1;
    if (pi_interrupt_pending() != 0) return fail(src, dst, EINTR, err);
    begun = true;
  }
}

static int copy_by_block(int in, int out, const char *src, const char *dst, pi_err *err) {
  int result = -1;
  char *block = malloc(BLOCK);
  if (block == NULL) return fail(src, dst, ENOMEM, err);
  for (;;) {
    ssize_t n = pi_io_read(in, block, BLOCK);
    if (n == 0) break;
    if (n < 0 || pi_io_write(out, block, (size_t)n) < 0) {
      fail(src, dst, errno, err);
      goto out;
    }
    if (pi_interrupt_pending() != 0) {
      fail(src, dst, EINTR, err);
      goto out;
    }
  }
  result = 0;
out:
  free(block);
  return result;
}

int pi_fs_clone_content(int in, int out) { return os_clone(in, out); }

bool pi_fs_never_clones(int in) { return os_never_clones(in); }

int pi_fs_copy_content(const char **method, int in, int out, const char *src, const char *dst, pi_err *err) {
  *method = "reflink";
  if (os_clone(in, out) == 0) return 0;
  *method = "copy_file_range";
  int ranged = copy_by_range(in, out, src, dst, err);
  if (ranged != 0) return ranged < 0 ? -1 : 0;
  *method = "read_write";
  return copy_by_block(in, out, src, dst, err);
}

static int open_source(const char *src, const char *dst, int flags, unsigned *mode, pi_err *err) {
  struct stat st;
  int fd = pi_io_open(AT_FDCWD, src, O_RDONLY | O_NONBLOCK | flags, 0); /* no pipe without a writer holds us up */
  if (fd < 0) return fail(src, dst, errno, err);
  if (fstat(fd, &st) < 0)
    fail(src, dst, errno, err);
  else if (S_ISDIR(st.st_mode))
    fail(src, dst, EISDIR, err);
  else if (!S_ISREG(st.st_mode))
    pi_err_set(err, "EINVAL", "copy %s to %s: not a regular file", src, dst);
  else {
    *mode = (unsigned)(st.st_mode & 0777);
    return fd;
  }
  pi_io_close(&fd);
  return -1;
}

int pi_fs_open_source(const char *src, const char *dst, bool follow, unsigned *mode, pi_err *err) {
  return open_source(src, dst, follow ? 0 : O_NOFOLLOW, mode, err);
}

int pi_fs_copy(const char **method, const char *src, const char *dst, const pi_fs_put *put, pi_err *err) {
  pi_tmpfile t;
  unsigned mode = 0;
  int result = -1;
  pi_tmpfile_init(&t);
  int in = open_source(src, dst, put->nofollow ? O_NOFOLLOW : 0, &mode, err);
  if (in < 0) return -1;
  if (put->mode >= 0) mode = (unsigned)put->mode;
  if (pi_tmpfile_open(&t, dst, err) < 0) goto out;
  if (pi_fs_copy_content(method, in, t.fd, src, dst, err) < 0) goto out;
  if (pi_fs_give(t.fd, put->owner) < 0) {
    fail(src, dst, errno, err);
    goto out;
  }
  result = pi_tmpfile_commit(&t, mode, put->sync, err);
out:
  pi_tmpfile_release(&t);
  pi_io_close(&in);
  return result;
}

#if defined(__linux__)

#include <linux/fs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>

static bool os_never_clones(int in) {
  struct statfs st;
  return fstatfs(in, &st) == 0 && (st.f_type == EXT4_SUPER_MAGIC || st.f_type == TMPFS_MAGIC);
}

static int os_clone(int in, int out) { return ioctl(out, FICLONE, in); }

static ssize_t os_copy_range(int in, int out, size_t size) { return copy_file_range(in, NULL, out, NULL, size, 0); }

#else

static bool os_never_clones(int in) {
  (void)in;
  return true;
}

static int os_clone(int in, int out) {
  (void)in;
  (void)out;
  errno = ENOSYS;
  return -1;
}

static ssize_t os_copy_range(int in, int out, size_t size) {
  (void)in;
  (void)out;
  (void)size;
  errno = ENOSYS;
  return -1;
}

#endif
