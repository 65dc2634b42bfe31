/* Journals that must not be executed: planted by others, damaged, or leading out of the root. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "../lib/dying.h"
#include "core/io.h"

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

/* The staged file of entry 0. */
static const char *staged_file(void) {
  static char path[512];
  (void)snprintf(path, sizeof path, "%s/native/.pienv-%.16s-0.new", scratch,
                 strrchr(journal, '/') + strlen("/transaction-"));
  return path;
}

static void a_planted_staged_file_is_not_put_in_place(void **state) {
  (void)state;
  pi_err err;
  die_at(COMMITTED);
  put_file(in_scratch("evil"), "evil");
  assert_int_equal(unlink(staged_file()), 0);
  assert_int_equal(symlink("../evil", staged_file()), 0);
  assert_int_equal(recover(&err), 0);
  assert_all_old();
  again(COMMITTED);
  put_file(in_scratch("evil"), "evil");
  assert_int_equal(unlink(staged_file()), 0);
  assert_int_equal(link(in_scratch("evil"), staged_file()), 0);
  assert_int_equal(recover(&err), 0);
  assert_all_old();
}

static void a_staged_file_of_another_user_is_not_put_in_place(void **state) {
  (void)state;
  pi_err err;
  if (geteuid() != 0) skip();
  die_at(COMMITTED);
  assert_int_equal(chown(staged_file(), 65534, 65534), 0);
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

int main(void) {
  const struct CMUnitTest tests[] = {
      in_tree(journals_of_others_are_refused),
      in_tree(journals_that_are_no_files_are_refused),
      in_tree(a_journal_of_another_folder_is_refused),
      in_tree(journals_that_lead_out_are_refused),
      in_tree(a_folder_swapped_for_a_link_leads_nowhere),
      in_tree(a_planted_staged_file_is_not_put_in_place),
      in_tree(a_staged_file_of_another_user_is_not_put_in_place),
      in_tree(a_journal_damaged_at_any_byte_never_leaves_a_mix),
      in_tree(a_journal_that_is_cut_never_leaves_a_mix),
  };
  if (access("/dev/shm", W_OK) == 0) scratch_base = "/dev/shm";
  return cmocka_run_group_tests(tests, NULL, NULL);
}
