/* Bounded reading: see object_reader.h. */
#include "core/object_reader.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Memory comes in blocks that are freed together: names are many and small. */
struct pi_object_block {
  struct pi_object_block *next;
  size_t size, used;
  max_align_t bytes[];
};

enum { BLOCK = 16 * 1024 };

int object_fail(const object_reader *r, const char *code, const char *format, ...) {
  char reason[256];
  va_list args;
  va_start(args, format);
  (void)vsnprintf(reason, sizeof reason, format, args);
  va_end(args);
  return pi_err_set(r->err, code, "read %s: %s", r->path, reason);
}

uint64_t object_number(const object_reader *r, uint64_t offset, size_t width) {
  uint64_t number = 0;
  if (!object_fits(r, offset, width)) return 0;
  const unsigned char *byte = r->bytes + offset;
  for (size_t i = 0; i < width; i++) number = number << 8 | byte[r->o->big_endian ? i : width - 1 - i];
  return number;
}

uint64_t object_word(const object_reader *r, uint64_t base, unsigned at32, unsigned at64) {
  return r->o->bits == 64 ? object_number(r, base + at64, 8) : object_number(r, base + at32, 4);
}

int object_check_number(const object_reader *r, uint64_t number) {
  if (number < (uint64_t)1 << 53) return 0;
  return object_fail(r, "EOVERFLOW", "integer exceeds 2^53-1: %llu", (unsigned long long)number);
}

static struct pi_object_block *new_block(const object_reader *r, size_t size) {
  size_t room = size > BLOCK ? size : BLOCK;
  if (room > PI_OBJECT_MEMORY - r->owner->used) {
    (void)object_fail(r, "EFBIG", "names and tables take more than %zu MiB", PI_OBJECT_MEMORY >> 20);
    return NULL;
  }
  struct pi_object_block *block = calloc(1, sizeof *block + room);
  if (block == NULL) {
    (void)pi_err_os(r->err, ENOMEM, "read", r->path);
    return NULL;
  }
  block->size = room;
  block->next = r->owner->memory;
  r->owner->memory = block;
  r->owner->used += room;
  return block;
}

void *object_allocate(const object_reader *r, size_t size) {
  struct pi_object_block *block = r->owner->memory;
  if (size > PI_OBJECT_MEMORY) size = PI_OBJECT_MEMORY + 1; /* new_block refuses it */
  size = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
  if (block == NULL || size > block->size - block->used) block = new_block(r, size);
  if (block == NULL) return NULL;
  void *memory = (char *)block->bytes + block->used;
  block->used += size;
  return memory;
}

void *object_append(const object_reader *r, pi_object_list *list, size_t item_size) {
  if (list->count == list->room) {
    size_t room = list->room > 0 ? 2 * list->room : 16; /* the memory limit comes long before an overflow */
    void *items = object_allocate(r, room * item_size);
    if (items == NULL) return NULL;
    if (list->count > 0) memcpy(items, list->items, list->count * item_size);
    list->items = items;
    list->room = room;
  }
  return (char *)list->items + item_size * list->count++;
}

char *object_copy(const object_reader *r, const void *bytes, size_t size) {
  char *text = object_allocate(r, size + 1);
  if (text != NULL) memcpy(text, bytes, size); /* the NUL is there: memory comes zeroed */
  return text;
}

int object_add_library(const object_reader *r, const char *name, bool weak, bool delay) {
  pi_object_library *library = object_append(r, &r->o->needed, sizeof *library);
  if (library == NULL) return -1;
  *library = (pi_object_library){.name = name, .weak = weak, .delay = delay};
  return 0;
}

int object_add_undefined(const object_reader *r, const char *name, uint32_t library, bool weak) {
  pi_object_symbol *symbol = object_append(r, &r->o->symbols, sizeof *symbol);
  if (symbol == NULL) return -1;
  *symbol = (pi_object_symbol){.name = name, .library = library, .undefined = true, .weak = weak};
  return 0;
}

int object_add_export(const object_reader *r, const char *name) {
  pi_object_symbol *symbol = object_append(r, &r->o->symbols, sizeof *symbol);
  if (symbol == NULL) return -1;
  *symbol = (pi_object_symbol){.name = name};
  return 0;
}

int object_string(const char **copy, const object_reader *r, uint64_t table, uint64_t table_size, uint64_t at,
                  const char *code, const char *what) {
  bool inside = object_fits(r, table, table_size) && at < table_size;
  const unsigned char *start = inside ? r->bytes + table + at : NULL;
  const unsigned char *end = inside ? memchr(start, 0, (size_t)(table_size - at)) : NULL;
  if (end == NULL) return object_fail(r, code, "%s is outside of its string table", what);
  *copy = object_copy(r, start, (size_t)(end - start));
  return *copy != NULL ? 0 : -1;
}

void pi_object_release(pi_object *o) {
  for (struct pi_object_block *block = o->memory; block != NULL;) {
    struct pi_object_block *next = block->next;
    free(block);
    block = next;
  }
  memset(o, 0, sizeof *o);
}
