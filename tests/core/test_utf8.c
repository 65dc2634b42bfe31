/* UTF-8: every code point there and back, and the forms that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdbool.h>
#include <string.h>

#include "core/utf8.h"

/* Writes a code point as 1 to 4 bytes; returns their number. */
static size_t encode(char *out, uint32_t code) {
  static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
  unsigned char *byte = (unsigned char *)out;
  size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  for (size_t i = length; i > 1; i--, code >>= 6) byte[i - 1] = (unsigned char)(0x80 | (code & 0x3F));
  byte[0] = (unsigned char)(lead[length] | code);
  return length;
}

static void every_code_point_goes_there_and_back(void **state) {
  (void)state;
  char bytes[4];
  for (uint32_t code = 0; code <= 0x10FFFF; code++) {
    size_t length = encode(bytes, code);
    bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (pi_utf8_length(bytes, length) != (surrogate ? 0 : length)) fail_msg("U+%04X", (unsigned)code);
    if (!surrogate && pi_utf8_decode(bytes, length) != code) fail_msg("U+%04X", (unsigned)code);
    if (pi_utf8_length(bytes, length - 1 > 0 ? length - 1 : 1) != (length > 1 ? 0u : 1u))
      fail_msg("U+%04X cut", (unsigned)code);
  }
}

static void wrong_forms_are_no_characters(void **state) {
  (void)state;
  static const char *const wrong[] = {"\x80",
                                      "\xBF",
                                      "\xC0\x80",
                                      "\xC1\xBF",
                                      "\xE0\x9F\xBF",
                                      "\xED\xA0\x80",
                                      "\xF0\x8F\xBF\xBF",
                                      "\xF4\x90\x80\x80",
                                      "\xF5\x80\x80\x80",
                                      "\xFF",
                                      "\xC3\x41"};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
    assert_int_equal(pi_utf8_length(wrong[i], strlen(wrong[i])), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_code_point_goes_there_and_back),
      cmocka_unit_test(wrong_forms_are_no_characters),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
