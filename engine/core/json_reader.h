/* Reads JSON text (RFC 8259) token by token, strictly: nothing is accepted that the grammar does not hold.
 *
 *   pi_json_reader r;
 *   pi_json_token t;
 *   pi_json_reader_init(&r, text, size);
 *   do {
 *     if (pi_json_reader_next(&r, &t, &err) < 0) ...      "parse JSON: line 3, column 7: <reason>", EJSON
 *   } while (t.kind != PI_JSON_END);
 *
 * Commas and colons are checked here and not reported. In an object keys (PI_JSON_KEY) and values take turns.
 * Refused, because two readers could take them for different things: text that is not UTF-8 or starts with a byte
 * order mark, lone surrogates, numbers beyond the range of a double, more than PI_JSON_MAX_DEPTH levels, and what
 * many readers tolerate (NaN, 0x10, 01, +1, 1., trailing commas, comments). An integer that does not fit 64 bits is a
 * PI_JSON_NUMBER. Duplicate keys are left to the caller, who knows the keys.
 * A reader owns no memory; tokens point into the text. */
#ifndef PIENV_CORE_JSON_READER_H
#define PIENV_CORE_JSON_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

#define PI_JSON_MAX_DEPTH 128

typedef enum pi_json_kind {
  PI_JSON_END,
  PI_JSON_NULL,
  PI_JSON_FALSE,
  PI_JSON_TRUE,
  PI_JSON_INTEGER,
  PI_JSON_NUMBER,
  PI_JSON_STRING,
  PI_JSON_KEY,
  PI_JSON_ARRAY_BEGIN,
  PI_JSON_ARRAY_END,
  PI_JSON_OBJECT_BEGIN,
  PI_JSON_OBJECT_END,
} pi_json_kind;

typedef struct pi_json_token {
  pi_json_kind kind;
  int64_t integer;  /* PI_JSON_INTEGER */
  double number;    /* PI_JSON_NUMBER */
  const char *text; /* PI_JSON_STRING, PI_JSON_KEY: what stands between the quotes, escapes and all */
  size_t size;
  bool escaped; /* does the text hold escapes? Then pi_json_unescape makes it plain. */
} pi_json_token;

typedef struct pi_json_reader {
  const char *text, *at, *end;
  size_t depth;
  bool in_object[PI_JSON_MAX_DEPTH + 1]; /* of each open level */
  int expect;                            /* what may come next: private to json_reader.c */
} pi_json_reader;

void pi_json_reader_init(pi_json_reader *r, const char *text, size_t size);

/* The next token; PI_JSON_END once the one value is complete and only white space follows. After an error the reader
 * must not be used again. */
int pi_json_reader_next(pi_json_reader *r, pi_json_token *token, pi_err *err);

/* Fails at the place that was read last with `reason`: for what only the caller can check. Returns -1. */
int pi_json_reader_fail(const pi_json_reader *r, const char *reason, pi_err *err);

/* Writes the plain text of a string or key token into `out`, which holds token->size bytes; returns its length, which
 * is never more. The token came from a reader, so that its escapes are known to be right. */
size_t pi_json_unescape(const pi_json_token *token, char *out);

#endif
