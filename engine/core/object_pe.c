/* PE images: headers and sections ("PE Format" of Microsoft); object_pe_tables.c reads exports and imports. */
#include <string.h>

#include "core/object_pe.h"

/* The loader of Windows refuses more sections; the limit keeps the search for an address short. */
enum { MOST_SECTIONS = 96, SECTION = 40, COFF = 20, SHT_PROGBITS = 1, SHT_NOBITS = 8, SYMBOL = 18 };
enum { DIRECTORY_EXPORT = 0, DIRECTORY_IMPORT = 1, DIRECTORY_DELAY_IMPORT = 13 };

static int broken(const object_reader *r, const char *what) { return object_fail(r, "EPE", "%s", what); }

object_range object_pe_at(const object_reader *r, const object_pe *pe, uint64_t address) {
  for (uint64_t i = 0; i < pe->section_count; i++) {
    uint64_t at = pe->sections + i * SECTION;
    uint64_t start = object_number(r, at + 12, 4), size = object_number(r, at + 16, 4),
             offset = object_number(r, at + 20, 4);
    if (address < start || address - start >= size || !object_fits(r, offset, size)) continue;
    return (object_range){offset + (address - start), size - (address - start)};
  }
  if (address < pe->headers_size && pe->headers_size <= r->size)
    return (object_range){address, pe->headers_size - address};
  return (object_range){0, 0};
}

/* "/N": the name is too long for its 8 bytes and stands at N of the COFF string table (GNU tools). */
static char *section_name(const object_reader *r, const object_pe *pe, uint64_t at) {
  const char *name = (const char *)r->bytes + at, *text;
  uint64_t number = 0;
  if (name[0] != '/' || pe->strings == 0) return object_copy(r, name, strnlen(name, 8));
  for (size_t i = 1; i < 8 && name[i] >= '0' && name[i] <= '9'; i++) number = number * 10 + (uint64_t)(name[i] - '0');
  uint64_t size = object_number(r, pe->strings, 4);
  if (object_string(&text, r, pe->strings, size, number, "EPE", "section name") < 0) return NULL;
  return (char *)text; /* NOLINT: it is a copy of the object's own */
}

static int read_section(const object_reader *r, const object_pe *pe, uint64_t at) {
  pi_object_section *section = object_append(r, &r->o->sections, sizeof *section);
  if (section == NULL) return -1;
  uint64_t in_memory = object_number(r, at + 8, 4), in_file = object_number(r, at + 16, 4);
  section->type = in_file > 0 ? SHT_PROGBITS : SHT_NOBITS;
  section->size = in_memory > 0 ? in_memory : in_file;
  section->name = section_name(r, pe, at);
  if (section->name == NULL) return -1;
  if (object_fits(r, object_number(r, at + 20, 4), in_file)) return 0;
  return object_fail(r, "ETRUNCATED", "a section extends past the end of the file");
}

static int read_sections(const object_reader *r, const object_pe *pe) {
  if (pe->section_count > MOST_SECTIONS) return broken(r, "there are more than 96 sections");
  if (!object_fits(r, pe->sections, pe->section_count * SECTION))
    return object_fail(r, "ETRUNCATED", "the section table extends past the end of the file");
  for (uint64_t i = 0; i < pe->section_count; i++)
    if (read_section(r, pe, pe->sections + i * SECTION) < 0) return -1;
  return 0;
}

/* The header that the loader uses; its data directories name the tables. */
static int read_optional_header(const object_reader *r, object_pe *pe, uint64_t at, uint64_t size) {
  uint64_t magic = object_number(r, at, 2);
  if (!object_fits(r, at, size)) return object_fail(r, "ETRUNCATED", "the PE header is truncated");
  if (size < 2 || (magic != 0x10B && magic != 0x20B)) return broken(r, "the optional header is of an unknown kind");
  r->o->bits = magic == 0x20B ? 64 : 32;
  uint64_t head = object_pick(r, 96, 112);
  if (size < head) return broken(r, "the optional header is too small");
  pe->base = r->o->bits == 64 ? object_number(r, at + 24, 8) : object_number(r, at + 28, 4);
  pe->headers_size = object_number(r, at + 60, 4);
  pe->directories = at + head;
  pe->directory_count = object_number(r, at + head - 4, 4);
  if (pe->directory_count > (size - head) / 8) pe->directory_count = (size - head) / 8;
  return 0;
}

static int read_headers(object_reader *r, object_pe *pe) {
  uint64_t at = object_number(r, 60, 4);
  if (r->size < 64 || !object_fits(r, at, 4 + COFF))
    return object_fail(r, "ETRUNCATED", "the PE header is outside of the file");
  if (memcmp(r->bytes + at, "PE\0\0", 4) != 0) return object_fail(r, "EFORMAT", "a DOS program, not a PE file");
  r->o->machine = (uint32_t)object_number(r, at + 4, 2);
  r->o->type = (uint16_t)object_number(r, at + 22, 2);
  uint64_t symbols = object_number(r, at + 12, 4), header_size = object_number(r, at + 20, 2);
  if (symbols != 0) pe->strings = symbols + SYMBOL * object_number(r, at + 16, 4);
  pe->section_count = object_number(r, at + 6, 2);
  pe->sections = at + 4 + COFF + header_size;
  return read_optional_header(r, pe, at + 4 + COFF, header_size);
}

static uint64_t directory(const object_reader *r, const object_pe *pe, uint64_t i) {
  return i < pe->directory_count ? object_number(r, pe->directories + 8 * i, 4) : 0;
}

int object_read_pe(object_reader *r) {
  object_pe pe = {0};
  r->o->format = PI_OBJECT_PE;
  r->o->bits = 32; /* until the optional header tells */
  if (read_headers(r, &pe) < 0 || read_sections(r, &pe) < 0) return -1;
  if (object_read_pe_exports(r, &pe, directory(r, &pe, DIRECTORY_EXPORT)) < 0) return -1;
  if (object_read_pe_imports(r, &pe, directory(r, &pe, DIRECTORY_IMPORT)) < 0) return -1;
  return object_read_pe_delay_imports(r, &pe, directory(r, &pe, DIRECTORY_DELAY_IMPORT));
}
