/* libFuzzer: the JSON reader on any bytes. Strings are unescaped into a block of exactly the promised size. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/json_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void unescape(const pi_json_token *token) {
  char *plain = malloc(token->size > 0 ? token->size : 1);
  if (plain == NULL || pi_json_unescape(token, plain) > token->size) abort();
  free(plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  pi_json_reader r;
  pi_json_token token;
  pi_err err;
  pi_json_reader_init(&r, (const char *)bytes, size);
  do {
    if (pi_json_reader_next(&r, &token, &err) < 0) return 0;
    if (token.kind == PI_JSON_STRING || token.kind == PI_JSON_KEY) unescape(&token);
  } while (token.kind != PI_JSON_END);
  return 0;
}
