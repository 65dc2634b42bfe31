/* What is there: see fs.h. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"

/* Nanoseconds of the last modification. */
static int64_t os_mtime_ns(const struct stat *st);

static const char *type_name(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG: return "file";
    case S_IFDIR: return "directory";
    case S_IFLNK: return "link";
    case S_IFSOCK: return "socket";
    case S_IFIFO: return "pipe";
    case S_IFBLK: return "block";
    default: return "character";
  }
}

void pi_fs_stat_from(pi_fs_stat *out, const struct stat *st) {
  *out = (pi_fs_stat){
      .type = type_name(st->st_mode),
      .size = (uint64_t)st->st_size,
      .mode = (unsigned)(st->st_mode & 07777),
      .uid = (unsigned)st->st_uid,
      .gid = (unsigned)st->st_gid,
      .mtime_ns = os_mtime_ns(st),
      .inode = (uint64_t)st->st_ino,
      .device = (uint64_t)st->st_dev,
      .links = (uint64_t)st->st_nlink,
  };
}

int pi_fs_stat_path(pi_fs_stat *out, const char *path, bool follow, pi_err *err) {
  struct stat st;
  if ((follow ? stat(path, &st) : lstat(path, &st)) < 0) return pi_err_os(err, errno, "stat", path);
  pi_fs_stat_from(out, &st);
  return 0;
}

int pi_fs_realpath(char **out, const char *path, pi_err *err) {
  *out = realpath(path, NULL);
  return *out != NULL ? 0 : pi_err_os(err, errno, "resolve", path);
}

int pi_fs_cwd(char **out, pi_err *err) {
  *out = getcwd(NULL, 0);
  return *out != NULL ? 0 : pi_err_os(err, errno, "find", "the current folder");
}

int pi_fs_readlink(char **out, const char *path, pi_err *err) {
  char target[PATH_MAX];
  ssize_t size = readlink(path, target, sizeof target); /* no file system takes a longer one */
  if (size < 0) return pi_err_os(err, errno, "read link", path);
  *out = strndup(target, (size_t)size);
  return *out != NULL ? 0 : pi_err_os(err, ENOMEM, "read link", path);
}

/* One line of /etc/passwd, name:password:uid:...; cuts it after the name and returns true when the uid is it. */
static bool is_user(char *line, unsigned uid) {
  char wanted[24];
  char *name_end = strchr(line, ':');
  char *password_end = name_end != NULL ? strchr(name_end + 1, ':') : NULL;
  if (password_end == NULL) return false;
  int size = snprintf(wanted, sizeof wanted, "%u:", uid);
  *name_end = '\0';
  return strncmp(password_end + 1, wanted, (size_t)size) == 0;
}

int pi_fs_owner_name(char **out, unsigned uid, pi_err *err) {
  char *line = NULL;
  size_t size = 0;
  FILE *users = fopen("/etc/passwd", "re");
  *out = NULL;
  while (users != NULL && *out == NULL && getline(&line, &size, users) > 0)
    if (is_user(line, uid)) *out = strdup(line);
  free(line);
  if (users != NULL) (void)fclose(users);
  if (*out == NULL && (line = malloc(24)) != NULL) {
    (void)snprintf(line, 24, "%u", uid);
    *out = line;
  }
  return *out != NULL ? 0 : pi_err_os(err, ENOMEM, "find", "the name of a user");
}

#if defined(__APPLE__)
static int64_t os_mtime_ns(const struct stat *st) {
  return (int64_t)st->st_mtimespec.tv_sec * 1000000000 + st->st_mtimespec.tv_nsec;
}
#else
static int64_t os_mtime_ns(const struct stat *st) {
  return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}
#endif
