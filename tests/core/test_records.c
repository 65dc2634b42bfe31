/* Sealed lines: which are found, which count, what a damaged one is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/records.h"
#include "core/sha256.h"

/* Writes "SUM <tab> rest <lf>"; returns its size. */
static size_t seal(char *out, size_t room, const char *rest) {
  unsigned char digest[PI_SHA256_SIZE];
  char hex[PI_SHA256_HEX_SIZE];
  pi_sha256 hash;
  pi_sha256_init(&hash);
  pi_sha256_update(&hash, rest, strlen(rest));
  pi_sha256_final(&hash, digest);
  pi_sha256_hex(digest, hex);
  return (size_t)snprintf(out, room, "%.16s\t%s\n", hex, rest);
}

static void the_last_line_of_a_key_counts(void **state) {
  (void)state;
  char text[512] = "header\n\n";
  size_t size = strlen(text);
  pi_records r;
  pi_err err;
  size += seal(text + size, sizeof text - size, "a\told");
  size += seal(text + size, sizeof text - size, "b\tx\ty");
  size += seal(text + size, sizeof text - size, "a\tnew");
  assert_int_equal(pi_records_open(&r, text, size, &err), 0);
  assert_int_equal(r.count, 2);
  assert_int_equal(r.lines, 3);
  const pi_records_line *line = pi_records_find(&r, "a", 1);
  assert_non_null(line);
  assert_true(pi_records_is_whole(line));
  assert_memory_equal(line->fields, "new\n", 4);
  assert_null(pi_records_find(&r, "c", 1));
  assert_null(pi_records_find(&r, "", 0));
  pi_records_release(&r);
  pi_records_release(&r);
  assert_null(pi_records_find(&r, "a", 1));
  assert_null(pi_records_guess(&r, "a", 1));
}

static void a_changed_byte_is_noticed(void **state) {
  (void)state;
  char text[64];
  size_t size = seal(text, sizeof text, "key\tfield");
  for (size_t i = 0; i + 1 < size; i++) { /* but for the line feed */
    pi_records r;
    pi_err err;
    text[i] ^= 1;
    assert_int_equal(pi_records_open(&r, text, size, &err), 0);
    const pi_records_line *line = pi_records_find(&r, "key", 3);
    if (line != NULL && pi_records_is_whole(line)) fail_msg("byte %zu", i);
    text[i] ^= 1;
    pi_records_release(&r);
  }
}

/* Every beginning of a text: no byte behind it is read (a sanitizer would tell), and only whole lines are whole. */
static void a_torn_line_is_none_or_damaged(void **state) {
  (void)state;
  char text[64];
  size_t size = seal(text, sizeof text, "key\tfield") - 1;
  for (size_t i = 0; i <= size; i++) {
    char *torn = malloc(i > 0 ? i : 1);
    assert_non_null(torn);
    memcpy(torn, text, i);
    pi_records r;
    pi_err err;
    assert_int_equal(pi_records_open(&r, torn, i, &err), 0);
    const pi_records_line *line = pi_records_find(&r, "key", 3);
    assert_int_equal(line != NULL && pi_records_is_whole(line), i == size);
    pi_records_release(&r);
    free(torn);
  }
}

static void thousands_of_keys_are_told_apart(void **state) {
  (void)state;
  enum { KEYS = 5000, ROOM = KEYS * 40 };
  char *text = malloc(ROOM), rest[32];
  assert_non_null(text);
  size_t size = 0;
  pi_records r;
  pi_err err;
  for (int i = 0; i < KEYS; i++) {
    (void)snprintf(rest, sizeof rest, "s%d\t%d", i, i * 7);
    size += seal(text + size, ROOM - size, rest);
  }
  assert_int_equal(pi_records_open(&r, text, size, &err), 0);
  assert_int_equal(r.count, KEYS);
  for (int i = 0; i < KEYS; i++) {
    int length = snprintf(rest, sizeof rest, "s%d", i);
    const pi_records_line *line = pi_records_find(&r, rest, (size_t)length);
    assert_non_null(line);
    assert_int_equal(strtol(line->fields, NULL, 10), i * 7);
    assert_ptr_equal(pi_records_guess(&r, rest, (size_t)length), line);
  }
  pi_records_release(&r);
  free(text);
}

/* The hash of these two keys is the same as far as a small index looks at it. */
static void keys_with_one_hash_are_told_apart(void **state) {
  (void)state;
  static const char first[] = "key300189", second[] = "key3045541";
  char text[128];
  size_t size = seal(text, sizeof text, "key300189\tone");
  size += seal(text + size, sizeof text - size, "key3045541\ttwo");
  pi_records r;
  pi_err err;
  assert_int_equal(pi_records_open(&r, text, size, &err), 0);
  assert_int_equal(r.count, 2);
  const pi_records_line *one = pi_records_find(&r, first, strlen(first));
  const pi_records_line *two = pi_records_find(&r, second, strlen(second));
  assert_memory_equal(one->fields, "one", 3);
  assert_memory_equal(two->fields, "two", 3);
  const pi_records_line *guess = pi_records_guess(&r, second, strlen(second));
  assert_ptr_equal(guess, one);
  assert_true(pi_records_is_of(guess, first, strlen(first)));
  assert_false(pi_records_is_of(guess, second, strlen(second)));
  pi_records_release(&r);
}

static void lines_that_are_no_records_take_no_room(void **state) {
  (void)state;
  char text[4096];
  pi_records r;
  pi_err err;
  memset(text, '\n', sizeof text);
  assert_int_equal(pi_records_open(&r, text, sizeof text, &err), 0);
  assert_int_equal(r.count, 0);
  assert_true(r.capacity <= 512);
  assert_null(pi_records_find(&r, "", 0));
  pi_records_release(&r);
  /* As many keys as there can be in so many bytes. */
  for (size_t at = 0, i = 0; i < 93; i++, at += 20)
    (void)snprintf(text + at, 21, "0123456789abcdef\t%c\t\n", (char)(' ' + i));
  assert_int_equal(pi_records_open(&r, text, 93 * 20, &err), 0);
  assert_int_equal(r.count, 93);
  pi_records_release(&r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_last_line_of_a_key_counts),     cmocka_unit_test(a_changed_byte_is_noticed),
      cmocka_unit_test(a_torn_line_is_none_or_damaged),    cmocka_unit_test(thousands_of_keys_are_told_apart),
      cmocka_unit_test(keys_with_one_hash_are_told_apart), cmocka_unit_test(lines_that_are_no_records_take_no_room),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
