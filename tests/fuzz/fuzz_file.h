/* Files for fuzzing what reads by path: in a folder of this process in memory (/dev/shm), which goes when it ends. */
#ifndef PIENV_FUZZ_FILE_H
#define PIENV_FUZZ_FILE_H

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char fuzz_file_folder[] = "/dev/shm/pienv-fuzz-XXXXXX";

static int fuzz_file_remove(const char *path, const struct stat *stat, int type, struct FTW *ftw) {
  (void)stat, (void)type, (void)ftw;
  return remove(path);
}

static void fuzz_file_end(void) { (void)nftw(fuzz_file_folder, fuzz_file_remove, 8, FTW_DEPTH | FTW_PHYS); }

/* The path of a file in the folder, until the next call. */
static inline const char *fuzz_file_path(const char *name) {
  static char path[PATH_MAX];
  static int made;
  if (!made && (mkdtemp(fuzz_file_folder) == NULL || atexit(fuzz_file_end) != 0)) abort();
  made = 1;
  (void)snprintf(path, sizeof path, "%s/%s", fuzz_file_folder, name);
  return path;
}

static inline void fuzz_file_write(const char *name, const uint8_t *bytes, size_t size) {
  int fd = open(fuzz_file_path(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0 || write(fd, bytes, size) != (ssize_t)size) abort();
  (void)close(fd);
}

static inline void fuzz_file_make_folder(const char *name) {
  if (mkdir(fuzz_file_path(name), 0700) != 0 && access(fuzz_file_path(name), F_OK) != 0) abort();
}

#endif
