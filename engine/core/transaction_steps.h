/* The steps of a commit, over the entries of a journal; used by transaction.c and transaction_recover.c only.
 *
 * What is done is told from the files beside the target (journal.h), so that every step may be interrupted anywhere and
 * run again: the staged file is there until it has become the target, the old file until all is done. Targets are
 * resolved beneath `root` each time (beneath.h). */
#ifndef PIENV_CORE_TRANSACTION_STEPS_H
#define PIENV_CORE_TRANSACTION_STEPS_H

#include "core/journal.h"

/* Keeps each existing target as ".old" (a hard link, or a copy where there are none), and notes which existed. */
int pi_steps_backup(int root, pi_journal *j, pi_err *err);

/* Makes every target new, in order. `resumed`: a former process may have done the first ones. */
int pi_steps_apply(int root, const pi_journal *j, bool resumed, pi_err *err);

/* Of a journal without "commit": 1 when no commit had begun, 0 when files show that one had, so that the journal has
 * lost its end; -1 when that cannot be known. */
int pi_steps_check_unapplied(int root, const pi_journal *j, pi_err *err);

/* Waits until the entries of all folders of targets are on disk. */
int pi_steps_sync(int root, const pi_journal *j, pi_err *err);

/* Makes every target old again, last first, where the commit had begun; removes the staged and the old files, then the
 * journal. A folder that is gone by now is no failure. -1: all targets are old, but something of the work is left, or
 * may not be on disk; PI_STEPS_MIXED: some targets may be new, and the journal is there. */
enum { PI_STEPS_MIXED = -2 };
int pi_steps_roll_back(int root, pi_journal *j, pi_err *err);

/* After all targets are new: marks the journal, removes the old files, then the journal. */
int pi_steps_finish(int root, pi_journal *j, pi_err *err);

#endif
