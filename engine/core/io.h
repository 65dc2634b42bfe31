/* Descriptors: the system calls under the file primitives, made whole.
 *
 * Every function here goes on after EINTR (signals are a state that is asked for, interrupt.h, not a failure of the
 * call they arrive in), opens with O_CLOEXEC, and reports as a system call does: -1 and errno. The callers know the
 * path and the verb, and make the pi_err. */
#ifndef PIENV_CORE_IO_H
#define PIENV_CORE_IO_H

#include <dirent.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/err.h"

/* openat() with O_CLOEXEC and O_NOCTTY. `dir` may be AT_FDCWD; `mode` counts with O_CREAT only. */
int pi_io_open(int dir, const char *path, int flags, unsigned mode);

/* Opens the folder that holds `path` and points *base at the last part of `path`, which may be "" where the path ends
 * with a slash. The descriptor can be read and synced. */
int pi_io_open_folder_of(const char *path, const char **base);

/* Opens a folder to list it; NULL and errno. */
DIR *pi_io_opendir(const char *path);

/* Closes *fd unless it is -1, and sets it to -1. Keeps errno, so that it may stand in a failure path. What must be
 * on disk is synced before; the result of close() says nothing more. */
void pi_io_close(int *fd);

/* One read(); 0 at the end of the file. */
ssize_t pi_io_read(int fd, void *bytes, size_t size);

/* Writes all of it, in as many calls as it takes. */
int pi_io_write(int fd, const void *bytes, size_t size);

/* fsync(). A folder on a file system that cannot sync folders counts as synced. */
int pi_io_sync(int fd);

#endif
