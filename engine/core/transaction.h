/* Several files that change together.
 *
 *   pi_transaction tx;
 *   if (pi_transaction_begin(&tx, ".pienv", root, &err) < 0) ...
 *   pi_transaction_copy(&tx, src, "native/addon.node", -1, true, &err); staged beside the target, synced
 *   pi_transaction_write(&tx, "native/index.d.ts", bytes, size, -1, &err);
 *   pi_transaction_remove(&tx, "native/old.node", &err);
 *   pi_transaction_commit(&tx, &err);                                  all of them, in this order
 *   pi_transaction_release(&tx);                                       rolls back what was not committed
 *
 * Each target is at every moment entirely old or entirely new. Before the first one changes, a journal (journal.h) that
 * names all of them is on disk. A failure in the middle of the commit puts the old files back. A process that dies
 *   before the journal says "commit": pi_transaction_recover rolls back; nothing has changed but staged files
 *   after it:                         pi_transaction_recover finishes; everything that is needed is on disk
 * so every pienv command recovers before it does anything else. A transaction whose process is alive is left alone.
 *
 * Targets are given relative to `root`, or as absolute paths that begin with it; they never lead out of it, and never
 * through a symbolic link. A target that is a link itself is replaced; a folder is refused. Its folder must exist.
 * Two transactions at once over the same targets are each atomic; the later rename wins. */
#ifndef PIENV_CORE_TRANSACTION_H
#define PIENV_CORE_TRANSACTION_H

#include "core/err.h"
#include "core/journal.h"
#include "core/names.h"

typedef struct pi_transaction {
  int root;        /* -1: over, or not begun */
  char *root_path; /* as given, and resolved */
  char *root_real;
  pi_journal journal;
  bool broken; /* a file could not be staged: cannot be committed any more */
} pi_transaction;

/* The state that is over. */
void pi_transaction_init(pi_transaction *tx);

/* Begins: `journal_folder` (beneath root, as targets are given; made where it is missing) gets a locked journal. */
int pi_transaction_begin(pi_transaction *tx, const char *journal_folder, const char *root, pi_err *err);

/* Stages a copy of the regular file `src` (any path; a link there is followed, or "ELOOP"), or bytes. `mode`: 0 to
 * 0777, or -1 for the default: that of src; for bytes that of the file that is replaced, 0644 for a new one. After a
 * failure the transaction can only be rolled back. -1: "copy <src> to <dst>: <reason>" or "write <dst>: <reason>". */
int pi_transaction_copy(pi_transaction *tx, const char *src, const char *dst, int mode, bool follow, pi_err *err);
int pi_transaction_write(pi_transaction *tx, const char *dst, const void *bytes, size_t size, int mode, pi_err *err);

/* The file will be removed; one that is missing then is fine. */
int pi_transaction_remove(pi_transaction *tx, const char *dst, pi_err *err);

/* Makes everything new, or, after a failure (-1), leaves everything old; either way the transaction is over.
 * PI_TRANSACTION_MIXED: after a failure the system did not let old files be put back. Then some may be new, and the
 * journal stays: pi_transaction_recover ends it. */
enum { PI_TRANSACTION_MIXED = -2 };
int pi_transaction_commit(pi_transaction *tx, pi_err *err);

/* Removes what was staged; the transaction is over. */
int pi_transaction_rollback(pi_transaction *tx, pi_err *err);

/* Rolls back unless it is over, and frees; safe twice. */
void pi_transaction_release(pi_transaction *tx);

typedef struct pi_recovery {
  bool finished;  /* otherwise rolled back */
  pi_names files; /* targets, relative to the root */
} pi_recovery;

typedef struct pi_recoveries {
  pi_recovery *items;
  size_t count;
} pi_recoveries;

/* Finishes or rolls back every transaction in `journal_folder` whose process is dead; out must be empty. A missing
 * folder holds none. A journal that is damaged, or that somebody else may have planted, is never executed: the others
 * are recovered, then it is the failure ("EJOURNAL", naming the file and the next step). */
int pi_transaction_recover(pi_recoveries *out, const char *journal_folder, const char *root, pi_err *err);

void pi_recoveries_release(pi_recoveries *recoveries);

#endif
