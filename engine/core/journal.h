/* The journal of one transaction (transaction.h): what it is about to do, on disk before it is done.
 *
 * A text file "transaction-<id>.journal" of lines, each ended by the SHA-256 of all text before it, so that neither a
 * line nor the order can be changed unnoticed:
 *
 *   pienv-transaction 1 <id> <inode of the root> <sha256>
 *   put <target> <sha256>            a new content of target is going to be staged
 *   remove <target> <sha256>         target is going to be removed
 *   commit <existed> <sha256>        everything is staged and synced; one digit an entry: did the target exist?
 *   undo <sha256>                    the commit failed; the old files are being put back
 *   done <sha256>                    all targets are new; what remains is to clean up
 *
 * Targets are relative to the root; bytes other than printable ASCII, the space and "%" are written as %XX. Entry N
 * (from 0) uses ".pienv-<id>-N.new" (the staged content) and ".pienv-<id>-N.old" (the old file) beside its target.
 *
 * The process that works on a transaction holds a flock() on its journal. The kernel drops it with the process, so that
 * a journal without a lock is one whose process is dead. */
#ifndef PIENV_CORE_JOURNAL_H
#define PIENV_CORE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/sha256.h"
#include "core/tmpfile.h"

#define PI_JOURNAL_NAME_SIZE 40
#define PI_JOURNAL_SIDE_SIZE 56 /* ".pienv-" id "-" number ".new" */

typedef enum pi_journal_phase {
  PI_JOURNAL_STAGING,
  PI_JOURNAL_COMMITTED,
  PI_JOURNAL_UNDOING,
  PI_JOURNAL_DONE
} pi_journal_phase;

typedef struct pi_journal_entry {
  char *target;
  bool removes; /* the target is removed; otherwise it gets a new content */
  bool existed; /* known from the commit on */
} pi_journal_entry;

typedef struct pi_journal {
  int folder, fd; /* the folder of journals and the locked file; -1: closed */
  char *path;     /* for messages */
  char id[PI_TMPFILE_ID_SIZE];
  char name[PI_JOURNAL_NAME_SIZE]; /* in the folder */
  pi_journal_entry *entries;
  size_t count, capacity;
  pi_journal_phase phase;
  pi_sha256 digest; /* of the text so far */
} pi_journal;

/* The closed state. */
void pi_journal_init(pi_journal *j);

/* Creates and locks a new journal in `folder` (a descriptor that stays the caller's; its path is for messages).
 * -1: "create journal in <folder>: <reason>". */
int pi_journal_create(pi_journal *j, int folder, const char *folder_path, uint64_t root_inode, pi_err *err);

/* Locks and reads the journal `name`, which anybody may have put there.
 *   1  it is ours to work on, its process is dead
 *   0  its process is alive, or has just removed it
 *  -1  "recover <journal>: <why it is not executed; what to do>", code "EJOURNAL", or a failed system call
 * Executed is only a regular file with one link that belongs to the effective user, that nobody else can write, whose
 * checksums are right, that was made for this root, and whose targets are plain paths. */
int pi_journal_open(pi_journal *j, int folder, const char *folder_path, const char *name, uint64_t root_inode,
                    pi_err *err);

/* The failure for a journal that must not be executed, with the next step. Always -1. */
int pi_journal_refuse(const pi_journal *j, const char *why, pi_err *err);

/* Is it the name of a journal? */
bool pi_journal_is_name(const char *name);

/* Appends an entry in memory only: for the reader. -1 and errno. */
int pi_journal_remember(pi_journal *j, const char *target, bool removes);

/* Adds an entry; it is on disk when this returns. */
int pi_journal_add(pi_journal *j, const char *target, bool removes, pi_err *err);

/* Enters the next phase; it is on disk when this returns. */
int pi_journal_mark(pi_journal *j, pi_journal_phase phase, pi_err *err);

/* The name, in the target's folder, of the staged content (".new") or the old file (".old") of entry `index`. */
void pi_journal_side(char name[PI_JOURNAL_SIDE_SIZE], const pi_journal *j, size_t index, const char *suffix);

/* Removes the file: the transaction is over. */
int pi_journal_remove(pi_journal *j, pi_err *err);

/* Closes (which drops the lock) and frees; safe twice. The file stays. */
void pi_journal_release(pi_journal *j);

#endif
