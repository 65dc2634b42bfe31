/* Staged files: see tmpfile.h. */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/io.h"
#include "core/tmpfile.h"

/* Fills `bytes` with random numbers of the system. */
static int os_random(void *bytes, size_t size);

static const char PREFIX[] = ".pienv-", SUFFIX[] = ".tmp";

/* A name may be taken, or swept between its creation and its lock, but not so often in a row. */
enum { ATTEMPTS = 100 };

void pi_tmpfile_init(pi_tmpfile *t) {
  *t = (pi_tmpfile){.fd = -1, .folder = -1, .existing_mode = -1, .target = "", .base = ""};
}

int pi_tmpfile_id(char id[PI_TMPFILE_ID_SIZE], pi_err *err) {
  static const char letters[] = "0123456789abcdefghijklmnopqrstuv"; /* 32 of them: no bias */
  unsigned char random[PI_TMPFILE_ID_SIZE - 1];
  if (os_random(random, sizeof random) < 0) return pi_err_os(err, errno, "read", "random numbers");
  for (size_t i = 0; i < sizeof random; i++) id[i] = letters[random[i] % 32];
  id[PI_TMPFILE_ID_SIZE - 1] = '\0';
  return 0;
}

/* Locks a file that was just created: 1 it is ours, 0 a sweep took it for a dead one's, and it is gone or going; -1 and
 * errno when that cannot be known. Where the file system has no locks there is none, and no sweep either. */
static int lock_created(int fd) {
  struct stat st;
  if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK) return 0;
  if (fstat(fd, &st) < 0) return -1;
  return st.st_nlink > 0;
}

static int create(pi_tmpfile *t, pi_err *err) {
  char id[PI_TMPFILE_ID_SIZE];
  for (int i = 0; i < ATTEMPTS; i++) {
    if (pi_tmpfile_id(id, err) < 0) return -1;
    (void)snprintf(t->name, sizeof t->name, "%s%s%s", PREFIX, id, SUFFIX);
    t->fd = pi_io_open(t->folder, t->name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    int ours = t->fd >= 0 ? lock_created(t->fd) : -1;
    if (ours > 0) return 0;
    int reason = ours == 0 ? EEXIST : errno;
    if (t->fd >= 0 && ours < 0) (void)unlinkat(t->folder, t->name, 0);
    pi_io_close(&t->fd);
    t->name[0] = '\0'; /* not ours */
    if (reason != EEXIST) return pi_err_os(err, reason, "write", t->target);
  }
  return pi_err_os(err, EEXIST, "write", t->target);
}

int pi_tmpfile_inspect(int *existing_mode, int folder, const char *base, const char *target, pi_err *err) {
  struct stat st;
  *existing_mode = -1;
  if (base[0] == '\0') return pi_err_os(err, EISDIR, "write", target);
  if (fstatat(folder, base, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return errno == ENOENT ? 0 : pi_err_os(err, errno, "write", target);
  if (S_ISDIR(st.st_mode)) return pi_err_os(err, EISDIR, "write", target);
  if (S_ISREG(st.st_mode)) *existing_mode = (int)(st.st_mode & 0777);
  if (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
    return pi_err_set(err, "EINVAL", "write %s: not a regular file", target);
  return 0;
}

int pi_tmpfile_open(pi_tmpfile *t, const char *target, pi_err *err) {
  pi_tmpfile_init(t);
  t->target = target;
  t->folder = pi_io_open_folder_of(target, &t->base);
  if (t->folder < 0) return pi_err_os(err, errno, "write", target);
  if (pi_tmpfile_inspect(&t->existing_mode, t->folder, t->base, target, err) < 0 || create(t, err) < 0) {
    pi_tmpfile_release(t);
    return -1;
  }
  return 0;
}

int pi_tmpfile_commit(pi_tmpfile *t, unsigned mode, bool sync, pi_err *err) {
  if (fchmod(t->fd, (mode_t)(mode & 0777)) < 0) return pi_err_os(err, errno, "write", t->target);
  if (sync && pi_io_sync(t->fd) < 0) return pi_err_os(err, errno, "write", t->target);
  if (renameat(t->folder, t->name, t->folder, t->base) < 0) return pi_err_os(err, errno, "write", t->target);
  t->name[0] = '\0';
  if (sync && pi_io_sync(t->folder) < 0) return pi_err_os(err, errno, "sync folder of", t->target);
  return 0;
}

void pi_tmpfile_release(pi_tmpfile *t) {
  if (t->name[0] != '\0') (void)unlinkat(t->folder, t->name, 0);
  t->name[0] = '\0';
  pi_io_close(&t->fd);
  pi_io_close(&t->folder);
}

static bool is_tmpfile_name(const char *name) {
  return strlen(name) == PI_TMPFILE_NAME_SIZE - 1 && strncmp(name, PREFIX, sizeof PREFIX - 1) == 0 &&
         strcmp(name + PI_TMPFILE_NAME_SIZE - sizeof SUFFIX, SUFFIX) == 0;
}

/* Removes one temporary file when nobody holds its lock; 1 when it did. */
static int sweep_one(int folder, const char *name) {
  struct stat st;
  int fd = pi_io_open(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
  int dead = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
             flock(fd, LOCK_EX | LOCK_NB) == 0;
  int removed = dead && unlinkat(folder, name, 0) == 0;
  pi_io_close(&fd);
  return removed;
}

int pi_tmpfile_sweep(pi_names *removed, const char *folder, pi_err *err) {
  int result = 0;
  DIR *dir = pi_io_opendir(folder);
  if (dir == NULL) return errno == ENOENT ? 0 : pi_err_os(err, errno, "sweep", folder);
  for (struct dirent *entry; result == 0 && (errno = 0, entry = readdir(dir)) != NULL;)
    if (is_tmpfile_name(entry->d_name) && sweep_one(dirfd(dir), entry->d_name))
      result = pi_names_add(removed, entry->d_name, err);
  if (result == 0 && errno != 0) result = pi_err_os(err, errno, "sweep", folder);
  (void)closedir(dir);
  return result;
}

#if defined(__linux__)

static int os_random(void *bytes, size_t size) {
  ssize_t n;
  do n = getrandom(bytes, size, 0);
  while (n < 0 && errno == EINTR);
  return n == (ssize_t)size ? 0 : -1; /* up to 256 bytes come whole */
}

#else

static int os_random(void *bytes, size_t size) {
  arc4random_buf(bytes, size);
  return 0;
}

#endif
