/* ELF header, sections and program headers (System V gABI, chapters 4 and 5). */
#include "core/object_reader.h"

enum { SHN_XINDEX = 0xFFFF, PN_XNUM = 0xFFFF };
enum { EM_AARCH64 = 183, EM_RISCV = 243, EM_LOONGARCH = 258 };
enum { SHT_NOBITS = 8, SHT_DYNSYM = 11 };
enum { PT_LOAD = 1, PT_DYNAMIC = 2, PT_INTERP = 3, PT_NOTE = 4, PT_TLS = 7 };
enum { PT_GNU_STACK = 0x6474E551, PF_X = 1 };

static int read_ident(object_reader *r) {
  if (r->size < 16)
    return object_fail(r, "ETRUNCATED", "ELF header is truncated, bytes: %llu", (unsigned long long)r->size);
  unsigned bits = r->bytes[4], endian = r->bytes[5];
  if (bits != 1 && bits != 2) return object_fail(r, "ECLASS", "unsupported ELF class: %u", bits);
  if (endian != 1 && endian != 2) return object_fail(r, "EENDIAN", "unsupported ELF endian marker: %u", endian);
  r->o->bits = bits == 2 ? 64 : 32;
  r->o->big_endian = endian == 2;
  r->o->osabi = r->bytes[7];
  return 0;
}

int object_read_header(object_reader *r) {
  if (read_ident(r) < 0) return -1;
  if (r->size < object_pick(r, 52, 64))
    return object_fail(r, "ETRUNCATED", "ELF header is truncated, bytes: %llu", (unsigned long long)r->size);
  r->o->type = (uint16_t)object_number(r, 16, 2);
  r->o->machine = (uint16_t)object_number(r, 18, 2);
  r->segment_offset = object_word(r, 0, 28, 32);
  r->section_offset = object_word(r, 0, 32, 40);
  r->segment_entry = object_number(r, object_pick(r, 42, 54), 2);
  r->segment_count = object_number(r, object_pick(r, 44, 56), 2);
  r->section_entry = object_number(r, object_pick(r, 46, 58), 2);
  r->o->section_table = r->section_offset != 0;
  if (object_check_number(r, r->segment_offset) < 0) return -1;
  return object_check_number(r, r->section_offset);
}

/* A field of section header `i`, whose place is known to be in the file. */
static uint64_t section_word(const object_reader *r, uint64_t i, unsigned at32, unsigned at64) {
  return object_word(r, r->section_offset + i * r->section_entry, at32, at64);
}

static uint64_t section_half(const object_reader *r, uint64_t i, unsigned at32, unsigned at64) {
  return object_number(r, r->section_offset + i * r->section_entry + object_pick(r, at32, at64), 4);
}

static uint64_t section_size(const object_reader *r, uint64_t i) { return section_word(r, i, 20, 32); }

static uint64_t section_start(const object_reader *r, uint64_t i) { return section_word(r, i, 16, 24); }

/* Reads the number of sections and the index of the name table, which stand in section 0 where the header's fields
 * are too small for them (extended numbering). */
static int count_sections(uint64_t *count, uint64_t *names, const object_reader *r) {
  uint64_t header = object_pick(r, 48, 60);
  *count = object_number(r, header, 2);
  *names = object_number(r, header + 2, 2);
  if (r->section_entry < object_pick(r, 40, 64)) {
    if (*count == 0) return 0; /* an empty table needs no entries */
    return object_fail(r, "ESECTABLE", "section table is truncated, bytes of an entry: %llu",
                       (unsigned long long)r->section_entry);
  }
  bool has_first = object_fits(r, r->section_offset, r->section_entry);
  if ((*count == 0 || *names == SHN_XINDEX) && !has_first)
    return object_fail(r, "ESECRANGE", "section headers extend past the end of the file");
  if (*count == 0) *count = section_size(r, 0);
  if (*names == SHN_XINDEX) *names = section_half(r, 0, 24, 40);
  if (object_check_number(r, *count) < 0) return -1;
  if (r->section_offset > r->size || *count > (r->size - r->section_offset) / r->section_entry)
    return object_fail(r, "ESECRANGE", "section headers extend past the end of the file");
  return 0;
}

static int check_names(const object_reader *r, uint64_t names, uint64_t count) {
  if (names >= count) return object_fail(r, "ESECNAMEINDEX", "section name table index is out of bounds");
  if (object_check_number(r, section_start(r, names)) < 0 || object_check_number(r, section_size(r, names)) < 0)
    return -1;
  if (section_half(r, names, 4, 4) == SHT_NOBITS || !object_fits(r, section_start(r, names), section_size(r, names)))
    return object_fail(r, "ESECNAMERANGE", "section name table extends past the end of the file");
  return 0;
}

static int read_section(object_reader *r, uint64_t i, uint64_t names) {
  pi_object_section *section = object_append(r, &r->o->sections, sizeof *section);
  if (section == NULL) return -1;
  section->type = (uint32_t)section_half(r, i, 4, 4);
  section->size = section_size(r, i);
  section->name = "";
  if (object_check_number(r, section->size) < 0) return -1;
  if (section->type == SHT_DYNSYM) {
    r->dynsym_offset = section_start(r, i);
    r->dynsym_size = section->size;
  }
  if (names == 0) return 0;
  return object_string(&section->name, r, section_start(r, names), section_size(r, names), section_half(r, i, 0, 0),
                       "ESECNAME", "section name");
}

int object_read_sections(object_reader *r) {
  uint64_t count, names;
  if (!r->o->section_table) return 0;
  if (count_sections(&count, &names, r) < 0) return -1;
  if (count == 0) return 0;
  if (names != 0 && check_names(r, names, count) < 0) return -1;
  for (uint64_t i = 0; i < count; i++)
    if (read_section(r, i, names) < 0) return -1;
  return 0;
}

void object_segment_at(object_segment *segment, const object_reader *r, uint64_t i) {
  uint64_t base = r->segment_offset + i * r->segment_entry;
  segment->type = (uint32_t)object_number(r, base, 4);
  segment->flags = (uint32_t)object_number(r, base + object_pick(r, 24, 4), 4);
  segment->offset = object_word(r, base, 4, 8);
  segment->address = object_word(r, base, 8, 16);
  segment->file_size = object_word(r, base, 16, 32);
  segment->memory_size = object_word(r, base, 20, 40);
  segment->align = object_word(r, base, 28, 48);
}

static int read_segment(object_reader *r, const object_segment *segment) {
  pi_object *o = r->o;
  bool has_bytes =
      segment->type == PT_LOAD || segment->type == PT_DYNAMIC || segment->type == PT_INTERP || segment->type == PT_NOTE;
  if (has_bytes && !object_fits(r, segment->offset, segment->file_size))
    return object_fail(r, "ETRUNCATED", "a segment extends past the end of the file");
  switch (segment->type) {
    case PT_INTERP:
      return object_string(&o->interpreter, r, segment->offset, segment->file_size, 0, "EDYNAMIC", "interpreter");
    case PT_NOTE: return object_read_notes(r, segment);
    case PT_DYNAMIC: return object_read_dynamic(r, segment);
    case PT_TLS: o->tls_size = segment->memory_size; return object_check_number(r, o->tls_size);
    case PT_GNU_STACK: o->exec_stack = segment->flags & PF_X; return 0;
    default: return 0;
  }
}

int object_read_segments(object_reader *r) {
  if (r->segment_count == PN_XNUM && r->o->section_table && r->section_entry >= object_pick(r, 40, 64))
    r->segment_count = section_half(r, 0, 28, 44);
  if (r->segment_count == 0) return 0;
  if (r->segment_entry < object_pick(r, 32, 56) || r->segment_offset > r->size ||
      r->segment_count > (r->size - r->segment_offset) / r->segment_entry)
    return object_fail(r, "ETRUNCATED", "program headers extend past the end of the file");
  uint32_t machine = r->o->machine; /* without a GNU_STACK header the newer machines assume no executable stack */
  r->o->exec_stack = machine != EM_AARCH64 && machine != EM_RISCV && machine != EM_LOONGARCH;
  for (uint64_t i = 0; i < r->segment_count; i++) {
    object_segment segment;
    object_segment_at(&segment, r, i);
    if (read_segment(r, &segment) < 0) return -1;
  }
  return 0;
}

int object_read_elf(object_reader *r) {
  if (object_read_header(r) < 0 || object_read_sections(r) < 0) return -1;
  return object_read_segments(r);
}
