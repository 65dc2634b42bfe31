/* Recovery of transactions whose process died, at each phase; kills at every system call: tests/fault/transaction. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "../lib/dying.h"

static void death_before_the_commit_is_rolled_back(void **state) {
  (void)state;
  die_at(STAGED);
  assert_recovers(0);
  die_at(KEPT);
  assert_recovers(0);
}

static void death_after_the_commit_is_finished(void **state) {
  (void)state;
  for (progress phase = COMMITTED; phase <= DONE; phase++) {
    if (phase == HALF_UNDONE) continue;
    again(phase);
    assert_recovers(1);
  }
}

static void death_while_undoing_is_undone(void **state) {
  (void)state;
  die_at(HALF_UNDONE);
  assert_recovers(0);
}

static void a_commit_that_cannot_go_on_is_undone(void **state) {
  (void)state;
  pi_err err = {"", ""};
  die_at(HALF_APPLIED);
  assert_int_equal(mkdir(in_scratch("native/c"), 0755), 0); /* somebody puts a folder at a target */
  int result = recover(&err);
  if (result != 0) fail_msg("%d: %s", result, err.message);
  assert_file(in_scratch("native/a"), "old a");
  assert_file(in_scratch("native/gone"), "old gone");
  assert_int_equal(count_entries(in_scratch("native")), 3);
}

static void folders_that_are_gone_do_not_stop_recovery(void **state) {
  (void)state;
  pi_err err;
  for (progress phase = STAGED; phase <= DONE; phase++) {
    again(phase);
    assert_int_equal(rename(in_scratch("native"), in_scratch("elsewhere")), 0);
    assert_true(recover(&err) >= 0);
    assert_int_equal(count_entries(in_scratch(".pienv")), 0);
  }
}

static void a_living_transaction_is_left_alone(void **state) {
  (void)state;
  pi_transaction tx;
  pi_recoveries done = {NULL, 0};
  pi_err err = {"", ""};
  assert_int_equal(pi_transaction_begin(&tx, ".pienv", scratch, &err), 0);
  assert_int_equal(pi_transaction_write(&tx, "native/a", "new a", 5, -1, &err), 0);
  assert_int_equal(pi_transaction_recover(&done, ".pienv", scratch, &err), 0);
  assert_int_equal(done.count, 0);
  if (pi_transaction_commit(&tx, &err) < 0) fail_msg("%s", err.message);
  assert_file(in_scratch("native/a"), "new a");
}

static void nothing_to_recover_is_fine(void **state) {
  (void)state;
  pi_recoveries done = {NULL, 0};
  pi_err err;
  assert_int_equal(pi_transaction_recover(&done, ".pienv", scratch, &err), 0);
  assert_int_equal(mkdir(in_scratch(".pienv"), 0755), 0);
  put_file(in_scratch(".pienv/transaction-short.journal"), "not one");
  put_file(in_scratch(".pienv/notes"), "");
  assert_int_equal(pi_transaction_recover(&done, ".pienv", scratch, &err), 0);
  assert_int_equal(done.count, 0);
  assert_int_equal(count_entries(in_scratch(".pienv")), 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      in_tree(death_before_the_commit_is_rolled_back),
      in_tree(death_after_the_commit_is_finished),
      in_tree(death_while_undoing_is_undone),
      in_tree(a_commit_that_cannot_go_on_is_undone),
      in_tree(folders_that_are_gone_do_not_stop_recovery),
      in_tree(a_living_transaction_is_left_alone),
      in_tree(nothing_to_recover_is_fine),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
