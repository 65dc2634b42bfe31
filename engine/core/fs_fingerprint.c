/* Has a file's content perhaps changed? See fs.h. */
#include <string.h>
#include <sys/stat.h>

#include "core/fs.h"
#include "core/sha256.h"

/* Nanoseconds of the last modification, and of the last change of the file or of what is known about it: a program may
 * set the first back, but not the second. */
static int64_t os_mtime_ns(const struct stat *st);
static int64_t os_ctime_ns(const struct stat *st);

int pi_fs_fingerprint(pi_sha256 *hash, int64_t *newest_ns, int folder, const char *path, pi_err *err) {
  return pi_fs_fingerprint_in(hash, newest_ns, folder, path, path, err);
}

int pi_fs_fingerprint_in(pi_sha256 *hash, int64_t *newest_ns, int folder, const char *name, const char *path,
                         pi_err *err) {
  struct stat st;
  if (fstatat(folder, name, &st, 0) < 0) return pi_err_os(err, errno, "stat", path);
  if (!S_ISREG(st.st_mode)) return pi_err_os(err, S_ISDIR(st.st_mode) ? EISDIR : EINVAL, "stat", path);
  int64_t facts[5] = {(int64_t)st.st_dev, (int64_t)st.st_ino, (int64_t)st.st_size, os_mtime_ns(&st), os_ctime_ns(&st)};
  pi_sha256_update(hash, path, strlen(path) + 1);
  pi_sha256_update(hash, facts, sizeof facts);
  for (int i = 3; i < 5; i++)
    if (facts[i] > *newest_ns) *newest_ns = facts[i];
  return 0;
}

static int64_t nanoseconds(const struct timespec *t) { return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec; }

#if defined(__APPLE__)
static int64_t os_mtime_ns(const struct stat *st) { return nanoseconds(&st->st_mtimespec); }
static int64_t os_ctime_ns(const struct stat *st) { return nanoseconds(&st->st_ctimespec); }
#else
static int64_t os_mtime_ns(const struct stat *st) { return nanoseconds(&st->st_mtim); }
static int64_t os_ctime_ns(const struct stat *st) { return nanoseconds(&st->st_ctim); }
#endif
