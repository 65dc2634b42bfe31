/* Sealed lines, found by their keys: see records.h. */
#include "core/records.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/sha256.h"

/* FNV-1a. */
static uint64_t hash_of(const char *key, size_t size) {
  uint64_t hash = 14695981039346656037u;
  for (size_t i = 0; i < size; i++) hash = (hash ^ (unsigned char)key[i]) * 1099511628211u;
  return hash ^ (hash >> 32);
}

static size_t key_size(const pi_records_line *line) { return (size_t)(line->fields - 1 - line->key); }

/* The slot of a key, or the free one where it would be. */
static pi_records_line *slot_of(const pi_records *r, const char *key, size_t size) {
  size_t at = (size_t)hash_of(key, size) & (r->capacity - 1);
  for (;; at = (at + 1) & (r->capacity - 1)) {
    pi_records_line *slot = &r->slots[at];
    if (slot->start == NULL || (key_size(slot) == size && memcmp(slot->key, key, size) == 0)) return slot;
  }
}

/* The table is never more than half full. */
static int grow(pi_records *r, pi_err *err) {
  if (2 * (r->count + 1) <= r->capacity) return 0;
  pi_records larger = {.capacity = r->capacity == 0 ? 64 : 2 * r->capacity, .count = r->count, .lines = r->lines};
  larger.slots = calloc(larger.capacity, sizeof *larger.slots);
  if (larger.slots == NULL) return pi_err_os(err, ENOMEM, "index", "records");
  for (size_t i = 0; i < r->capacity; i++)
    if (r->slots[i].start != NULL) *slot_of(&larger, r->slots[i].key, key_size(&r->slots[i])) = r->slots[i];
  free(r->slots);
  *r = larger;
  return 0;
}

/* Behind the next tab of the line; NULL: it has none. */
static const char *behind_tab(const char *from, const char *end) {
  const char *tab = memchr(from, '\t', (size_t)(end - from));
  return tab != NULL ? tab + 1 : NULL;
}

static bool read_line(pi_records_line *line, const char *start, const char *end) {
  *line = (pi_records_line){.start = start, .end = end};
  line->key = behind_tab(start, end);
  if (line->key == NULL || line->key - start != PI_RECORDS_SUM + 1) return false;
  line->fields = behind_tab(line->key, end);
  return line->fields != NULL && key_size(line) > 0;
}

int pi_records_open(pi_records *r, const char *text, size_t size, pi_err *err) {
  const char *end = text + size, *next;
  *r = (pi_records){0};
  for (const char *start = text; start < end; start = next + 1) {
    pi_records_line line;
    next = memchr(start, '\n', (size_t)(end - start));
    if (next == NULL) next = end;
    if (!read_line(&line, start, next)) continue;
    if (grow(r, err) < 0) return -1;
    pi_records_line *slot = slot_of(r, line.key, key_size(&line));
    r->count += slot->start == NULL;
    r->lines++;
    *slot = line;
  }
  return 0;
}

bool pi_records_find(const pi_records *r, const char *key, size_t size, pi_records_line *line) {
  if (r->count == 0) return false;
  *line = *slot_of(r, key, size);
  return line->start != NULL;
}

bool pi_records_is_whole(const pi_records_line *line) {
  if (line->checked) return line->whole;
  unsigned char digest[PI_SHA256_SIZE];
  char hex[PI_SHA256_HEX_SIZE];
  pi_sha256 hash;
  pi_sha256_init(&hash);
  pi_sha256_update(&hash, line->key, (size_t)(line->end - line->key));
  pi_sha256_final(&hash, digest);
  pi_sha256_hex(digest, hex);
  return memcmp(hex, line->start, PI_RECORDS_SUM) == 0;
}

void pi_records_check(pi_records *r) {
  for (size_t i = 0; i < r->capacity; i++) {
    pi_records_line *line = &r->slots[i];
    if (line->start == NULL) continue;
    line->whole = pi_records_is_whole(line);
    line->checked = true;
  }
}

void pi_records_release(pi_records *r) {
  free(r->slots);
  *r = (pi_records){0};
}
