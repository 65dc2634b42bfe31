/* Paths beneath a root: see beneath.h. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/beneath.h"
#include "core/io.h"

/* openat() of a folder that the kernel keeps beneath `root` and away from links; ENOSYS where it cannot. */
static int os_open_beneath(int root, const char *path);

static const int FOLDER = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;

static bool is_plain_part(const char *part, size_t size) {
  return size > 0 && !(size == 1 && part[0] == '.') && !(size == 2 && part[0] == '.' && part[1] == '.');
}

bool pi_beneath_is_plain(const char *path) {
  for (;;) {
    size_t size = strcspn(path, "/");
    if (!is_plain_part(path, size)) return false;
    if (path[size] == '\0') return true;
    path += size + 1;
  }
}

/* Opens the folder `name` in `parent`, and closes `parent`. */
static int descend(int parent, const char *name, bool create) {
  int fd = -1;
  int made = create ? mkdirat(parent, name, 0777) : -1;
  if (made == 0) (void)pi_io_sync(parent); /* what will be written below must not vanish with the folder */
  if (!create || made == 0 || errno == EEXIST) fd = pi_io_open(parent, name, FOLDER, 0);
  pi_io_close(&parent);
  return fd;
}

int pi_beneath_open_by_parts(int root, const char *path, bool create) {
  char part[NAME_MAX + 1];
  if (path[0] != '\0' && !pi_beneath_is_plain(path)) {
    errno = EXDEV;
    return -1;
  }
  int fd = pi_io_open(root, ".", FOLDER, 0);
  while (fd >= 0 && *path != '\0') {
    size_t size = strcspn(path, "/");
    if (size > NAME_MAX) {
      errno = ENAMETOOLONG;
      pi_io_close(&fd);
      return -1;
    }
    memcpy(part, path, size);
    part[size] = '\0';
    fd = descend(fd, part, create);
    path += size + (path[size] == '/');
  }
  return fd;
}

int pi_beneath_open(int root, const char *path) {
  if (path[0] == '\0' || !pi_beneath_is_plain(path)) return pi_beneath_open_by_parts(root, path, false);
  int fd = os_open_beneath(root, path);
  if (fd < 0 && (errno == ENOSYS || errno == EPERM)) return pi_beneath_open_by_parts(root, path, false); /* seccomp */
  return fd;
}

int pi_beneath_open_folder_of(int root, const char *path, const char **base) {
  char folder[PATH_MAX] = "";
  const char *slash = strrchr(path, '/');
  *base = slash != NULL ? slash + 1 : path;
  size_t size = slash != NULL ? (size_t)(slash - path) : 0;
  if (size >= sizeof folder) {
    errno = ENAMETOOLONG;
    return -1;
  }
  memcpy(folder, path, size);
  return pi_beneath_open(root, folder);
}

/* What follows `root` in an absolute path; NULL when the path lies elsewhere. */
static const char *after_root(const char *root, const char *path) {
  size_t size = strlen(root);
  while (size > 0 && root[size - 1] == '/') size--;
  return strncmp(path, root, size) == 0 && (path[size] == '/' || path[size] == '\0') ? path + size : NULL;
}

/* Copies `path` to `out` without "." and empty parts; -1 when it holds "..". */
static int clean(char *out, const char *path) {
  char *end = out;
  for (path += strspn(path, "/"); *path != '\0'; path += strspn(path, "/")) {
    size_t size = strcspn(path, "/");
    if (size == 2 && path[0] == '.' && path[1] == '.') return -1;
    if (is_plain_part(path, size)) {
      if (end != out) *end++ = '/';
      memcpy(end, path, size);
      end += size;
    }
    path += size;
  }
  *end = '\0';
  return 0;
}

int pi_beneath_relative(char **out, const char *root, const char *path, pi_err *err) {
  const char *inner = path[0] == '/' ? after_root(root, path) : path;
  char *copy = inner != NULL ? malloc(strlen(inner) + 1) : NULL;
  *out = NULL;
  if (inner != NULL && copy == NULL) return pi_err_os(err, ENOMEM, "resolve", path);
  if (inner == NULL || clean(copy, inner) < 0) {
    free(copy);
    return pi_err_set(err, "EXDEV", "resolve %s: not beneath %s", path, root);
  }
  if (copy[0] == '\0') {
    free(copy);
    return pi_err_os(err, EISDIR, "resolve", path);
  }
  *out = copy;
  return 0;
}

#if defined(__linux__)

void pi_beneath_name(char name[PI_BENEATH_NAME_SIZE], int folder) {
  (void)snprintf(name, PI_BENEATH_NAME_SIZE, "/proc/self/fd/%d", folder);
  if (access(name, F_OK) < 0) name[0] = '\0'; /* no /proc here */
}

#else

void pi_beneath_name(char name[PI_BENEATH_NAME_SIZE], int folder) {
  (void)folder;
  name[0] = '\0';
}

#endif

#if defined(__linux__) && defined(__has_include)
#if __has_include(<linux/openat2.h>)
#define HAVE_OPENAT2 1
#endif
#endif

#ifdef HAVE_OPENAT2

#include <linux/openat2.h>
#include <sys/syscall.h>

static int os_open_beneath(int root, const char *path) {
  const struct open_how how = {.flags = (unsigned)(FOLDER | O_CLOEXEC),
                               .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
  long fd;
  do fd = syscall(SYS_openat2, root, path, &how, sizeof how);
  while (fd < 0 && (errno == EINTR || errno == EAGAIN)); /* EAGAIN: somebody renamed a folder on the way */
  return (int)fd;
}

#else

static int os_open_beneath(int root, const char *path) {
  (void)root;
  (void)path;
  errno = ENOSYS;
  return -1;
}

#endif
