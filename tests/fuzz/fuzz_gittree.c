/* libFuzzer: a delta of a pack (engine/core/gittree_delta.c) and a memory of a clean work tree
 * (engine/core/gittree_memo.c) from any bytes: read or refused, nothing else. The key of the memory and its start are
 * right, so that the records are reached. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/gittree_object.h"
#include "core/gittree_work.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void apply_delta(const uint8_t *bytes, size_t size) {
  char text[] = "0123456789";
  const pi_gittree_object base = {PI_GITTREE_BLOB, text, 10};
  pi_gittree_object object;
  if (pi_gittree_delta_apply(&object, &base, bytes, size)) free(object.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static const char start[16] = "pienv-gittree-2";
  static pi_gittree_work work;
  const unsigned char key[PI_SHA256_SIZE] = {0};
  char *memory = malloc(sizeof start + sizeof key + size);
  if (memory == NULL) abort();
  apply_delta(bytes, size);
  memcpy(memory, start, sizeof start);
  memcpy(memory + sizeof start, key, sizeof key);
  if (size > 0) memcpy(memory + sizeof start + sizeof key, bytes, size);
  bool fits = pi_gittree_memo_check(key, memory, sizeof start + sizeof key + size, AT_FDCWD, &work);
  if (size == 0 && !fits) abort();
  free(memory);
  return 0;
}
