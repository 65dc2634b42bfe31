/* JSON, strictly: see json_reader.h. */
#include "core/json_reader.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/utf8.h"

/* What may come next. */
enum { VALUE, VALUE_OR_CLOSE, KEY, KEY_OR_CLOSE, COMMA_OR_CLOSE, NOTHING };

enum { LONGEST_NUMBER = 1100 }; /* more digits than any double needs: longer ones are refused */

void pi_json_reader_init(pi_json_reader *r, const char *text, size_t size) {
  memset(r, 0, sizeof *r);
  r->text = r->at = text;
  r->end = text + size;
  r->expect = VALUE;
}

int pi_json_reader_fail(const pi_json_reader *r, const char *reason, pi_err *err) {
  size_t line = 1;
  const char *start = r->text;
  for (const char *c = r->text; c < r->at; c++)
    if (*c == '\n') {
      line++;
      start = c + 1;
    }
  return pi_err_set(err, "EJSON", "parse JSON: line %zu, column %zu: %s", line, (size_t)(r->at - start) + 1, reason);
}

static void skip_space(pi_json_reader *r) {
  while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r')) r->at++;
}

/* The byte at the reader, or -1 at the end. */
static int peek(const pi_json_reader *r) { return r->at < r->end ? (unsigned char)*r->at : -1; }

static int hex_value(int c) {
  if (c >= '0' && c <= '9') return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The value of four hexadecimal digits, or -1. */
static long hex4(const char *at, const char *end) {
  long value = 0;
  if (end - at < 4) return -1;
  for (int i = 0; i < 4; i++) {
    int digit = hex_value((unsigned char)at[i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

/* After a backslash: skips the escape. */
static int skip_escape(pi_json_reader *r, pi_err *err) {
  int c = peek(r);
  if (c > 0 && strchr("\"\\/bfnrt", c) != NULL) {
    r->at++;
    return 0;
  }
  if (c != 'u') return pi_json_reader_fail(r, "unknown escape in string", err);
  long code = hex4(r->at + 1, r->end);
  if (code < 0) return pi_json_reader_fail(r, "\\u needs four hexadecimal digits", err);
  bool high = code >= 0xD800 && code <= 0xDBFF;
  if (code >= 0xDC00 && code <= 0xDFFF) return pi_json_reader_fail(r, "lone surrogate in string", err);
  r->at += 5;
  if (!high) return 0;
  long low = r->end - r->at >= 6 && r->at[0] == '\\' && r->at[1] == 'u' ? hex4(r->at + 2, r->end) : -1;
  if (low < 0xDC00 || low > 0xDFFF) return pi_json_reader_fail(r, "lone surrogate in string", err);
  r->at += 6;
  return 0;
}

/* At the opening quote. */
static int read_string(pi_json_reader *r, pi_json_kind kind, pi_json_token *token, pi_err *err) {
  const char *start = ++r->at;
  bool escaped = false;
  for (int c; (c = peek(r)) != '"';) {
    if (c < 0) return pi_json_reader_fail(r, "string without an end", err);
    if (c < 0x20) return pi_json_reader_fail(r, "control character in string", err);
    if (c < 0x80 && c != '\\') { /* most bytes of most strings */
      r->at++;
      continue;
    }
    if (c == '\\') {
      escaped = true;
      r->at++;
      if (skip_escape(r, err) < 0) return -1;
      continue;
    }
    size_t length = pi_utf8_length(r->at, (size_t)(r->end - r->at));
    if (length == 0) return pi_json_reader_fail(r, "string is not UTF-8", err);
    r->at += length;
  }
  *token = (pi_json_token){.kind = kind, .text = start, .size = (size_t)(r->at - start), .escaped = escaped};
  r->at++;
  return 0;
}

static size_t skip_digits(pi_json_reader *r) {
  const char *start = r->at;
  while (r->at < r->end && *r->at >= '0' && *r->at <= '9') r->at++;
  return (size_t)(r->at - start);
}

/* Skips the number at the reader; *integer tells whether it has neither fraction nor exponent. */
static int skip_number(pi_json_reader *r, bool *integer, pi_err *err) {
  if (peek(r) == '-') r->at++;
  bool zero = peek(r) == '0';
  size_t digits = skip_digits(r);
  if (digits == 0 || (zero && digits > 1)) return pi_json_reader_fail(r, "invalid number", err);
  *integer = true;
  if (peek(r) == '.') {
    *integer = false;
    r->at++;
    if (skip_digits(r) == 0) return pi_json_reader_fail(r, "digit expected after '.'", err);
  }
  if (peek(r) == 'e' || peek(r) == 'E') {
    *integer = false;
    r->at++;
    if (peek(r) == '+' || peek(r) == '-') r->at++;
    if (skip_digits(r) == 0) return pi_json_reader_fail(r, "digit expected in exponent", err);
  }
  return 0;
}

static int read_number(pi_json_reader *r, pi_json_token *token, pi_err *err) {
  const char *start = r->at;
  char copy[LONGEST_NUMBER + 1]; /* ends with a NUL, as the text need not */
  bool integer = false;
  if (skip_number(r, &integer, err) < 0) return -1;
  size_t size = (size_t)(r->at - start);
  if (size > LONGEST_NUMBER) return pi_json_reader_fail(r, "number is too long", err);
  memcpy(copy, start, size);
  copy[size] = '\0';
  *token = (pi_json_token){.kind = PI_JSON_INTEGER};
  errno = 0;
  if (integer) token->integer = strtoll(copy, NULL, 10);
  if (integer && errno == 0) return 0;
  token->kind = PI_JSON_NUMBER;
  token->number = strtod(copy, NULL);
  if (!isfinite(token->number)) return pi_json_reader_fail(r, "number out of range", err);
  return 0;
}

static int read_word(pi_json_reader *r, pi_json_token *token, pi_err *err) {
  static const struct {
    const char *text;
    pi_json_kind kind;
  } words[] = {{"null", PI_JSON_NULL}, {"false", PI_JSON_FALSE}, {"true", PI_JSON_TRUE}};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    size_t size = strlen(words[i].text);
    if ((size_t)(r->end - r->at) < size || memcmp(r->at, words[i].text, size) != 0) continue;
    r->at += size;
    *token = (pi_json_token){.kind = words[i].kind};
    return 0;
  }
  return pi_json_reader_fail(r, r->at == r->end ? "unexpected end of text" : "value expected", err);
}

static int open_level(pi_json_reader *r, bool object, pi_json_token *token, pi_err *err) {
  if (r->depth == PI_JSON_MAX_DEPTH) return pi_json_reader_fail(r, "nested too deep", err);
  r->in_object[++r->depth] = object;
  r->expect = object ? KEY_OR_CLOSE : VALUE_OR_CLOSE;
  r->at++;
  *token = (pi_json_token){.kind = object ? PI_JSON_OBJECT_BEGIN : PI_JSON_ARRAY_BEGIN};
  return 0;
}

static void after_value(pi_json_reader *r) { r->expect = r->depth > 0 ? COMMA_OR_CLOSE : NOTHING; }

static int close_level(pi_json_reader *r, pi_json_token *token) {
  *token = (pi_json_token){.kind = r->in_object[r->depth] ? PI_JSON_OBJECT_END : PI_JSON_ARRAY_END};
  r->depth--;
  r->at++;
  after_value(r);
  return 0;
}

static int read_value(pi_json_reader *r, pi_json_token *token, pi_err *err) {
  int c = peek(r);
  if (c == '{' || c == '[') return open_level(r, c == '{', token, err);
  after_value(r);
  if (c == '"') return read_string(r, PI_JSON_STRING, token, err);
  if (c == '-' || (c >= '0' && c <= '9')) return read_number(r, token, err);
  return read_word(r, token, err);
}

static int read_key(pi_json_reader *r, pi_json_token *token, pi_err *err) {
  if (peek(r) != '"') return pi_json_reader_fail(r, "key expected", err);
  if (read_string(r, PI_JSON_KEY, token, err) < 0) return -1;
  skip_space(r);
  if (peek(r) != ':') return pi_json_reader_fail(r, "':' expected", err);
  r->at++;
  r->expect = VALUE;
  return 0;
}

int pi_json_reader_next(pi_json_reader *r, pi_json_token *token, pi_err *err) {
  skip_space(r);
  int c = peek(r);
  bool object = r->depth > 0 && r->in_object[r->depth];
  if (r->expect == NOTHING) {
    if (c >= 0) return pi_json_reader_fail(r, "end of text expected", err);
    *token = (pi_json_token){.kind = PI_JSON_END};
    return 0;
  }
  bool may_close = r->expect == VALUE_OR_CLOSE || r->expect == KEY_OR_CLOSE || r->expect == COMMA_OR_CLOSE;
  if (may_close && c == (object ? '}' : ']')) return close_level(r, token);
  if (r->expect == COMMA_OR_CLOSE) {
    if (c != ',') return pi_json_reader_fail(r, object ? "',' or '}' expected" : "',' or ']' expected", err);
    r->at++;
    r->expect = object ? KEY : VALUE;
    skip_space(r);
  }
  if (r->expect == KEY || r->expect == KEY_OR_CLOSE) return read_key(r, token, err);
  return read_value(r, token, err);
}

/* What the escape backslash `name` stands for. */
static char plain_byte(char name) {
  switch (name) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return name;
  }
}

size_t pi_json_unescape(const pi_json_token *token, char *out) {
  const char *at = token->text, *end = at + token->size;
  char *start = out;
  while (at < end) {
    if (*at != '\\') {
      *out++ = *at++;
      continue;
    }
    if (at[1] != 'u') {
      *out++ = plain_byte(at[1]);
      at += 2;
      continue;
    }
    uint32_t code = (uint32_t)hex4(at + 2, end);
    at += 6;
    if (code >= 0xD800 && code <= 0xDBFF) { /* the reader has seen its other half */
      code = 0x10000 + ((code - 0xD800) << 10) + ((uint32_t)hex4(at + 2, end) - 0xDC00);
      at += 6;
    }
    out += pi_utf8_encode(out, code);
  }
  return (size_t)(out - start);
}
