/* A file that is staged beside its target and takes its place at once.
 *
 *   pi_tmpfile t;
 *   pi_tmpfile_init(&t);
 *   if (pi_tmpfile_open(&t, target, &err) < 0) goto out;
 *   ... write to t.fd ...
 *   result = pi_tmpfile_commit(&t, mode, sync, &err);
 * out:
 *   pi_tmpfile_release(&t);
 *
 * The target is at every moment the old file or the whole new one, always a new inode. A symbolic link as target is
 * replaced, not followed; anything else that is no regular file is refused.
 *
 * The temporary file is ".pienv-<16 letters>.tmp" whatever the target's name is, so that a name of 255 bytes works. Its
 * creator holds a flock() on it, which the kernel drops with the process: pi_tmpfile_sweep removes what the dead have
 * left behind and nothing of the living. */
#ifndef PIENV_CORE_TMPFILE_H
#define PIENV_CORE_TMPFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/names.h"

#define PI_TMPFILE_ID_SIZE 17   /* 16 letters and digits and a NUL */
#define PI_TMPFILE_NAME_SIZE 28 /* ".pienv-" id ".tmp" and a NUL */

typedef struct pi_tmpfile {
  int fd;                          /* to write to; -1: closed */
  int folder;                      /* the folder of both names; -1: closed */
  int existing_mode;               /* permission bits of the file that will be replaced; -1: there is none */
  const char *target;              /* the caller's, for messages and the final name: must live until release */
  const char *base;                /* its last part */
  char name[PI_TMPFILE_NAME_SIZE]; /* "" where there is no temporary file to remove */
} pi_tmpfile;

/* The closed state. */
void pi_tmpfile_init(pi_tmpfile *t);

/* Creates the temporary file, mode 0600, open for reading and writing. -1: "write <target>: <reason>". */
int pi_tmpfile_open(pi_tmpfile *t, const char *target, pi_err *err);

/* Gives the file its mode (0 to 0777, the umask does not count), syncs it, renames it to the target and syncs the
 * folder; without `sync` both syncs are left out. -1: "write <target>: <reason>", the target is as it was; or "sync
 * folder of <target>: <reason>": the new file has its place, and only a loss of power may bring the old one back. */
int pi_tmpfile_commit(pi_tmpfile *t, unsigned mode, bool sync, pi_err *err);

/* Closes; removes the temporary file unless it was committed. Safe twice, and after init. */
void pi_tmpfile_release(pi_tmpfile *t);

/* Learns what is at `base` in `folder` before it is replaced: *existing_mode as above. Refuses a folder ("EISDIR") and
 * what is neither a regular file nor a link ("EINVAL"). -1: "write <target>: <reason>". */
int pi_tmpfile_inspect(int *existing_mode, int folder, const char *base, const char *target, pi_err *err);

/* Removes the temporary files in `folder` whose process is dead and that belong to the effective user; adds their
 * names to `removed`. A missing folder holds none. -1: "sweep <folder>: <reason>". */
int pi_tmpfile_sweep(pi_names *removed, const char *folder, pi_err *err);

/* 16 random letters and digits, for names that nobody guesses or has taken. -1: "read random numbers: <reason>". */
int pi_tmpfile_id(char id[PI_TMPFILE_ID_SIZE], pi_err *err);

#endif
