/* Recovery of transactions whose process died at each phase, and of journals that must not be executed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "../lib/scratch.h"
#include "core/io.h"
#include "core/transaction.h"
#include "core/transaction_steps.h"

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
static void apply_first(const pi_transaction *tx) {
  char name[PI_JOURNAL_SIDE_SIZE], staged[128];
  pi_journal_side(name, &tx->journal, 0, ".new");
  (void)snprintf(staged, sizeof staged, "native/%s", name);
  child_expect(rename(in_scratch(staged), in_scratch("native/a")) == 0);
}

/* A transaction up to `how_far`; the process ends without cleaning up. */
static void die_body(void) {
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

static void die_at(progress phase) {
  how_far = phase;
  in_child(die_body, 0);
  DIR *dir = opendir(in_scratch(".pienv"));
  assert_non_null(dir);
  for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
    if (entry->d_name[0] != '.') (void)snprintf(journal, sizeof journal, "%s/.pienv/%s", scratch, entry->d_name);
  assert_int_equal(closedir(dir), 0);
}

static void assert_all_old(void) {
  assert_file(in_scratch("native/a"), "old a");
  assert_false(exists(in_scratch("native/c")));
  assert_file(in_scratch("native/gone"), "old gone");
}

static void assert_all_new(void) {
  assert_file(in_scratch("native/a"), "new a");
  assert_file(in_scratch("native/c"), "new c");
  assert_false(exists(in_scratch("native/gone")));
}

/* Recovers: finishes (1), rolls back (0) or is refused (-1, with the reason in `err`). */
static int recover(pi_err *err) {
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

static void assert_recovers(int want) {
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

static void death_before_the_commit_is_rolled_back(void **state) {
  (void)state;
  die_at(STAGED);
  assert_recovers(0);
  die_at(KEPT);
  assert_recovers(0);
}

static void again(progress phase) {
  assert_int_equal(scratch_teardown(NULL), 0);
  assert_int_equal(setup(NULL), 0);
  die_at(phase);
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

/* The journal is refused for a reason that names it, and nothing was touched. */
static void assert_refused(const char *reason) {
  pi_err err = {"", ""};
  int entries = count_entries(in_scratch("native"));
  if (recover(&err) != -1) fail_msg("executed in spite of: %s", reason);
  if (strcmp(err.code, "EJOURNAL") != 0 || strstr(err.message, reason) == NULL ||
      strstr(err.message, strrchr(journal, '/')) == NULL || strstr(err.message, "then remove it") == NULL)
    fail_msg("got %s, %s; want %s", err.code, err.message, reason);
  assert_all_old();
  assert_int_equal(count_entries(in_scratch("native")), entries);
  assert_true(exists(journal));
}

static void journals_of_others_are_refused(void **state) {
  (void)state;
  if (geteuid() != 0) skip();
  die_at(COMMITTED);
  assert_int_equal(chown(journal, 65534, 65534), 0);
  assert_refused("it belongs to user 65534");
  assert_int_equal(chown(journal, 0, 0), 0);
  assert_int_equal(chmod(journal, 0620), 0);
  assert_refused("others can write to it");
  assert_int_equal(chmod(journal, 0600), 0);
  assert_int_equal(link(journal, in_scratch("second")), 0);
  assert_refused("more than one link");
  assert_int_equal(unlink(in_scratch("second")), 0);
  assert_recovers(1);
}

static void journals_that_are_no_files_are_refused(void **state) {
  (void)state;
  die_at(COMMITTED);
  assert_int_equal(rename(journal, in_scratch("moved")), 0);
  assert_int_equal(symlink("../moved", journal), 0);
  assert_refused("a symbolic link");
  assert_int_equal(unlink(journal), 0);
  assert_int_equal(mkfifo(journal, 0600), 0);
  assert_refused("not a regular file");
  assert_int_equal(unlink(journal), 0);
  assert_int_equal(mkdir(journal, 0700), 0);
  assert_refused("not a regular file");
}

static void a_journal_of_another_folder_is_refused(void **state) {
  (void)state;
  char copy[512];
  die_at(COMMITTED);
  assert_int_equal(mkdir(in_scratch("other"), 0755), 0);
  assert_int_equal(mkdir(in_scratch("other/.pienv"), 0755), 0);
  (void)snprintf(copy, sizeof copy, "%s/other/.pienv%s", scratch, strrchr(journal, '/'));
  assert_int_equal(rename(journal, copy), 0);
  pi_recoveries done = {NULL, 0};
  pi_err err;
  assert_int_equal(pi_transaction_recover(&done, ".pienv", in_scratch("other"), &err), -1);
  assert_string_equal(err.code, "EJOURNAL");
  assert_non_null(strstr(err.message, "made for another folder"));
  assert_all_old();
}

/* A well-formed, committed journal over one target that the engine would never write, as an attacker of the same user
 * could make it. */
static void plant(const char *target, const char *header_format) {
  pi_transaction tx;
  struct stat st;
  pi_err err;
  unsigned char digest[PI_SHA256_SIZE];
  char hex[PI_SHA256_HEX_SIZE], lines[3][512];
  pi_sha256 sum;
  assert_int_equal(pi_transaction_begin(&tx, ".pienv", scratch, &err), 0);
  (void)snprintf(journal, sizeof journal, "%s/.pienv/%s", scratch, tx.journal.name);
  assert_int_equal(stat(scratch, &st), 0);
  (void)snprintf(lines[0], sizeof lines[0], "%s %s %llu", header_format, tx.journal.id, (unsigned long long)st.st_ino);
  (void)snprintf(lines[1], sizeof lines[1], "put %s", target);
  (void)snprintf(lines[2], sizeof lines[2], "commit 1");
  FILE *file = fopen(journal, "we");
  assert_non_null(file);
  pi_sha256_init(&sum);
  for (int i = 0; i < 3; i++) {
    pi_sha256_update(&sum, lines[i], strlen(lines[i]));
    pi_sha256 copy = sum;
    pi_sha256_final(&copy, digest);
    pi_sha256_hex(digest, hex);
    assert_true(fprintf(file, "%s %s\n", lines[i], hex) > 0);
  }
  assert_int_equal(fclose(file), 0);
  pi_journal_release(&tx.journal); /* the process dies */
  pi_io_close(&tx.root);
  pi_transaction_release(&tx);
}

static void journals_that_lead_out_are_refused(void **state) {
  (void)state;
  static const char *const targets[] = {"../outside", "/etc/passwd", "native/../../x", "native//a",
                                        "./a",        "native/.",    "%2E%2E/x",       "a%00b",
                                        "%zz",        "%",           "native/",        ""};
  for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
    plant(targets[i], "pienv-transaction 1");
    assert_refused("damaged: a target is no plain path");
    assert_int_equal(unlink(journal), 0);
  }
  plant("native/a", "pienv-transaction 2");
  assert_refused("another version of pienv");
  assert_int_equal(unlink(journal), 0);
  plant("native/a", "something else");
  assert_refused("it is no journal");
}

static void a_folder_swapped_for_a_link_leads_nowhere(void **state) {
  (void)state;
  pi_err err;
  for (progress phase = STAGED; phase <= DONE; phase++) {
    again(phase);
    assert_int_equal(rename(in_scratch("native"), in_scratch("outside")), 0);
    int entries = count_entries(in_scratch("outside"));
    assert_int_equal(symlink("outside", in_scratch("native")), 0);
    (void)recover(&err);
    assert_int_equal(count_entries(in_scratch("outside")), entries);
  }
}

static void a_planted_staged_file_is_not_put_in_place(void **state) {
  (void)state;
  pi_err err;
  char staged[512];
  die_at(COMMITTED);
  put_file(in_scratch("evil"), "evil");
  (void)snprintf(staged, sizeof staged, "%s/native/.pienv-%.16s-0.new", scratch,
                 strrchr(journal, '/') + strlen("/transaction-"));
  assert_int_equal(unlink(staged), 0);
  assert_int_equal(symlink("../evil", staged), 0);
  assert_int_equal(recover(&err), 0);
  assert_all_old();
  again(COMMITTED);
  put_file(in_scratch("evil"), "evil");
  (void)snprintf(staged, sizeof staged, "%s/native/.pienv-%.16s-0.new", scratch,
                 strrchr(journal, '/') + strlen("/transaction-"));
  assert_int_equal(unlink(staged), 0);
  assert_int_equal(link(in_scratch("evil"), staged), 0);
  assert_int_equal(recover(&err), 0);
  assert_all_old();
}

static size_t read_journal(char *text, size_t room) {
  FILE *file = fopen(journal, "re");
  assert_non_null(file);
  size_t size = fread(text, 1, room - 1, file);
  text[size] = '\0';
  assert_int_equal(fclose(file), 0);
  return size;
}

static void write_journal(const char *text, size_t size) {
  FILE *file = fopen(journal, "we");
  assert_non_null(file);
  assert_int_equal(fwrite(text, 1, size, file), size);
  assert_int_equal(fclose(file), 0);
}

/* After recovery of a damaged journal: all old, all new, or refused with every file as it was found. */
static void assert_never_mixed(const char *what, size_t at) {
  pi_err err = {"", ""};
  char a[8] = "";
  int entries = count_entries(in_scratch("native"));
  pi_recoveries done = {NULL, 0};
  int result = pi_transaction_recover(&done, ".pienv", scratch, &err);
  pi_recoveries_release(&done);
  if (result < 0) {
    if (strcmp(err.code, "EJOURNAL") != 0) fail_msg("%s %zu: %s", what, at, err.message);
    assert_int_equal(count_entries(in_scratch("native")), entries);
    return;
  }
  FILE *file = fopen(in_scratch("native/a"), "re");
  assert_non_null(file);
  assert_int_equal(fread(a, 1, 5, file), 5);
  assert_int_equal(fclose(file), 0);
  if (strcmp(a, "old a") == 0)
    assert_all_old();
  else
    assert_all_new();
}

static void a_journal_damaged_at_any_byte_never_leaves_a_mix(void **state) {
  (void)state;
  char text[2048];
  for (size_t at = 0;; at += 3) {
    again(at % 2 != 0 ? HALF_APPLIED : COMMITTED);
    size_t size = read_journal(text, sizeof text);
    if (at >= size) break;
    text[at] = (char)(text[at] ^ 1);
    write_journal(text, size);
    assert_never_mixed("byte", at);
  }
}

/* Once something was applied, a cut is noticed as long as the first entry is left: a journal without any says nothing.
 */
static void a_journal_that_is_cut_never_leaves_a_mix(void **state) {
  (void)state;
  char text[2048];
  for (size_t at = 0;; at += 7) {
    die_at(COMMITTED);
    size_t size = read_journal(text, sizeof text);
    size_t first_entry_end = (size_t)(strchr(strchr(text, '\n') + 1, '\n') + 1 - text);
    if (at > size) break;
    if (at % 2 != 0 && at >= first_entry_end) {
      again(HALF_APPLIED);
      size = read_journal(text, sizeof text);
    }
    write_journal(text, at);
    assert_never_mixed("cut at", at);
    assert_int_equal(scratch_teardown(NULL), 0);
    assert_int_equal(setup(NULL), 0);
  }
}

#define in_tree(test) cmocka_unit_test_setup_teardown(test, setup, scratch_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      in_tree(death_before_the_commit_is_rolled_back),
      in_tree(death_after_the_commit_is_finished),
      in_tree(death_while_undoing_is_undone),
      in_tree(a_commit_that_cannot_go_on_is_undone),
      in_tree(folders_that_are_gone_do_not_stop_recovery),
      in_tree(a_living_transaction_is_left_alone),
      in_tree(nothing_to_recover_is_fine),
      in_tree(journals_of_others_are_refused),
      in_tree(journals_that_are_no_files_are_refused),
      in_tree(a_journal_of_another_folder_is_refused),
      in_tree(journals_that_lead_out_are_refused),
      in_tree(a_folder_swapped_for_a_link_leads_nowhere),
      in_tree(a_planted_staged_file_is_not_put_in_place),
      in_tree(a_journal_damaged_at_any_byte_never_leaves_a_mix),
      in_tree(a_journal_that_is_cut_never_leaves_a_mix),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
