/* What several users share: see fs.h. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/interrupt.h"
#include "core/io.h"

/* Opens what stands at `path`, a link itself, only to act on it: whatever takes the name later is not meant. */
static int os_open_handle(const char *path);

static int os_chown_handle(int fd, const pi_fs_owner *owner);

int pi_fs_give(int fd, const pi_fs_owner *owner) {
  return owner != NULL ? fchown(fd, (uid_t)owner->uid, (gid_t)owner->gid) : 0;
}

/* Opens or creates; *created tells which. */
static int open_to_append(const char *path, int mode, bool *created) {
  const int flags = O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK;
  int fd = pi_io_open(AT_FDCWD, path, flags, 0);
  *created = fd < 0 && errno == ENOENT;
  if (!*created) return fd;
  fd = pi_io_open(AT_FDCWD, path, flags | O_CREAT | O_EXCL, mode >= 0 ? (unsigned)mode : 0666);
  if (fd >= 0 || errno != EEXIST) return fd;
  *created = false; /* another process was faster */
  return pi_io_open(AT_FDCWD, path, flags, 0);
}

int pi_fs_append(const char *path, const void *bytes, size_t size, int mode, pi_err *err) {
  struct stat st;
  bool created;
  int result = 0, fd = open_to_append(path, mode, &created);
  if (fd < 0) return pi_err_os(err, errno, "append to", path);
  if (fstat(fd, &st) < 0)
    result = pi_err_os(err, errno, "append to", path);
  else if (!S_ISREG(st.st_mode))
    result = pi_err_set(err, "EINVAL", "append to %s: not a regular file", path);
  else if ((created && mode >= 0 && fchmod(fd, (mode_t)mode) < 0) || pi_io_write(fd, bytes, size) < 0)
    result = pi_err_os(err, errno, "append to", path);
  pi_io_close(&fd);
  return result;
}

int pi_fs_chown(const char *path, const pi_fs_owner *owner, pi_err *err) {
  struct stat st;
  int result = 0, fd = os_open_handle(path);
  if (fd < 0 || fstat(fd, &st) < 0)
    result = pi_err_os(err, errno, "change owner of", path);
  else if (!S_ISDIR(st.st_mode) && st.st_nlink > 1)
    result = pi_err_os(err, EMLINK, "change owner of", path);
  else if (os_chown_handle(fd, owner) < 0)
    result = pi_err_os(err, errno, "change owner of", path);
  pi_io_close(&fd);
  return result;
}

int pi_fs_space(uint64_t *free, uint64_t *total, const char *path, pi_err *err) {
  struct statvfs st;
  if (statvfs(path, &st) < 0) return pi_err_os(err, errno, "find the free space of", path);
  *free = (uint64_t)st.f_bavail * st.f_frsize;
  *total = (uint64_t)st.f_blocks * st.f_frsize;
  return 0;
}

enum { SEARCH_BLOCK = 1 << 20 };

static size_t longest_of(const pi_fs_needle *needles, size_t count) {
  size_t longest = 1;
  for (size_t i = 0; i < count; i++)
    if (needles[i].size > longest) longest = needles[i].size;
  return longest;
}

/* Each block begins with the end of the one before, as long as what might stand across the border. */
static int search_descriptor(int fd, const char *path, pi_fs_needle *needles, size_t count, pi_err *err) {
  size_t keep = longest_of(needles, count) - 1, held = 0;
  char *block = malloc(keep + SEARCH_BLOCK);
  int result = block != NULL ? 0 : pi_err_os(err, ENOMEM, "search", path);
  while (result == 0) {
    ssize_t n = pi_io_read(fd, block + held, SEARCH_BLOCK);
    if (n <= 0 && (n == 0 || (result = pi_err_os(err, errno, "search", path)) < 0)) break;
    size_t size = held + (size_t)n;
    for (size_t i = 0; i < count; i++)
      needles[i].found = needles[i].found || memmem(block, size, needles[i].bytes, needles[i].size) != NULL;
    held = size < keep ? size : keep;
    memmove(block, block + size - held, held);
    if (pi_interrupt_pending() != 0) result = pi_err_os(err, EINTR, "search", path);
  }
  free(block);
  return result;
}

int pi_fs_search(const char *path, pi_fs_needle *needles, size_t count, pi_err *err) {
  for (size_t i = 0; i < count; i++) needles[i].found = false;
  int fd = pi_io_open(AT_FDCWD, path, O_RDONLY | O_NONBLOCK, 0);
  if (fd < 0) return pi_err_os(err, errno, "search", path);
  int result = search_descriptor(fd, path, needles, count, err);
  pi_io_close(&fd);
  return result;
}

#if defined(__linux__)

static int os_open_handle(const char *path) { return pi_io_open(AT_FDCWD, path, O_PATH | O_NOFOLLOW, 0); }

static int os_chown_handle(int fd, const pi_fs_owner *owner) {
  return fchownat(fd, "", (uid_t)owner->uid, (gid_t)owner->gid, AT_EMPTY_PATH);
}

#else

static int os_open_handle(const char *path) {
  return pi_io_open(AT_FDCWD, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
}

static int os_chown_handle(int fd, const pi_fs_owner *owner) {
  return fchown(fd, (uid_t)owner->uid, (gid_t)owner->gid);
}

#endif
