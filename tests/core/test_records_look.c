/* Many records against their files: which hold, whatever the number of threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/records_look.h"
#include "core/sha256.h"

enum { FILES = 1500, DIGITS = 32, LINE = 160, NAME = 16 };

static char folder[64];
static int fd = -1;
static char names[FILES][NAME];
static char prints[FILES][2 * DIGITS + 1];
static char text[FILES * LINE]; /* of the records, which are made anew for each test */
static pi_records records;

static void hex_of(pi_sha256 *hash, char hex[PI_SHA256_HEX_SIZE]) {
  unsigned char digest[PI_SHA256_SIZE];
  pi_sha256_final(hash, digest);
  pi_sha256_hex(digest, hex);
}

/* The digits of a list of one file, or of none. */
static void print_of(char *out, const char *name) {
  char hex[PI_SHA256_HEX_SIZE];
  int64_t newest = INT64_MIN;
  pi_err err;
  pi_sha256 hash;
  pi_sha256_init(&hash);
  if (name != NULL) assert_int_equal(pi_fs_fingerprint(&hash, &newest, fd, name, &err), 0);
  hex_of(&hash, hex);
  memcpy(out, hex, DIGITS);
  out[DIGITS] = '\0';
}

static void write_file(const char *name, const char *content) {
  int file = openat(fd, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  assert_true(file >= 0);
  assert_int_equal(write(file, content, strlen(content)), (ssize_t)strlen(content));
  (void)close(file);
}

/* "SUM <tab> key <tab> base <tab> prints <tab> text <tab> last <lf>"; returns its size. */
static size_t seal(char *line, size_t room, const char *key, const char *list_prints) {
  char rest[LINE], hex[PI_SHA256_HEX_SIZE];
  (void)snprintf(rest, sizeof rest, "%s\tbase\t%s\ta\tb\tlast", key, list_prints);
  pi_sha256 hash;
  pi_sha256_init(&hash);
  pi_sha256_update(&hash, rest, strlen(rest));
  hex_of(&hash, hex);
  return (size_t)snprintf(line, room, "%.16s\t%s\n", hex, rest);
}

static int make_records(void **state) {
  (void)state;
  size_t size = 0;
  pi_err err;
  for (int i = 0; i < FILES; i++) size += seal(text + size, sizeof text - size, names[i], prints[i]);
  return pi_records_open(&records, text, size, &err);
}

static int release_records(void **state) {
  (void)state;
  pi_records_release(&records);
  return 0;
}

static int make_files(void **state) {
  (void)state;
  const char *tmp = getenv("TMPDIR");
  (void)snprintf(folder, sizeof folder, "%s/records-look-XXXXXX", tmp != NULL && strlen(tmp) < 32 ? tmp : "/tmp");
  if (mkdtemp(folder) == NULL) return -1;
  fd = open(folder, O_RDONLY | O_DIRECTORY);
  for (int i = 0; i < FILES; i++) {
    (void)snprintf(names[i], NAME, "f%d", i);
    write_file(names[i], "text");
    print_of(prints[i], names[i]);
    print_of(prints[i] + DIGITS, NULL); /* its second list is empty */
  }
  return fd < 0 ? -1 : 0;
}

static int remove_files(void **state) {
  (void)state;
  size_t removed;
  pi_err err;
  (void)close(fd);
  return pi_fs_remove_tree(&removed, folder, &err);
}

static const pi_records_line *line_of(int i) {
  const pi_records_line *line = pi_records_find(&records, names[i], strlen(names[i]));
  assert_non_null(line);
  return line;
}

static void open_look(pi_records_look *look) {
  pi_records_look_init(look, &records, fd, 2);
  look->base = (pi_records_bytes){"base", 4};
}

/* Asks about the line of a file, with a key. */
static void ask_of(pi_records_look *look, int i, const char *key) {
  pi_err err;
  pi_records_bytes bytes = {key, strlen(key)};
  assert_false(pi_records_look_is_asked(look, line_of(i)));
  assert_int_equal(pi_records_look_ask(look, line_of(i), bytes, (size_t)i, &err), 0);
  assert_true(pi_records_look_is_asked(look, line_of(i)));
  assert_int_equal(pi_records_look_file(look, names[i], &err), 0);
  assert_int_equal(pi_records_look_end_list(look, &err), 0);
  assert_int_equal(pi_records_look_end_list(look, &err), 0);
}

static void ask(pi_records_look *look, int i) { ask_of(look, i, names[i]); }

static bool holds(const pi_records_look *look, int i) {
  return pi_records_look_holds(look, (size_t)(line_of(i) - records.last));
}

/* All but those whose number is in the list must hold; they are asked in another order than that of their lines. */
static void expect(unsigned threads, int changed, int gone, int damaged) {
  pi_records_look look;
  open_look(&look);
  for (int i = 0; i < FILES; i++) ask(&look, i * 7 % FILES);
  pi_records_look_answer(&look, threads);
  assert_int_equal(look.asked, FILES);
  for (int i = 0; i < FILES; i++) {
    bool wanted = i != changed && i != gone && i != damaged;
    assert_int_equal(look.questions[line_of(i) - records.last].tag, i);
    if (holds(&look, i) != wanted) fail_msg("%u threads: question %d", threads, i);
  }
  pi_records_look_release(&look);
  pi_records_look_release(&look);
  assert_int_equal(look.asked, 0);
  assert_false(holds(&look, 1));
}

static void what_changed_is_told_by_any_number_of_threads(void **state) {
  (void)state;
  enum { CHANGED = 700, GONE = FILES - 1, DAMAGED = 63 };
  for (unsigned threads = 1; threads <= PI_RECORDS_THREADS_MOST + 1; threads++) expect(threads, -1, -1, -1);
  write_file(names[CHANGED], "longer text");
  assert_int_equal(unlinkat(fd, names[GONE], 0), 0);
  text[line_of(DAMAGED)->end - text - 1] ^= 1;
  for (unsigned threads = 1; threads <= 4; threads++) expect(threads, CHANGED, GONE, DAMAGED);
}

static void a_question_that_was_dropped_leaves_nothing(void **state) {
  (void)state;
  pi_records_look look;
  open_look(&look);
  pi_records_look_answer(&look, 1); /* nobody has asked */
  assert_false(holds(&look, 0));
  ask(&look, 1);
  ask(&look, 3);
  pi_records_look_drop(&look);
  ask(&look, 2);
  pi_records_look_answer(&look, 1);
  assert_int_equal(look.asked, 2);
  assert_false(pi_records_look_is_asked(&look, line_of(3)));
  assert_true(holds(&look, 1) && holds(&look, 2));
  assert_false(holds(&look, 3) || holds(&look, 4));
  pi_records_look_release(&look);
}

static void a_list_with_more_files_is_another_one(void **state) {
  (void)state;
  pi_records_look look;
  pi_err err;
  open_look(&look);
  ask(&look, 1);
  look.path_count--; /* the second list is open again */
  assert_int_equal(pi_records_look_file(&look, names[2], &err), 0);
  assert_int_equal(pi_records_look_end_list(&look, &err), 0);
  pi_records_look_answer(&look, 1);
  assert_false(holds(&look, 1));
  pi_records_look_release(&look);
}

static void a_line_of_another_key_or_text_does_not_hold(void **state) {
  (void)state;
  static const struct {
    const char *key, *base, *text;
    bool holds;
  } cases[] = {{"f5", "base", NULL, true},    {"f5", "base", "a\tb", true}, {"f6", "base", NULL, false},
               {"f55", "base", NULL, false},  {"f5", "bas", NULL, false},   {"f5", "base", "a", false},
               {"f5", "base", "a\tc", false}, {"f5", "base", "", false}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    pi_records_look look;
    open_look(&look);
    ask_of(&look, 5, cases[i].key);
    look.base = (pi_records_bytes){cases[i].base, strlen(cases[i].base)};
    if (cases[i].text != NULL) look.text = (pi_records_bytes){cases[i].text, strlen(cases[i].text)};
    pi_records_look_answer(&look, 1);
    if (holds(&look, 5) != cases[i].holds) fail_msg("case %zu", i);
    pi_records_look_release(&look);
  }
}

#define records_test(name) cmocka_unit_test_setup_teardown(name, make_records, release_records)

int main(void) {
  const struct CMUnitTest tests[] = {
      records_test(a_question_that_was_dropped_leaves_nothing),
      records_test(a_list_with_more_files_is_another_one),
      records_test(a_line_of_another_key_or_text_does_not_hold),
      records_test(what_changed_is_told_by_any_number_of_threads),
  };
  return cmocka_run_group_tests(tests, make_files, remove_files);
}
