/* Bounded reading of an object file's image; private to object*.c. */
#ifndef PIENV_CORE_OBJECT_READER_H
#define PIENV_CORE_OBJECT_READER_H

#include "core/object.h"

typedef struct object_segment { /* a program header */
  uint32_t type, flags;
  uint64_t offset, address, file_size, memory_size, align;
} object_segment;

typedef struct object_reader {
  pi_object *o;
  pi_object *owner; /* whose memory is used: the whole file's, where `o` is a slice of it */
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

/* Adds a needed library, an undefined symbol of library `library` (0: not told), an exported symbol; -1: out of memory.
 * The name is the object's already. */
int object_add_library(const object_reader *r, const char *name, bool weak, bool delay);
int object_add_undefined(const object_reader *r, const char *name, uint32_t library, bool weak);
int object_add_export(const object_reader *r, const char *name);

/* Copies `size` bytes and a NUL; NULL when memory ran out. */
char *object_copy(const object_reader *r, const void *bytes, size_t size);

/* Copies the string at `at` of the table at `table`; it must end before `table_size` does.
 * -1: out of memory, or `code` with "<what> is outside of its string table". */
int object_string(const char **copy, const object_reader *r, uint64_t table, uint64_t table_size, uint64_t at,
                  const char *code, const char *what);

/* Program header `i`. */
void object_segment_at(object_segment *segment, const object_reader *r, uint64_t i);

/* The formats: each reads the whole image. */
int object_read_elf(object_reader *r);
int object_read_macho(object_reader *r); /* thin */
int object_read_fat(object_reader *r);
int object_read_pe(object_reader *r);

/* Mach-O: what load commands point to. `at` and `size` of a table in the file, size 0: there is none. */
typedef struct object_range {
  uint64_t at, size;
} object_range;

int object_read_trie(const object_reader *r, object_range trie);
int object_read_signature(const object_reader *r, object_range signature);

/* ELF, the stages in this order. */
int object_read_header(object_reader *r);
int object_read_sections(object_reader *r);
int object_read_segments(object_reader *r);
int object_read_notes(object_reader *r, const object_segment *segment);
int object_read_dynamic(object_reader *r, const object_segment *segment);

#endif
