/* Advisory locks on files, between processes and between the parts of one process.
 *
 *   pi_lock lock;
 *   pi_lock_init(&lock);
 *   if (pi_lock_try(&lock, path, PI_LOCK_EXCLUSIVE, -1, &err) < 0) goto out;     "EAGAIN": somebody holds it
 *   ... work ...
 * out:
 *   pi_lock_release(&lock);
 *
 * A lock belongs to an open file: two holders exclude each other inside one process, too, and the kernel releases it
 * with the process, however that ends. Programs that are started do not inherit it. The file itself stays for ever:
 * who removed it would let in the next one while others wait for the old file.
 *
 * Nothing here waits. Who waits must let its other work go on (the other holder may be the same process):
 * core/lock_queue.h, lua/pienv/lock.lua.
 *
 * A holder may leave a record in the file for those who wait: a courtesy that nobody may rely on. */
#ifndef PIENV_CORE_LOCK_H
#define PIENV_CORE_LOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/err.h"

#define PI_LOCK_RECORD_SIZE 1024 /* the most bytes of a record */

typedef enum pi_lock_mode { PI_LOCK_SHARED, PI_LOCK_EXCLUSIVE } pi_lock_mode;

typedef struct pi_lock {
  int fd;        /* -1: not held */
  bool recorded; /* the file holds our record */
} pi_lock;

/* The released state. */
void pi_lock_init(pi_lock *lock);

/* Takes the lock, or fails with "EAGAIN" when it is held. A missing file is created: with exactly `create_mode` (0 to
 * 0777; the umask, which belongs to the whole process, is 0 for that moment), or with 0666 less the umask where that is
 * -1. A file that may only be read is enough. A symbolic link is never followed as the last part of `path` ("ELOOP"),
 * and only a regular file is taken ("EINVAL"). The lock is that of the file which `path` names when it has been taken.
 * -1: "lock <path>: <reason>". */
int pi_lock_try(pi_lock *lock, const char *path, pi_lock_mode mode, int create_mode, pi_err *err);

/* The two halves around the locking itself, for who waits for it: opens the file as pi_lock_try does, and tells whether
 * `path` still names it (1, 0, or -1). -1: "lock <path>: <reason>". */
int pi_lock_open(pi_lock *lock, const char *path, int create_mode, pi_err *err);
int pi_lock_is_named(const pi_lock *lock, const char *path, pi_err *err);

/* Replaces the content of the file of a held lock; at most PI_LOCK_RECORD_SIZE bytes. Refused ("EMLINK") where the file
 * has other names, because a planted one could be of any file. -1: "write lock record: <reason>". */
int pi_lock_record(pi_lock *lock, const void *bytes, size_t size, pi_err *err);

/* Reads the content of a lock's file into `out`, at most PI_LOCK_RECORD_SIZE bytes, held or not: how many, any bytes.
 * -1: "read lock <path>: <reason>", with the refusals of pi_lock_try. */
ssize_t pi_lock_read(char out[PI_LOCK_RECORD_SIZE], const char *path, pi_err *err);

/* Removes the record and releases; safe twice, and after init. */
void pi_lock_release(pi_lock *lock);

#endif
