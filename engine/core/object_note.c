/* Notes: the build id, Android's mark, and the GNU properties (Linux Extensions to gABI, "GNU property"). */
#include <string.h>

#include "core/object_reader.h"

/* How often a byte may be read as a note: thousands of segments that cover the whole file would keep us busy for hours.
 */
enum { MOST_OVERLAP = 4 };

enum { NT_ANDROID = 1, NT_GNU_BUILD_ID = 3, NT_GNU_PROPERTY_TYPE_0 = 5 };

static const uint32_t X86_ISA_1_NEEDED = 0xC0008002, X86_ISA_1_USED = 0xC0010002;

/* Rounds up; `align` is 4 or 8. Sizes in notes have 32 bits, so nothing overflows. */
static uint64_t round_up(uint64_t size, uint64_t align) { return (size + align - 1) / align * align; }

/* The level that a set of ISA bits means: its highest bit. */
static int isa_level(uint64_t bits) {
  int level = 0;
  for (; bits != 0; bits >>= 1) level++;
  return level;
}

static int broken(const object_reader *r) { return object_fail(r, "ENOTE", "notes do not fit their segment"); }

static int read_properties(const object_reader *r, uint64_t at, uint64_t size) {
  uint64_t end = at + size, align = object_pick(r, 4, 8);
  while (end - at >= 8) {
    uint32_t type = (uint32_t)object_number(r, at, 4);
    uint64_t data_size = object_number(r, at + 4, 4);
    if (data_size > end - at - 8) return broken(r);
    if (type == X86_ISA_1_NEEDED && data_size >= 4) r->o->isa_needed = isa_level(object_number(r, at + 8, 4));
    if (type == X86_ISA_1_USED && data_size >= 4) r->o->isa_used = isa_level(object_number(r, at + 8, 4));
    uint64_t step = 8 + round_up(data_size, align);
    if (step > end - at) break;
    at += step;
  }
  return 0;
}

static int read_build_id(const object_reader *r, uint64_t at, uint64_t size) {
  unsigned char *copy = object_allocate(r, size);
  if (copy == NULL) return -1;
  memcpy(copy, r->bytes + at, size);
  r->o->build_id = copy;
  r->o->build_id_size = size;
  return 0;
}

/* Properties count as the loader of glibc reads them, or a file would be taken for guarded that no loader refuses:
 * those of the last segment of notes that is aligned as words are, and only where that holds no second note of them. */
static int read_note(object_reader *r, uint64_t type, uint64_t at, uint64_t size, int *properties) {
  if (type == NT_GNU_BUILD_ID && size > 0) return read_build_id(r, at, size);
  if (type != NT_GNU_PROPERTY_TYPE_0 || properties == NULL) return 0;
  r->o->isa_needed = r->o->isa_used = 0;
  return ++*properties == 1 ? read_properties(r, at, size) : 0;
}

int object_read_notes(object_reader *r, const object_segment *segment) {
  uint64_t at = segment->offset, end = at + segment->file_size, align = segment->align == 8 ? 8 : 4;
  bool settles = segment->align == object_pick(r, 4, 8);
  int properties = 0;
  if (settles) r->o->isa_needed = r->o->isa_used = 0;
  r->note_bytes += segment->file_size;
  if (r->note_bytes / MOST_OVERLAP > r->size) return object_fail(r, "ENOTE", "too many notes overlap");
  while (end - at >= 12) {
    uint64_t name_size = object_number(r, at, 4), size = object_number(r, at + 4, 4),
             type = object_number(r, at + 8, 4);
    uint64_t data = round_up(12 + name_size, align);
    if (data > end - at || size > end - at - data) return broken(r);
    bool gnu = name_size == 4 && memcmp(r->bytes + at + 12, "GNU", 4) == 0;
    if (gnu && read_note(r, type, at + data, size, settles ? &properties : NULL) < 0) return -1;
    bool android = name_size == 8 && memcmp(r->bytes + at + 12, "Android", 8) == 0;
    if (android && type == NT_ANDROID && size >= 4) r->o->android = (uint32_t)object_number(r, at + data, 4);
    uint64_t step = data + round_up(size, align);
    if (step > end - at) break;
    at += step;
  }
  return 0;
}
