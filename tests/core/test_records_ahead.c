/* Records that a thread reads: what is handed out is what reading at once gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/records_ahead.h"

enum { LINES = 2000 };

static char path[64];

/* Lines with right sums, and every hundredth with a wrong one. */
static int make_file(void **state) {
  (void)state;
  const char *tmp = getenv("TMPDIR");
  (void)snprintf(path, sizeof path, "%s/records-ahead-XXXXXX", tmp != NULL && strlen(tmp) < 32 ? tmp : "/tmp");
  int fd = mkstemp(path);
  FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
  if (file == NULL) return -1;
  for (int i = 0; i < LINES; i++) {
    unsigned char digest[PI_SHA256_SIZE];
    char rest[64], hex[PI_SHA256_HEX_SIZE];
    pi_sha256 hash;
    (void)snprintf(rest, sizeof rest, "key%d\tfield", i);
    pi_sha256_init(&hash);
    pi_sha256_update(&hash, rest, strlen(rest));
    pi_sha256_final(&hash, digest);
    pi_sha256_hex(digest, hex);
    (void)fprintf(file, "%.16s\t%s%s\n", hex, rest, i % 100 == 0 ? "!" : "");
  }
  return fclose(file);
}

static int remove_file(void **state) {
  (void)state;
  return unlink(path);
}

static void what_was_read_is_handed_out(void **state) {
  (void)state;
  pi_records_ahead *ahead;
  pi_records records;
  pi_fs_bytes bytes;
  pi_fs_stat stat;
  pi_err err;
  assert_int_equal(pi_records_ahead_start(&ahead, path, &err), 0);
  assert_int_equal(pi_records_ahead_take(ahead, &records, &bytes, &stat, &err), 0);
  assert_int_equal(stat.size, bytes.size);
  assert_int_equal(records.count, LINES);
  for (int i = 0; i < LINES; i++) {
    char key[32];
    int size = snprintf(key, sizeof key, "key%d", i);
    const pi_records_line *line = pi_records_find(&records, key, (size_t)size);
    assert_non_null(line);
    assert_true(line->checked);
    pi_records_line unseen = *line;
    unseen.checked = false;
    assert_int_equal(pi_records_is_whole(line), i % 100 != 0);
    assert_int_equal(pi_records_is_whole(&unseen), i % 100 != 0);
  }
  pi_records_release(&records);
  pi_fs_bytes_release(&bytes);
}

static void what_nobody_takes_is_released(void **state) {
  (void)state;
  pi_records_ahead *ahead;
  pi_err err;
  assert_int_equal(pi_records_ahead_start(&ahead, path, &err), 0);
  pi_records_ahead_release(ahead);
  pi_records_ahead_release(NULL);
}

static void a_failure_is_told_when_it_is_taken(void **state) {
  (void)state;
  pi_records_ahead *ahead;
  pi_records records;
  pi_fs_bytes bytes;
  pi_fs_stat stat;
  pi_err err;
  assert_int_equal(pi_records_ahead_start(&ahead, "/no/such/file", &err), 0);
  assert_int_equal(pi_records_ahead_take(ahead, &records, &bytes, &stat, &err), -1);
  assert_string_equal(err.code, "ENOENT");
  assert_non_null(strstr(err.message, "/no/such/file"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_was_read_is_handed_out),
      cmocka_unit_test(what_nobody_takes_is_released),
      cmocka_unit_test(a_failure_is_told_when_it_is_taken),
  };
  return cmocka_run_group_tests(tests, make_file, remove_file);
}
