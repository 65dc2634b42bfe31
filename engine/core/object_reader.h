/* Bounded reading of an ELF image; private to object*.c. */
#ifndef PIENV_CORE_OBJECT_READER_H
#define PIENV_CORE_OBJECT_READER_H

#include "core/object.h"

typedef struct object_segment { /* a program header */
  uint32_t type, flags;
  uint64_t offset, address, file_size, memory_size, align;
} object_segment;

typedef struct object_reader {
  pi_object *o;
  const unsigned char *bytes;
  uint64_t size;
  const char *path;
  pi_err *err;
  uint64_t section_offset, section_entry; /* of the section header table */
  uint64_t segment_offset, segment_entry, segment_count;
  uint64_t note_bytes;                 /* read so far, in all segments */
  uint64_t dynsym_offset, dynsym_size; /* as the section table tells; 0 without */
} object_reader;

/* Fails with "read PATH: <reason>". Returns -1. */
int object_fail(const object_reader *r, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Do `size` bytes at `offset` lie in the file? */
static inline bool object_fits(const object_reader *r, uint64_t offset, uint64_t size) {
  return offset <= r->size && size <= r->size - offset;
}

/* Numbers of 1, 2, 4 or 8 bytes in the file's order; 0 outside of the file. */
uint64_t object_number(const object_reader *r, uint64_t offset, size_t width);

/* A field whose place and width depend on the class: `at32` and `at64` from `base`; 4 or 8 bytes wide. */
uint64_t object_word(const object_reader *r, uint64_t base, unsigned at32, unsigned at64);

static inline uint64_t object_pick(const object_reader *r, uint64_t for32, uint64_t for64) {
  return r->o->bits == 64 ? for64 : for32;
}

/* Fails where a number is too large for JSON and for any file (EOVERFLOW). */
int object_check_number(const object_reader *r, uint64_t number);

/* Memory of the object, zeroed; NULL when it ran out, with r->err set. */
void *object_allocate(const object_reader *r, size_t size);

/* Room for one more item at the end of the list; NULL like object_allocate. */
void *object_append(const object_reader *r, pi_object_list *list, size_t item_size);

/* Copies the string at `at` of the table at `table`; it must end before `table_size` does.
 * -1: out of memory, or `code` with "<what> is outside of its string table". */
int object_string(const char **copy, const object_reader *r, uint64_t table, uint64_t table_size, uint64_t at,
                  const char *code, const char *what);

/* Program header `i`. */
void object_segment_at(object_segment *segment, const object_reader *r, uint64_t i);

/* The stages, in this order. */
int object_read_header(object_reader *r);
int object_read_sections(object_reader *r);
int object_read_segments(object_reader *r);
int object_read_notes(object_reader *r, const object_segment *segment);
int object_read_dynamic(object_reader *r, const object_segment *segment);

#endif
