/* What several users share: see fs.h. */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/fs.h"
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
  bool known = fstat(fd, &st) == 0;
  if (known && !S_ISREG(st.st_mode))
    result = pi_err_set(err, "EINVAL", "append to %s: not a regular file", path);
  else if (!known || (created && mode >= 0 && fchmod(fd, (mode_t)mode) < 0) || pi_io_write(fd, bytes, size) < 0)
    result = pi_err_os(err, errno, "append to", path);
  pi_io_close(&fd);
  return result;
}

int pi_fs_chown(const char *path, const pi_fs_owner *owner, pi_err *err) {
  struct stat st;
  int result = 0, fd = os_open_handle(path);
  bool known = fd >= 0 && fstat(fd, &st) == 0;
  if (known && !S_ISDIR(st.st_mode) && st.st_nlink > 1)
    result = pi_err_os(err, EMLINK, "change owner of", path);
  else if (!known || os_chown_handle(fd, owner) < 0)
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
