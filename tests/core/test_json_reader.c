/* JSON reader: what RFC 8259 accepts and refuses, values, and every truncation and byte change of a document. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/json_reader.h"

/* Reads all tokens; the text is copied to a block of exactly its size, so that a sanitizer sees one byte too far. */
static int read_all(const char *text, size_t size, pi_err *err) {
  char *copy = malloc(size > 0 ? size : 1), *plain = malloc(size + 1);
  assert_non_null(copy);
  assert_non_null(plain);
  memcpy(copy, text, size);
  pi_json_reader r;
  pi_json_token token = {.kind = PI_JSON_NULL};
  pi_json_reader_init(&r, copy, size);
  int result = 0;
  while (result == 0 && token.kind != PI_JSON_END) {
    result = pi_json_reader_next(&r, &token, err);
    if (result == 0 && (token.kind == PI_JSON_STRING || token.kind == PI_JSON_KEY))
      assert_true(pi_json_unescape(&token, plain) <= token.size);
  }
  free(copy);
  free(plain);
  return result;
}

static void accepts_what_the_grammar_holds(void **state) {
  (void)state;
  static const char *const texts[] = {"null",
                                      " true ",
                                      "false\n",
                                      "0",
                                      "-0",
                                      "-1.5e+3",
                                      "1E9",
                                      "\"\"",
                                      "\"\\u0000\"",
                                      "[]",
                                      "{}",
                                      "[1,[2,[]],{}]",
                                      "{\"a\":{\"b\":[null]}}",
                                      "\"\\ud83d\\ude00\"",
                                      "\"\xf4\x8f\xbf\xbf\"",
                                      "\t[ 1 , 2 ]\r\n"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    pi_err err = {.message = ""};
    if (read_all(texts[i], strlen(texts[i]), &err) != 0) fail_msg("%s: %s", texts[i], err.message);
  }
}

static void refuses_everything_else(void **state) {
  (void)state;
  static const char *const texts[] = {"",
                                      " ",
                                      "nul",
                                      "nullx",
                                      "True",
                                      "NaN",
                                      "Infinity",
                                      "-Infinity",
                                      "inf",
                                      "0x10",
                                      "01",
                                      "-01",
                                      "+1",
                                      "1.",
                                      ".5",
                                      "1e",
                                      "1e+",
                                      "-",
                                      "1e999",
                                      "[1,]",
                                      "[,1]",
                                      "[1 2]",
                                      "[1",
                                      "]",
                                      "{",
                                      "{\"a\"}",
                                      "{\"a\":}",
                                      "{\"a\":1,}",
                                      "{a:1}",
                                      "{1:2}",
                                      "{\"a\" 1}",
                                      "[1}",
                                      "{\"a\":1]",
                                      "1 2",
                                      "\"",
                                      "\"\\x41\"",
                                      "\"\\u12g4\"",
                                      "\"\\u12",
                                      "\"\\ud800\"",
                                      "\"\\udc00\"",
                                      "\"\\ud800\\u0041\"",
                                      "\"a\nb\"",
                                      "\"\x01\"",
                                      "\"\xff\"",
                                      "\"\xc0\x80\"",
                                      "\"\xed\xa0\x80\"",
                                      "\"\xf4\x90\x80\x80\"",
                                      "\"\xe2\x82\"",
                                      "\xef\xbb\xbf"
                                      "1",
                                      "// c\n1",
                                      "/**/1",
                                      "'a'",
                                      "[1]]"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    pi_err err;
    if (read_all(texts[i], strlen(texts[i]), &err) == 0) fail_msg("accepted: %s", texts[i]);
    assert_string_equal(err.code, "EJSON");
  }
}

static pi_json_token only_token(const char *text) {
  pi_json_reader r;
  pi_json_token token;
  pi_err err;
  pi_json_reader_init(&r, text, strlen(text));
  assert_int_equal(pi_json_reader_next(&r, &token, &err), 0);
  return token;
}

static void integers_keep_their_digits_while_they_fit_64_bits(void **state) {
  (void)state;
  assert_true(only_token("9007199254740993").integer == 9007199254740993);
  assert_true(only_token("9223372036854775807").integer == INT64_MAX);
  assert_true(only_token("-9223372036854775808").integer == INT64_MIN);
  pi_json_token beyond = only_token("9223372036854775808");
  assert_int_equal(beyond.kind, PI_JSON_NUMBER);
  assert_true(beyond.number >= 9.2e18);
  assert_int_equal(only_token("1.0").kind, PI_JSON_NUMBER);
  assert_int_equal(only_token("1e2").kind, PI_JSON_NUMBER);
}

static void unescapes(void **state) {
  (void)state;
  char out[64];
  pi_json_token token = only_token("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20AC\\ud83d\\ude00z\"");
  size_t size = pi_json_unescape(&token, out);
  const char *want = "\"\\/\b\f\n\r\tA\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z";
  assert_int_equal(size, strlen(want));
  assert_memory_equal(out, want, size);
}

static void errors_name_line_and_column(void **state) {
  (void)state;
  pi_err err;
  assert_int_equal(read_all("{\n  \"a\": 1,\n  b\n}", 17, &err), -1);
  assert_string_equal(err.message, "parse JSON: line 3, column 3: key expected");
}

static void depth_is_limited(void **state) {
  (void)state;
  char text[2 * PI_JSON_MAX_DEPTH + 2];
  pi_err err;
  memset(text, '[', PI_JSON_MAX_DEPTH + 1);
  memset(text + PI_JSON_MAX_DEPTH + 1, ']', PI_JSON_MAX_DEPTH + 1);
  assert_int_equal(read_all(text + 1, 2 * PI_JSON_MAX_DEPTH, &err), 0);
  assert_int_equal(read_all(text, 2 * PI_JSON_MAX_DEPTH + 2, &err), -1);
  assert_non_null(strstr(err.message, "nested too deep"));
}

/* Truncated and changed documents are accepted or refused, and never read beyond their end (sanitizers see it). */
static void survives_every_truncation_and_byte(void **state) {
  (void)state;
  const char *document = "{\"a\\u00e9\":[1,-2.5e3,true,null,\"\\ud83d\\ude00\xe2\x82\xac\"],\"b\":{}}";
  size_t size = strlen(document);
  char changed[128];
  pi_err err;
  for (size_t n = 0; n < size; n++) assert_int_equal(read_all(document, n, &err), -1);
  for (size_t i = 0; i < size; i++)
    for (int byte = 0; byte < 256; byte++) {
      memcpy(changed, document, size);
      changed[i] = (char)byte;
      (void)read_all(changed, size, &err);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(accepts_what_the_grammar_holds),
      cmocka_unit_test(refuses_everything_else),
      cmocka_unit_test(integers_keep_their_digits_while_they_fit_64_bits),
      cmocka_unit_test(unescapes),
      cmocka_unit_test(errors_name_line_and_column),
      cmocka_unit_test(depth_is_limited),
      cmocka_unit_test(survives_every_truncation_and_byte),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
