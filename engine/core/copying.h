/* A copy in the making: the source held open, the new file not yet finished.
 *
 *   pi_copying c;
 *   pi_copying_init(&c);
 *   if (pi_copying_open(&c, "copy", from, to, &err) < 0 || pi_copying_create(&c, &err) < 0) goto out;
 *   ... copy from c.in to c.out ...
 *   result = pi_copying_finish(&c, &put, &err);
 * out:
 *   pi_copying_release(&c);
 *
 * Unlike fs.h's copy this makes a file under a name that is free, in the caller's own staging folder: the caller
 * renames when everything that belongs together is there. Messages: "<verb> <from> to <to>: <reason>". */
#ifndef PIENV_CORE_COPYING_H
#define PIENV_CORE_COPYING_H

#include <stdbool.h>

#include "core/err.h"
#include "core/fs.h"

typedef struct pi_copying {
  int in, out;       /* -1: closed */
  bool created;      /* `to` is ours, and removed unless finished */
  pi_fs_stat source; /* of `in`, when it was opened */
  const char *verb;  /* the caller's texts: must live until release */
  const char *from, *to;
} pi_copying;

/* The closed state. */
void pi_copying_init(pi_copying *c);

/* Opens the source: a regular file, not a symbolic link ("ELOOP"), nothing else ("EISDIR", "EINVAL"). */
int pi_copying_open(pi_copying *c, const char *verb, const char *from, const char *to, pi_err *err);

/* Creates the new file, mode 0600, open for writing; "EEXIST" where the name is taken, even by a link. */
int pi_copying_create(pi_copying *c, pi_err *err);

/* Gives the new file its owner, its mode (put->mode -1: the permission bits of the source) and, with put->sync, waits
 * until its content is on disk. "ECHANGED" where the source is no longer as it was when it was opened, or the new file
 * has not its size. */
int pi_copying_finish(pi_copying *c, const pi_fs_put *put, pi_err *err);

/* Removes the new file; the source stays open. -1 where that fails. */
int pi_copying_discard(pi_copying *c, pi_err *err);

/* Closes; removes the new file unless it was finished. Safe twice, and after init. */
void pi_copying_release(pi_copying *c);

/* Fills *err for a system call that failed; always -1. */
int pi_copying_fail(const pi_copying *c, int reason, pi_err *err);

#endif
