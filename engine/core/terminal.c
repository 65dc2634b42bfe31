/* Terminals: see terminal.h. */
#include "core/terminal.h"

#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "core/utf8.h"

bool pi_terminal_is_tty(int fd) { return isatty(fd) == 1; }

bool pi_terminal_is_ours(int fd) {
  pid_t foreground = tcgetpgrp(fd);
  return foreground < 0 || foreground == getpgrp();
}

int pi_terminal_size(int *columns, int *rows, int fd, pi_err *err) {
  struct winsize size;
  char what[32];
  (void)snprintf(what, sizeof what, "descriptor %d", fd);
  if (ioctl(fd, TIOCGWINSZ, &size) < 0) return pi_err_os(err, errno, "measure", what);
  if (size.ws_col == 0 || size.ws_row == 0) return pi_err_os(err, ENODATA, "measure", what);
  *columns = size.ws_col;
  *rows = size.ws_row;
  return 0;
}

/* C0 controls but the tab, DEL and the C1 controls. */
static bool is_control(uint32_t code) { return (code < 0x20 && code != '\t') || (code >= 0x7F && code < 0xA0); }

static bool reorders(uint32_t code) { return (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069); }

/* Writes an escape for the `length` bytes at `text` (0: one byte that is no character); returns its size. */
static size_t put_escape(char *out, const char *text, size_t length) {
  char escape[16];
  uint32_t code = length > 0 ? pi_utf8_decode(text, length) : (unsigned char)*text;
  int size;
  if (length > 1)
    size = snprintf(escape, sizeof escape, "\\u{%x}", (unsigned)code);
  else if (code == '\n' || code == '\r')
    size = snprintf(escape, sizeof escape, "\\%c", code == '\n' ? 'n' : 'r');
  else
    size = snprintf(escape, sizeof escape, "\\x%02x", (unsigned)code);
  memcpy(out, escape, (size_t)size);
  return (size_t)size;
}

size_t pi_terminal_sanitize(char *out, const char *text, size_t size) {
  char *start = out;
  for (size_t i = 0; i < size;) {
    size_t length = pi_utf8_length(text + i, size - i);
    uint32_t code = length > 0 ? pi_utf8_decode(text + i, length) : 0;
    if (length == 0 || is_control(code) || reorders(code)) {
      out += put_escape(out, text + i, length);
    } else {
      memcpy(out, text + i, length);
      out += length;
    }
    i += length > 0 ? length : 1;
  }
  return (size_t)(out - start);
}

/* The C library knows widths in a UTF-8 locale only; the program's own locale stays as it is. */
static int width_of(uint32_t code) {
  enum { UNKNOWN = 2 };
  static locale_t utf8;
  static bool asked;
  if (code < 0x7F) return 1;
  if (!asked) utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
  asked = true;
  if (utf8 == (locale_t)0) return UNKNOWN;
  locale_t before = uselocale(utf8);
  int width = wcwidth((wchar_t)code);
  (void)uselocale(before);
  return width >= 0 ? width : UNKNOWN;
}

size_t pi_terminal_clip(int *used, const char *text, size_t size, int columns) {
  size_t i = 0;
  *used = 0;
  while (i < size) {
    size_t length = pi_utf8_length(text + i, size - i);
    int width = width_of(length > 0 ? pi_utf8_decode(text + i, length) : 0x7F);
    if (width > columns - *used) break;
    *used += width;
    i += length > 0 ? length : 1;
  }
  return i;
}
