/* Mach-O: the export trie (dyld's) and the code signature (xnu's cs_blobs.h, always big-endian). */
#include <string.h>

#include "core/object_reader.h"

/* A name of more parts or bytes is nobody's; a trie has fewer nodes than bytes, so that more visits mean a loop. */
enum { MOST_DEPTH = 512, MOST_NAME = 4096 };

typedef struct node {
  uint64_t next;   /* where its next child stands, from the start of the trie */
  uint64_t left;   /* children to come */
  size_t name_end; /* of the part of the name up to it */
} node;

typedef struct walk {
  const object_reader *r;
  object_range trie;
  uint64_t visits;
  size_t depth;
  node nodes[MOST_DEPTH];
  char name[MOST_NAME];
} walk;

static int broken(const object_reader *r, const char *what) { return object_fail(r, "EMACHO", "%s", what); }

static int read_uleb(uint64_t *number, const walk *w, uint64_t *at) {
  *number = 0;
  for (unsigned shift = 0; shift < 63 && *at < w->trie.size; shift += 7) {
    uint64_t byte = object_number(w->r, w->trie.at + (*at)++, 1);
    *number |= (byte & 0x7F) << shift;
    if (byte < 0x80) return 0;
  }
  return broken(w->r, "a number of the export trie is outside of it");
}

static int add_name(const walk *w, size_t size) {
  bool underscore = size > 0 && w->name[0] == '_';
  const char *name = object_copy(w->r, w->name + underscore, size - underscore);
  return name != NULL ? object_add_export(w->r, name) : -1;
}

/* Enters the node at `at`, whose name is complete up to `name_end`. */
static int enter(walk *w, uint64_t at, size_t name_end) {
  uint64_t terminal;
  if (++w->visits > w->trie.size || w->depth == MOST_DEPTH) return broken(w->r, "the export trie has no end");
  if (read_uleb(&terminal, w, &at) < 0) return -1;
  if (terminal >= w->trie.size - at) return broken(w->r, "a node of the export trie is outside of it");
  if (terminal > 0 && add_name(w, name_end) < 0) return -1;
  at += terminal;
  w->nodes[w->depth++] = (node){at + 1, object_number(w->r, w->trie.at + at, 1), name_end};
  return 0;
}

/* The next child of the deepest node: its part of the name, and where it stands. */
static int descend(walk *w, node *parent) {
  const unsigned char *start = w->r->bytes + w->trie.at + parent->next;
  const unsigned char *end = memchr(start, 0, (size_t)(w->trie.size - parent->next));
  if (end == NULL || (size_t)(end - start) >= MOST_NAME - parent->name_end)
    return broken(w->r, "a name of the export trie has no end");
  size_t size = (size_t)(end - start), name_end = parent->name_end + size;
  uint64_t child;
  memcpy(w->name + parent->name_end, start, size);
  parent->next += size + 1;
  parent->left--;
  if (read_uleb(&child, w, &parent->next) < 0) return -1;
  if (child >= w->trie.size) return broken(w->r, "a node of the export trie is outside of it");
  return enter(w, child, name_end);
}

int object_read_trie(const object_reader *r, object_range trie) {
  if (trie.size == 0) return 0;
  walk w = {.r = r, .trie = trie};
  if (enter(&w, 0, 0) < 0) return -1;
  while (w.depth > 0) {
    node *deepest = &w.nodes[w.depth - 1];
    if (deepest->left == 0)
      w.depth--;
    else if (descend(&w, deepest) < 0)
      return -1;
  }
  return 0;
}

enum { MOST_BLOBS = 100, SLOT_CODE_DIRECTORY = 0, SLOT_CMS = 0x10000, EMPTY_BLOB = 8 };

static const uint32_t SUPER_BLOB = 0xFADE0CC0, CODE_DIRECTORY = 0xFADE0C02;

static uint64_t big(const object_reader *r, uint64_t at) {
  uint64_t number = 0;
  for (uint64_t i = 0; i < 4; i++) number = number << 8 | object_number(r, at + i, 1);
  return number;
}

static int read_code_directory(const object_reader *r, object_range blob) {
  pi_object_signature *signature = &r->o->signature;
  if (blob.size < 44 || big(r, blob.at) != CODE_DIRECTORY) return broken(r, "the code directory is not one");
  signature->flags = (uint32_t)big(r, blob.at + 12);
  return object_string(&signature->identifier, r, blob.at, blob.size, big(r, blob.at + 20), "EMACHO",
                       "identifier of the code signature");
}

static int read_blob(const object_reader *r, object_range signature, uint64_t i) {
  uint64_t slot = big(r, signature.at + 12 + 8 * i), at = big(r, signature.at + 16 + 8 * i);
  if (signature.size < 8 || at > signature.size - 8) return broken(r, "a blob is outside of the code signature");
  object_range blob = {signature.at + at, big(r, signature.at + at + 4)};
  if (blob.size < 8 || blob.size > signature.size - at) return broken(r, "a blob is outside of the code signature");
  if (slot == SLOT_CMS) r->o->signature.identity |= blob.size > EMPTY_BLOB;
  return slot == SLOT_CODE_DIRECTORY ? read_code_directory(r, blob) : 0;
}

int object_read_signature(const object_reader *r, object_range signature) {
  if (signature.size == 0) return 0;
  if (signature.size < 12 || big(r, signature.at) != SUPER_BLOB) return broken(r, "the code signature is not one");
  uint64_t count = big(r, signature.at + 8);
  if (count > MOST_BLOBS || count > (signature.size - 12) / 8)
    return broken(r, "a blob is outside of the code signature");
  r->o->signature.size = signature.size;
  for (uint64_t i = 0; i < count; i++)
    if (read_blob(r, signature, i) < 0) return -1;
  return 0;
}
