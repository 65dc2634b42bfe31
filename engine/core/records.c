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
  return hash ^ (hash >> 29);
}

static size_t key_size(const pi_records_line *line) { return (size_t)(line->fields - 1 - line->key); }

bool pi_records_is_of(const pi_records_line *line, const char *key, size_t size) {
  return key_size(line) == size && memcmp(line->key, key, size) == 0;
}

/* Of a slot that has no line. All slots are written before one is read: memory that is read first is mapped twice. */
static const uint32_t FREE = UINT32_MAX;

/* The first slot from the hash's own one on that is free, or has a line of this hash. */
static pi_records_slot *slot_from(const pi_records *r, uint64_t hash, size_t *at) {
  for (;; ++*at) {
    pi_records_slot *slot = &r->slots[*at & (r->capacity - 1)];
    if (slot->place == FREE || slot->hash == (uint32_t)(hash >> 32)) return slot;
  }
}

/* The slot of a key, or the free one where it would be. */
static pi_records_slot *slot_of(const pi_records *r, uint64_t hash, const char *key, size_t size) {
  for (size_t at = (size_t)hash;; at++) {
    pi_records_slot *slot = slot_from(r, hash, &at);
    if (slot->place == FREE || pi_records_is_of(&r->last[slot->place], key, size)) return slot;
  }
}

/* How many keys there may be: one for each line, but no more than lines of the least size that has one. */
static size_t most_keys(const char *text, size_t size) {
  const char *end = text + size;
  size_t lines = 1, least = PI_RECORDS_SUM + sizeof "\tk\t\n" - 1;
  for (; (text = memchr(text, '\n', (size_t)(end - text))) != NULL; text++) lines++;
  return lines < size / least + 1 ? lines : size / least + 1;
}

/* Makes room for so many keys; the table is never more than half full. */
static int reserve(pi_records *r, size_t keys, pi_err *err) {
  size_t capacity = 64;
  while (capacity < 2 * keys) capacity *= 2;
  if (keys < FREE) r->last = malloc(keys * sizeof *r->last);
  if (r->last != NULL) r->slots = malloc(capacity * sizeof *r->slots);
  if (r->slots == NULL) return pi_err_os(err, ENOMEM, "index", "records");
  r->capacity = capacity;
  memset(r->slots, 0xff, capacity * sizeof *r->slots); /* FREE */
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

static void add(pi_records *r, const pi_records_line *line) {
  uint64_t hash = hash_of(line->key, key_size(line));
  pi_records_slot *slot = slot_of(r, hash, line->key, key_size(line));
  if (slot->place == FREE) *slot = (pi_records_slot){.hash = (uint32_t)(hash >> 32), .place = (uint32_t)r->count++};
  r->last[slot->place] = *line;
  r->lines++;
}

int pi_records_open(pi_records *r, const char *text, size_t size, pi_err *err) {
  const char *end = text + size, *next;
  *r = (pi_records){0};
  if (size == 0) return 0;
  if (reserve(r, most_keys(text, size), err) < 0) return -1;
  for (const char *start = text; start < end; start = next + 1) {
    pi_records_line line;
    next = memchr(start, '\n', (size_t)(end - start));
    if (next == NULL) next = end;
    if (read_line(&line, start, next)) add(r, &line);
  }
  return 0;
}

static const pi_records_line *line_of(const pi_records *r, const pi_records_slot *slot) {
  return slot->place != FREE ? &r->last[slot->place] : NULL;
}

const pi_records_line *pi_records_find(const pi_records *r, const char *key, size_t size) {
  return r->count > 0 ? line_of(r, slot_of(r, hash_of(key, size), key, size)) : NULL;
}

const pi_records_line *pi_records_guess(const pi_records *r, const char *key, size_t size) {
  uint64_t hash = hash_of(key, size);
  size_t at = (size_t)hash;
  return r->count > 0 ? line_of(r, slot_from(r, hash, &at)) : NULL;
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
  for (size_t i = 0; i < r->count; i++) {
    r->last[i].whole = pi_records_is_whole(&r->last[i]);
    r->last[i].checked = true;
  }
}

void pi_records_release(pi_records *r) {
  free(r->last);
  free(r->slots);
  *r = (pi_records){0};
}
