/* What libgit2 opens: see pi_gittree_refused in gittree_repo.h.
 *
 * The owner of a repository may put a pipe, or a link to a device, in the place of any of its files, and name others in
 * its settings. libgit2 opens by path without a look, and would wait for ever for who writes to the pipe. Linked
 * statically, with -Wl,--wrap=open, it opens through here (cmake/Dependencies.cmake), and so does jansson, for a seed;
 * the program itself uses pi_io_open. As a shared library it does not. */
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/gittree_repo.h"
#include "core/io.h"

int __wrap_open(const char *path, int flags, ...); /* NOLINT(*-reserved-identifier,cert-dcl*) */

static char refused[PATH_MAX];
static int started; /* between pi_gittree_start and pi_gittree_stop; what opens at other times is not libgit2 */

void pi_gittree_guard_files(bool on) { started += on ? 1 : -1; }

const char *pi_gittree_refused(void) { return refused[0] != '\0' ? refused : NULL; }

void pi_gittree_forget_refused(void) { refused[0] = '\0'; }

/* Settings may name /dev/null as a file without rules; the other is for seeds. */
static bool is_named_device(const char *path) {
  return strcmp(path, "/dev/null") == 0 || strcmp(path, "/dev/urandom") == 0;
}

static int refuse(int fd, const char *path) {
  (void)snprintf(refused, sizeof refused, "%s", path);
  pi_io_close(&fd);
  errno = EINVAL;
  return -1;
}

int __wrap_open(const char *path, int flags, ...) { /* NOLINT(*-reserved-identifier,cert-dcl*) */
  struct stat facts;
  mode_t mode = 0;
  if (flags & O_CREAT) {
    va_list arguments;
    va_start(arguments, flags);
    mode = va_arg(arguments, mode_t);
    va_end(arguments);
  }
  if (started == 0) return openat(AT_FDCWD, path, flags, mode);
  int fd = pi_io_open(AT_FDCWD, path, flags | O_NONBLOCK, mode);
  if (fd < 0 || is_named_device(path) || fstat(fd, &facts) < 0) return fd;
  return S_ISREG(facts.st_mode) || S_ISDIR(facts.st_mode) ? fd : refuse(fd, path);
}
