/* One file at a time: see fs.h. */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/io.h"
#include "core/tmpfile.h"

void pi_fs_bytes_release(pi_fs_bytes *bytes) {
  free(bytes->bytes);
  *bytes = (pi_fs_bytes){NULL, 0};
}

static int too_big(const char *path, size_t limit, pi_err *err) {
  return pi_err_set(err, "EFBIG", "read %s: larger than the limit of %zu bytes", path, limit);
}

/* Reads to the end; files of /proc say size 0 and grow while they are read, so `expected` is only a hint. */
static int read_all(pi_fs_bytes *out, int fd, size_t expected, size_t limit, const char *path, pi_err *err) {
  size_t capacity = expected + 1; /* one byte more finds the end without growing */
  for (;;) {
    char *grown = realloc(out->bytes, capacity + 1);
    if (grown == NULL) return pi_err_os(err, ENOMEM, "read", path);
    out->bytes = grown;
    ssize_t n = pi_io_read(fd, out->bytes + out->size, capacity - out->size);
    if (n < 0) return pi_err_os(err, errno, "read", path);
    out->size += (size_t)n;
    out->bytes[out->size] = '\0';
    if (n == 0) return 0;
    if (limit != 0 && out->size > limit) return too_big(path, limit, err);
    if (out->size == capacity) capacity = 2 * capacity + 4096;
  }
}

static int read_descriptor(pi_fs_bytes *out, pi_fs_stat *stat, int fd, const char *path, size_t limit, pi_err *err) {
  struct stat st;
  if (fstat(fd, &st) < 0) return pi_err_os(err, errno, "read", path);
  if (S_ISDIR(st.st_mode)) return pi_err_os(err, EISDIR, "read", path);
  if (!S_ISREG(st.st_mode)) return pi_err_set(err, "EINVAL", "read %s: not a regular file", path);
  if (limit != 0 && (uint64_t)st.st_size > limit) return too_big(path, limit, err);
  if ((uint64_t)st.st_size > SIZE_MAX / 2 - 4096) return pi_err_os(err, ENOMEM, "read", path);
  pi_fs_stat_from(stat, &st);
  return read_all(out, fd, (size_t)st.st_size, limit, path, err);
}

static int read_path(pi_fs_bytes *out, pi_fs_stat *stat, const char *path, int flags, size_t limit, pi_err *err) {
  int fd = pi_io_open(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | flags, 0); /* no pipe without a writer holds us up */
  if (fd < 0) return pi_err_os(err, errno, "read", path);
  int result = read_descriptor(out, stat, fd, path, limit, err);
  pi_io_close(&fd);
  if (result < 0) pi_fs_bytes_release(out);
  return result;
}

int pi_fs_read(pi_fs_bytes *out, pi_fs_stat *stat, const char *path, size_t limit, pi_err *err) {
  return read_path(out, stat, path, 0, limit, err);
}

int pi_fs_read_nofollow(pi_fs_bytes *out, pi_fs_stat *stat, const char *path, size_t limit, pi_err *err) {
  return read_path(out, stat, path, O_NOFOLLOW, limit, err);
}

static unsigned mode_for(const pi_fs_put *put, const pi_tmpfile *t) {
  if (put->mode >= 0) return (unsigned)put->mode;
  return t->existing_mode >= 0 ? (unsigned)t->existing_mode : 0644;
}

int pi_fs_write(const char *path, const void *bytes, size_t size, const pi_fs_put *put, pi_err *err) {
  pi_tmpfile t;
  int result = -1;
  if (pi_tmpfile_open(&t, path, err) < 0) return -1;
  if (pi_io_write(t.fd, bytes, size) < 0 || pi_fs_give(t.fd, put->owner) < 0)
    pi_err_os(err, errno, "write", path);
  else
    result = pi_tmpfile_commit(&t, mode_for(put, &t), put->sync, err);
  pi_tmpfile_release(&t);
  return result;
}

int pi_fs_link(const char *src, const char *dst, pi_err *err) {
  return link(src, dst) < 0 ? pi_err_os_pair(err, errno, "link", src, dst) : 0;
}

int pi_fs_symlink(const char *target, const char *path, pi_err *err) {
  return symlink(target, path) < 0 ? pi_err_os(err, errno, "create link", path) : 0;
}

int pi_fs_rename(const char *src, const char *dst, pi_err *err) {
  return rename(src, dst) < 0 ? pi_err_os_pair(err, errno, "rename", src, dst) : 0;
}

int pi_fs_chmod(const char *path, unsigned mode, pi_err *err) {
  return chmod(path, (mode_t)mode) < 0 ? pi_err_os(err, errno, "change mode of", path) : 0;
}

int pi_fs_sync(const char *path, pi_err *err) {
  int fd = pi_io_open(AT_FDCWD, path, O_RDONLY | O_NONBLOCK, 0);
  if (fd < 0) return pi_err_os(err, errno, "sync", path);
  int result = pi_io_sync(fd) < 0 ? pi_err_os(err, errno, "sync", path) : 0;
  pi_io_close(&fd);
  return result;
}

int pi_fs_remove(bool *removed, const char *path, pi_err *err) {
  int result = unlink(path);
  if (result < 0 && (errno == EISDIR || errno == EPERM)) { /* POSIX says EPERM for a folder, Linux EISDIR */
    int reason = errno;
    result = rmdir(path);
    if (result < 0 && errno == ENOTDIR) errno = reason;
  }
  *removed = result == 0;
  return result == 0 || errno == ENOENT ? 0 : pi_err_os(err, errno, "remove", path);
}
