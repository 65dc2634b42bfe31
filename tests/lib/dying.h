/* A transaction whose process dies at a chosen point, for the tests of recovery. Include after <cmocka.h>. */
#ifndef PIENV_TESTS_DYING_H
#define PIENV_TESTS_DYING_H

#include "core/transaction.h"
#include "core/transaction_steps.h"
#include "scratch.h"

/* How far the process that dies gets. */
typedef enum progress { STAGED, KEPT, COMMITTED, HALF_APPLIED, APPLIED, HALF_UNDONE, DONE } progress;

static progress how_far;
static char journal[400]; /* path of the only journal */

static int setup(void **state) {
  if (scratch_setup(state) != 0) return -1;
  (void)mkdir(in_scratch("native"), 0755);
  put_file(in_scratch("native/a"), "old a");
  put_file(in_scratch("native/gone"), "old gone");
  return 0;
}

/* Renames the staged file of entry 0, as the first half of the commit does. */
static inline void apply_first(const pi_transaction *tx) {
  char name[PI_JOURNAL_SIDE_SIZE], staged[128];
  pi_journal_side(name, &tx->journal, 0, ".new");
  (void)snprintf(staged, sizeof staged, "native/%s", name);
  child_expect(rename(in_scratch(staged), in_scratch("native/a")) == 0);
}

/* A transaction up to `how_far`; the process ends without cleaning up. */
static inline void die_body(void) {
  pi_transaction tx;
  pi_err err;
  child_expect(pi_transaction_begin(&tx, ".pienv", scratch, &err) == 0);
  child_expect(pi_transaction_write(&tx, "native/a", "new a", 5, -1, &err) == 0);
  child_expect(pi_transaction_write(&tx, "native/c", "new c", 5, -1, &err) == 0);
  child_expect(pi_transaction_remove(&tx, "native/gone", &err) == 0);
  if (how_far >= KEPT) child_expect(pi_steps_backup(tx.root, &tx.journal, &err) == 0);
  if (how_far >= COMMITTED) child_expect(pi_journal_mark(&tx.journal, PI_JOURNAL_COMMITTED, &err) == 0);
  if (how_far == HALF_APPLIED || how_far == HALF_UNDONE) apply_first(&tx);
  if (how_far == APPLIED || how_far == DONE) child_expect(pi_steps_apply(tx.root, &tx.journal, false, &err) == 0);
  if (how_far == HALF_UNDONE) child_expect(pi_journal_mark(&tx.journal, PI_JOURNAL_UNDOING, &err) == 0);
  if (how_far == DONE) child_expect(pi_journal_mark(&tx.journal, PI_JOURNAL_DONE, &err) == 0);
}

static inline void die_at(progress phase) {
  how_far = phase;
  in_child(die_body, 0);
  DIR *dir = opendir(in_scratch(".pienv"));
  assert_non_null(dir);
  for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
    if (entry->d_name[0] != '.') (void)snprintf(journal, sizeof journal, "%s/.pienv/%s", scratch, entry->d_name);
  assert_int_equal(closedir(dir), 0);
}

static inline void assert_all_old(void) {
  assert_file(in_scratch("native/a"), "old a");
  assert_false(exists(in_scratch("native/c")));
  assert_file(in_scratch("native/gone"), "old gone");
}

static inline void assert_all_new(void) {
  assert_file(in_scratch("native/a"), "new a");
  assert_file(in_scratch("native/c"), "new c");
  assert_false(exists(in_scratch("native/gone")));
}

/* Recovers: finishes (1), rolls back (0) or is refused (-1, with the reason in `err`). */
static inline int recover(pi_err *err) {
  pi_recoveries done = {NULL, 0};
  int result = pi_transaction_recover(&done, ".pienv", scratch, err);
  if (result == 0) {
    assert_int_equal(done.count, 1);
    assert_int_equal(done.items[0].files.count, 3);
    assert_string_equal(done.items[0].files.items[0], "native/a");
    result = done.items[0].finished ? 1 : 0;
  }
  pi_recoveries_release(&done);
  return result;
}

static inline void assert_recovers(int want) {
  pi_err err = {"", ""};
  int got = recover(&err);
  if (got != want) fail_msg("phase %d: got %d, want %d; %s", (int)how_far, got, want, err.message);
  if (want == 1)
    assert_all_new();
  else
    assert_all_old();
  assert_int_equal(count_entries(in_scratch("native")), 2);
  assert_int_equal(count_entries(in_scratch(".pienv")), 0);
}

static inline void again(progress phase) {
  assert_int_equal(scratch_teardown(NULL), 0);
  assert_int_equal(setup(NULL), 0);
  die_at(phase);
}

#define in_tree(test) cmocka_unit_test_setup_teardown(test, setup, scratch_teardown)

#endif
