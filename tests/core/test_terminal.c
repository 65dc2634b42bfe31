/* Terminals: a pseudo-terminal's size, what is none, and text that cannot drive one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/terminal.h"

static void a_terminal_tells_its_size(void **state) {
  (void)state;
  struct winsize size = {.ws_col = 132, .ws_row = 43};
  int columns = 0, rows = 0, terminal = posix_openpt(O_RDWR | O_NOCTTY);
  pi_err err;
  assert_true(terminal >= 0);
  assert_true(pi_terminal_is_tty(terminal));
  assert_int_equal(pi_terminal_size(&columns, &rows, terminal, &err), -1);
  assert_string_equal(err.code, "ENODATA");
  assert_int_equal(ioctl(terminal, TIOCSWINSZ, &size), 0);
  assert_int_equal(pi_terminal_size(&columns, &rows, terminal, &err), 0);
  assert_int_equal(columns, 132);
  assert_int_equal(rows, 43);
  assert_int_equal(close(terminal), 0);
}

static void a_file_is_no_terminal(void **state) {
  (void)state;
  int columns, rows, fd = open("/dev/null", O_RDONLY);
  pi_err err;
  assert_true(fd >= 0);
  assert_false(pi_terminal_is_tty(fd));
  assert_true(pi_terminal_is_ours(fd));
  assert_int_equal(pi_terminal_size(&columns, &rows, fd, &err), -1);
  assert_string_equal(err.code, "ENOTTY");
  assert_int_equal(close(fd), 0);
  assert_false(pi_terminal_is_tty(fd));
}

static void assert_sanitized(const char *text, const char *want) {
  char out[256];
  size_t size = pi_terminal_sanitize(out, text, strlen(text));
  assert_int_equal(size, strlen(want));
  assert_memory_equal(out, want, size);
}

static void assert_clipped(const char *text, int columns, const char *want, int want_used) {
  int used = -1;
  size_t size = pi_terminal_clip(&used, text, strlen(text), columns);
  assert_int_equal(size, strlen(want));
  assert_memory_equal(text, want, size);
  assert_int_equal(used, want_used);
}

static void text_is_clipped_by_columns(void **state) {
  (void)state;
  assert_clipped("plain", 3, "pla", 3);
  assert_clipped("plain", 5, "plain", 5);
  assert_clipped("plain", 0, "", 0);
  assert_clipped("", 9, "", 0);
  assert_clipped("\xe6\xbc\xa2\xe5\xad\x97", 3, "\xe6\xbc\xa2", 2); /* wide: two columns each */
  assert_clipped("e\xcc\x81tude", 1, "e\xcc\x81", 1);               /* a combining accent: none */
  assert_clipped("\xf0\x9f\x98\x80", 1, "", 0);                     /* an emoji */
  assert_clipped("\xff\xff", 3, "\xff", 2);                         /* no characters: rather too wide */
}

static void text_cannot_drive_a_terminal(void **state) {
  (void)state;
  assert_sanitized("plain \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 C:\\x\tend",
                   "plain \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 C:\\x\tend");
  assert_sanitized("\033[2Jgone\033]0;title\007", "\\x1b[2Jgone\\x1b]0;title\\x07");
  assert_sanitized("a\nb\rc\177\b", "a\\nb\\rc\\x7f\\x08");
  assert_sanitized(
      "\xc2\x9b"
      "31m",
      "\\u{9b}31m"); /* CSI as a C1 character */
  assert_sanitized(
      "\x9b"
      "31m \xff \xc3",
      "\\x9b31m \\xff \\xc3"); /* bytes that are not UTF-8 */
  assert_sanitized(
      "txt.\xe2\x80\xae"
      "exe\xe2\x81\xa6",
      "txt.\\u{202e}exe\\u{2066}");
}

/* The promise of PI_TERMINAL_GROWTH, and that no control byte comes out, for every pair of bytes. */
static void every_pair_of_bytes_is_safe(void **state) {
  (void)state;
  for (int first = 0; first < 256; first++)
    for (int second = 0; second < 256; second++) {
      char pair[2] = {(char)first, (char)second}, out[2 * PI_TERMINAL_GROWTH];
      size_t size = pi_terminal_sanitize(out, pair, 2);
      assert_true(size >= 2 && size <= sizeof out);
      for (size_t i = 0; i < size; i++)
        assert_true(out[i] == '\t' || ((unsigned char)out[i] >= 0x20 && (unsigned char)out[i] != 0x7F));
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_terminal_tells_its_size),   cmocka_unit_test(a_file_is_no_terminal),
      cmocka_unit_test(text_is_clipped_by_columns),  cmocka_unit_test(text_cannot_drive_a_terminal),
      cmocka_unit_test(every_pair_of_bytes_is_safe),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
