/* Locks: see lock.h. */
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/io.h"
#include "core/lock.h"

/* Takes the lock of an open file without waiting (EWOULDBLOCK), and gives it back. */
static int os_lock(int fd, pi_lock_mode mode);
static void os_unlock(int fd);

/* The file may be replaced between its opening and its locking, but not so often in a row. */
enum { ATTEMPTS = 100 };

/* Never through a planted link, never held up by a planted pipe. */
enum { CAREFUL = O_NOFOLLOW | O_NONBLOCK };

void pi_lock_init(pi_lock *lock) { *lock = (pi_lock){.fd = -1, .recorded = false}; }

static int fail(const char *verb, const char *path, int reason, pi_err *err) {
  if (reason == ELOOP) return pi_err_set(err, "ELOOP", "%s %s: is a symbolic link", verb, path);
  if (reason == EWOULDBLOCK) return pi_err_set(err, "EAGAIN", "%s %s: held by another", verb, path);
  return pi_err_os(err, reason, verb, path);
}

static int replaced_often(const char *path, pi_err *err) {
  return pi_err_set(err, "EAGAIN", "lock %s: the file is being replaced again and again", path);
}

/* With its final mode from the first moment on: another user may be waiting to open it. */
static int create_file(const char *path, int mode) {
  if (mode < 0) return pi_io_open(AT_FDCWD, path, O_RDWR | O_CREAT | O_EXCL | CAREFUL, 0666);
  mode_t before = umask(0);
  int fd = pi_io_open(AT_FDCWD, path, O_RDWR | O_CREAT | O_EXCL | CAREFUL, (unsigned)mode);
  (void)umask(before);
  return fd;
}

/* Not with O_CREAT alone: the kernel may refuse that for another user's file in a shared folder (protected_regular). */
static int open_file(const char *path, int create_mode) {
  int fd = pi_io_open(AT_FDCWD, path, O_RDWR | CAREFUL, 0);
  if (fd < 0 && errno == ENOENT) fd = create_file(path, create_mode);
  if (fd >= 0 || (errno != EACCES && errno != EROFS && errno != EPERM)) return fd;
  int reason = errno;
  fd = pi_io_open(AT_FDCWD, path, O_RDONLY | CAREFUL, 0);
  if (fd < 0) errno = reason;
  return fd;
}

static int check_regular(int fd, const char *verb, const char *path, pi_err *err) {
  struct stat st;
  if (fstat(fd, &st) < 0) return fail(verb, path, errno, err);
  if (S_ISDIR(st.st_mode)) return fail(verb, path, EISDIR, err);
  if (!S_ISREG(st.st_mode)) return pi_err_set(err, "EINVAL", "%s %s: not a regular file", verb, path);
  return 0;
}

/* Is the open file still the one that the path names? 1, 0, or -1 and errno. */
static int is_named(int fd, const char *path) {
  struct stat opened, named;
  if (fstat(fd, &opened) < 0) return -1;
  if (lstat(path, &named) < 0) return errno == ENOENT ? 0 : -1;
  return opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

int pi_lock_open(pi_lock *lock, const char *path, int create_mode, pi_err *err) {
  for (int i = 0; i < ATTEMPTS; i++) {
    lock->fd = open_file(path, create_mode);
    if (lock->fd >= 0) return check_regular(lock->fd, "lock", path, err);
    if (errno != EEXIST) return fail("lock", path, errno, err);
  }
  return replaced_often(path, err);
}

int pi_lock_is_named(const pi_lock *lock, const char *path, pi_err *err) {
  int named = is_named(lock->fd, path);
  return named < 0 ? fail("lock", path, errno, err) : named;
}

/* 1: locked, 0: the file was replaced meanwhile, -1: failed. */
static int try_once(pi_lock *lock, const char *path, pi_lock_mode mode, int create_mode, pi_err *err) {
  if (pi_lock_open(lock, path, create_mode, err) < 0) return -1;
  if (os_lock(lock->fd, mode) < 0) return fail("lock", path, errno, err);
  return pi_lock_is_named(lock, path, err);
}

int pi_lock_try(pi_lock *lock, const char *path, pi_lock_mode mode, int create_mode, pi_err *err) {
  for (int i = 0; i < ATTEMPTS; i++) {
    int taken = try_once(lock, path, mode, create_mode, err);
    if (taken > 0) return 0;
    pi_lock_release(lock);
    if (taken < 0) return -1;
  }
  return replaced_often(path, err);
}

int pi_lock_record(pi_lock *lock, const void *bytes, size_t size, pi_err *err) {
  static const char verb[] = "write", what[] = "lock record";
  struct stat st;
  if (size > PI_LOCK_RECORD_SIZE) return pi_err_os(err, EFBIG, verb, what);
  if (fstat(lock->fd, &st) < 0) return pi_err_os(err, errno, verb, what);
  if (st.st_nlink > 1) return pi_err_set(err, "EMLINK", "%s %s: the file has other names", verb, what);
  lock->recorded = true; /* even one that fails halfway is to be removed */
  if (ftruncate(lock->fd, 0) < 0 || lseek(lock->fd, 0, SEEK_SET) < 0 || pi_io_write(lock->fd, bytes, size) < 0)
    return pi_err_os(err, errno, verb, what);
  return 0;
}

ssize_t pi_lock_read(char out[PI_LOCK_RECORD_SIZE], const char *path, pi_err *err) {
  static const char verb[] = "read lock";
  ssize_t n = -1;
  int fd = pi_io_open(AT_FDCWD, path, O_RDONLY | CAREFUL, 0);
  if (fd < 0) return fail(verb, path, errno, err);
  if (check_regular(fd, verb, path, err) == 0) {
    n = pi_io_read(fd, out, PI_LOCK_RECORD_SIZE);
    if (n < 0) fail(verb, path, errno, err);
  }
  pi_io_close(&fd);
  return n;
}

/* close() alone would leave the lock to a child that has not yet executed. */
void pi_lock_release(pi_lock *lock) {
  int saved = errno;
  if (lock->recorded) (void)ftruncate(lock->fd, 0);
  if (lock->fd >= 0) os_unlock(lock->fd);
  pi_io_close(&lock->fd);
  lock->recorded = false;
  errno = saved;
}

static int os_lock(int fd, pi_lock_mode mode) {
  int result;
  do result = flock(fd, (mode == PI_LOCK_SHARED ? LOCK_SH : LOCK_EX) | LOCK_NB);
  while (result < 0 && errno == EINTR);
  return result;
}

static void os_unlock(int fd) { (void)flock(fd, LOCK_UN); }
