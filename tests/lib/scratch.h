/* A folder of its own for each C test, and what tests of files ask of the machine. Include after <cmocka.h>.
 *
 * Mounts need root: scratch_mount skips the test where that is missing (a skip is counted, and fails in CI). They live
 * in a mount namespace of the test process, so that nothing stays mounted whatever happens. */
#ifndef PIENV_TESTS_SCRATCH_H
#define PIENV_TESTS_SCRATCH_H

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char scratch[64];         /* the folder; set up by scratch_setup, removed by scratch_teardown */
static char scratch_mounted[96]; /* what scratch_mount mounted in this test; "" nothing */

/* In memory where a test makes very many trees and what it shows has nothing to do with the disk. */
static const char *scratch_base = "/tmp";

static int scratch_setup(void **state) {
  (void)state;
  (void)snprintf(scratch, sizeof scratch, "%s/pienv-test-XXXXXX", scratch_base);
  return mkdtemp(scratch) != NULL ? 0 : -1;
}

/* By /bin/rm, not by the code under test. */
static int scratch_teardown(void **state) {
  (void)state;
  int status = -1;
  if (scratch_mounted[0] != '\0' && umount2(scratch_mounted, MNT_DETACH) < 0) return -1;
  scratch_mounted[0] = '\0';
  pid_t child = fork();
  if (child == 0) {
    execl("/bin/rm", "rm", "-rf", "--one-file-system", scratch, (char *)NULL);
    _exit(127);
  }
  return child > 0 && waitpid(child, &status, 0) == child && status == 0 ? 0 : -1;
}

/* SCRATCH/name in one of four rotating buffers. */
static inline const char *in_scratch(const char *name) {
  static char paths[4][4200];
  static unsigned turn;
  char *path = paths[turn++ % 4];
  (void)snprintf(path, sizeof paths[0], "%s/%s", scratch, name);
  return path;
}

static inline void put_file(const char *path, const char *text) {
  FILE *file = fopen(path, "we");
  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  assert_int_equal(fclose(file), 0);
}

static inline void assert_file(const char *path, const char *text) {
  char got[4096] = "";
  FILE *file = fopen(path, "re");
  assert_non_null(file);
  size_t size = fread(got, 1, sizeof got - 1, file);
  got[size] = '\0';
  assert_int_equal(fclose(file), 0);
  assert_string_equal(got, text);
}

static inline unsigned mode_of(const char *path) {
  struct stat st;
  assert_int_equal(lstat(path, &st), 0);
  return (unsigned)(st.st_mode & 07777);
}

static inline int exists(const char *path) {
  struct stat st;
  return lstat(path, &st) == 0;
}

static inline int count_entries(const char *folder) {
  int count = 0;
  DIR *dir = opendir(folder);
  assert_non_null(dir);
  while (readdir(dir) != NULL) count++;
  assert_int_equal(closedir(dir), 0);
  return count - 2;
}

/* Mounts a tmpfs of `size` ("64k") at SCRATCH/name, once a test, and returns its path. */
static inline const char *scratch_mount(const char *name, const char *size) {
  static int private_namespace;
  char options[32];
  const char *path = in_scratch(name);
  if (geteuid() != 0) skip();
  if (!private_namespace && (unshare(CLONE_NEWNS) < 0 || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0))
    skip();
  private_namespace = 1;
  (void)snprintf(options, sizeof options, "size=%s", size);
  assert_int_equal(mkdir(path, 0755), 0);
  assert_int_equal(mount("pienv-test", path, "tmpfs", 0, options), 0);
  (void)snprintf(scratch_mounted, sizeof scratch_mounted, "%s", path);
  return path;
}

/* Runs `body` in a child, as user `uid` unless that is 0; passes when it passes there. The child's failed assertion
 * ends it by a signal or a code, because cmocka's jump has no place to land in. */
static inline void in_child(void (*body)(void), uid_t uid) {
  int status = -1;
  (void)fflush(NULL);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    if (uid != 0 && (setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0)) _exit(120);
    body();
    _exit(0);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
}

/* An assertion inside in_child. */
#define child_expect(condition)                                             \
  do {                                                                      \
    if (!(condition)) {                                                     \
      (void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
      _exit(1);                                                             \
    }                                                                       \
  } while (0)

#endif
