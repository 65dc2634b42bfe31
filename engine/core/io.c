/* Descriptors: see io.h. */
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "core/io.h"

int pi_io_open(int dir, const char *path, int flags, unsigned mode) {
  int fd;
  do fd = openat(dir, path, flags | O_CLOEXEC | O_NOCTTY, (mode_t)mode);
  while (fd < 0 && errno == EINTR);
  return fd;
}

int pi_io_open_folder_of(const char *path, const char **base) {
  char folder[PATH_MAX] = ".";
  const char *slash = strrchr(path, '/');
  *base = slash != NULL ? slash + 1 : path;
  size_t size = (size_t)(*base - path);
  if (size >= sizeof folder) {
    errno = ENAMETOOLONG;
    return -1;
  }
  if (size > 0) {
    memcpy(folder, path, size);
    folder[size] = '\0';
  }
  return pi_io_open(AT_FDCWD, folder, O_RDONLY | O_DIRECTORY, 0);
}

DIR *pi_io_opendir(const char *path) {
  int fd = pi_io_open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
  DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
  if (dir == NULL) pi_io_close(&fd);
  return dir;
}

void pi_io_close(int *fd) {
  int saved = errno, closing = *fd;
  *fd = -1;
  if (closing >= 0) (void)close(closing); /* never again after EINTR: Linux has freed the number by then */
  errno = saved;
}

ssize_t pi_io_read(int fd, void *bytes, size_t size) {
  ssize_t n;
  do n = read(fd, bytes, size);
  while (n < 0 && errno == EINTR);
  return n;
}

int pi_io_write(int fd, const void *bytes, size_t size) {
  const char *next = bytes;
  while (size > 0) {
    ssize_t n = write(fd, next, size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return -1;
    next += n;
    size -= (size_t)n;
  }
  return 0;
}

int pi_io_sync(int fd) {
  int result;
  do result = fsync(fd);
  while (result < 0 && errno == EINTR);
  if (result < 0 && errno == EINVAL) return 0; /* a folder where folders cannot be synced */
  return result;
}
