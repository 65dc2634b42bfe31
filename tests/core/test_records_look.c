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
static char lines[FILES][LINE];

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

static void write_file(const char *name, const char *text) {
  int file = openat(fd, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  assert_true(file >= 0);
  assert_int_equal(write(file, text, strlen(text)), (ssize_t)strlen(text));
  (void)close(file);
}

/* "SUM <tab> key <tab> field" */
static void seal(char *line, const char *key) {
  char rest[LINE / 2], hex[PI_SHA256_HEX_SIZE];
  (void)snprintf(rest, sizeof rest, "%s\tfield", key);
  pi_sha256 hash;
  pi_sha256_init(&hash);
  pi_sha256_update(&hash, rest, strlen(rest));
  hex_of(&hash, hex);
  (void)snprintf(line, LINE, "%.16s\t%s", hex, rest);
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
    seal(lines[i], names[i]);
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

static void ask(pi_records_look *look, int i) {
  pi_err err;
  const char *line = lines[i];
  pi_records_question q = {.prints = prints[i], .digits = DIGITS, .tag = (size_t)i};
  q.line = (pi_records_line){.start = line, .key = line + PI_RECORDS_SUM + 1, .end = line + strlen(line)};
  assert_int_equal(pi_records_look_ask(look, &q, &err), 0);
  assert_int_equal(pi_records_look_file(look, names[i], &err), 0);
  assert_int_equal(pi_records_look_end_list(look, &err), 0);
  assert_int_equal(pi_records_look_end_list(look, &err), 0);
}

/* All but those whose number is in the list must hold. */
static void expect(unsigned threads, int changed, int gone, int damaged) {
  pi_records_look look;
  pi_records_look_init(&look, fd, 2);
  for (int i = 0; i < FILES; i++) ask(&look, i);
  pi_records_look_answer(&look, threads);
  assert_int_equal(look.count, FILES);
  for (int i = 0; i < FILES; i++) {
    bool wanted = i != changed && i != gone && i != damaged;
    assert_int_equal(look.questions[i].tag, i);
    if (look.questions[i].holds != wanted) fail_msg("%u threads: question %d", threads, i);
  }
  pi_records_look_release(&look);
  pi_records_look_release(&look);
  assert_int_equal(look.count, 0);
}

static void what_changed_is_told_by_any_number_of_threads(void **state) {
  (void)state;
  enum { CHANGED = 700, GONE = FILES - 1, DAMAGED = 63 };
  for (unsigned threads = 1; threads <= PI_RECORDS_THREADS_MOST + 1; threads++) expect(threads, -1, -1, -1);
  write_file(names[CHANGED], "longer text");
  assert_int_equal(unlinkat(fd, names[GONE], 0), 0);
  lines[DAMAGED][strlen(lines[DAMAGED]) - 1] ^= 1;
  for (unsigned threads = 1; threads <= 4; threads++) expect(threads, CHANGED, GONE, DAMAGED);
}

static void a_question_that_was_dropped_leaves_nothing(void **state) {
  (void)state;
  pi_records_look look;
  pi_err err;
  pi_records_look_init(&look, fd, 2);
  ask(&look, 1);
  pi_records_question q = {.prints = "x", .digits = 1};
  assert_int_equal(pi_records_look_ask(&look, &q, &err), 0);
  assert_int_equal(pi_records_look_file(&look, "none", &err), 0);
  pi_records_look_drop(&look);
  ask(&look, 2);
  pi_records_look_answer(&look, 1);
  assert_int_equal(look.count, 2);
  assert_true(look.questions[0].holds && look.questions[1].holds);
  pi_records_look_release(&look);
}

static void a_list_with_more_files_is_another_one(void **state) {
  (void)state;
  pi_records_look look;
  pi_err err;
  pi_records_look_init(&look, fd, 2);
  ask(&look, 1);
  look.path_count--; /* the second list is open again */
  assert_int_equal(pi_records_look_file(&look, names[2], &err), 0);
  assert_int_equal(pi_records_look_end_list(&look, &err), 0);
  pi_records_look_answer(&look, 1);
  assert_false(look.questions[0].holds);
  pi_records_look_release(&look);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_question_that_was_dropped_leaves_nothing),
      cmocka_unit_test(a_list_with_more_files_is_another_one),
      cmocka_unit_test(what_changed_is_told_by_any_number_of_threads),
  };
  return cmocka_run_group_tests(tests, make_files, remove_files);
}
