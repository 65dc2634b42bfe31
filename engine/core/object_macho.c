/* Mach-O: header, load commands, segments and symbols (mach-o/loader.h, mach-o/nlist.h). */
#include <string.h>

#include "core/object_reader.h"

enum { MH_TWOLEVEL = 0x80, SHT_PROGBITS = 1, SHT_NOBITS = 8 };
enum { S_ZEROFILL = 1, S_GB_ZEROFILL = 0xC, S_THREAD_LOCAL_ZEROFILL = 0x12 };
enum { N_STAB = 0xE0, N_PEXT = 0x10, N_TYPE = 0x0E, N_EXT = 1, N_WEAK_REF = 0x40, MAX_LIBRARY_ORDINAL = 253 };

#define LC_REQ_DYLD 0x80000000u
#define LC_SEGMENT 0x1u
#define LC_SYMTAB 0x2u
#define LC_LOAD_DYLIB 0xCu
#define LC_ID_DYLIB 0xDu
#define LC_LOAD_WEAK_DYLIB (0x18u | LC_REQ_DYLD)
#define LC_SEGMENT_64 0x19u
#define LC_UUID 0x1Bu
#define LC_RPATH (0x1Cu | LC_REQ_DYLD)
#define LC_CODE_SIGNATURE 0x1Du
#define LC_REEXPORT_DYLIB (0x1Fu | LC_REQ_DYLD)
#define LC_LAZY_LOAD_DYLIB 0x20u
#define LC_DYLD_INFO 0x22u
#define LC_DYLD_INFO_ONLY (0x22u | LC_REQ_DYLD)
#define LC_LOAD_UPWARD_DYLIB (0x23u | LC_REQ_DYLD)
#define LC_VERSION_MIN_MACOSX 0x24u
#define LC_VERSION_MIN_IPHONEOS 0x25u
#define LC_VERSION_MIN_TVOS 0x2Fu
#define LC_VERSION_MIN_WATCHOS 0x30u
#define LC_BUILD_VERSION 0x32u
#define LC_DYLD_EXPORTS_TRIE (0x33u | LC_REQ_DYLD)

typedef struct macho {
  uint64_t flags;
  object_range symbols, strings, trie, signature;
  bool has_trie;
} macho;

typedef struct command {
  uint32_t type;
  uint64_t at, size;
} command;

static int broken(const object_reader *r, const char *what) { return object_fail(r, "EMACHO", "%s", what); }

static uint64_t field(const object_reader *r, const command *c, uint64_t at, size_t width) {
  return at + width <= c->size ? object_number(r, c->at + at, width) : 0;
}

/* A table in the file: its offset and size are two fields of the command. */
static int read_range(object_range *range, const object_reader *r, const command *c, uint64_t at) {
  *range = (object_range){field(r, c, at, 4), field(r, c, at + 4, 4)};
  if (object_fits(r, range->at, range->size)) return 0;
  return object_fail(r, "ETRUNCATED", "a table of load command 0x%x extends past the end of the file", c->type);
}

/* The string of a command whose offset is its first field. */
static int read_text(const char **text, const object_reader *r, const command *c) {
  return object_string(text, r, c->at, c->size, field(r, c, 8, 4), "EMACHO", "name in a load command");
}

/* "__TEXT,__text"; the two names fill their 16 bytes, or end with a NUL. */
static char *section_name(const object_reader *r, uint64_t at) {
  char name[34];
  const char *section = (const char *)r->bytes + at, *segment = section + 16;
  int size = snprintf(name, sizeof name, "%.16s,%.16s", segment, section);
  return object_copy(r, name, (size_t)size);
}

static int read_section(const object_reader *r, uint64_t at) {
  uint64_t kind = object_number(r, at + object_pick(r, 56, 64), 4) & 0xFF;
  pi_object_section *section = object_append(r, &r->o->sections, sizeof *section);
  if (section == NULL) return -1;
  bool zero = kind == S_ZEROFILL || kind == S_GB_ZEROFILL || kind == S_THREAD_LOCAL_ZEROFILL;
  section->type = zero ? SHT_NOBITS : SHT_PROGBITS;
  section->size = object_word(r, at, 36, 40);
  section->name = section_name(r, at);
  return section->name != NULL ? object_check_number(r, section->size) : -1;
}

static int read_segment(const object_reader *r, const command *c) {
  uint64_t head = object_pick(r, 56, 72), width = object_pick(r, 68, 80);
  if (c->size < head) return broken(r, "a segment command is too small");
  if (!object_fits(r, object_word(r, c->at, 32, 40), object_word(r, c->at, 36, 48)))
    return object_fail(r, "ETRUNCATED", "a segment extends past the end of the file");
  uint64_t count = field(r, c, object_pick(r, 48, 64), 4);
  if (count > (c->size - head) / width) return broken(r, "sections extend past their segment command");
  for (uint64_t i = 0; i < count; i++)
    if (read_section(r, c->at + head + i * width) < 0) return -1;
  return 0;
}

static int read_library(const object_reader *r, const command *c) {
  const char *name;
  if (read_text(&name, r, c) < 0) return -1;
  if (c->type != LC_ID_DYLIB) return object_add_library(r, name, c->type == LC_LOAD_WEAK_DYLIB, false);
  r->o->soname = name;
  return 0;
}

static int read_run_path(const object_reader *r, const command *c) {
  const char *text;
  if (read_text(&text, r, c) < 0) return -1;
  const char **item = object_append(r, &r->o->run_paths, sizeof *item);
  if (item == NULL) return -1;
  *item = text;
  return 0;
}

static void read_minimum(const object_reader *r, const command *c) {
  static const struct {
    uint32_t type, platform;
  } old[] = {
      {LC_VERSION_MIN_MACOSX, 1}, {LC_VERSION_MIN_IPHONEOS, 2}, {LC_VERSION_MIN_TVOS, 3}, {LC_VERSION_MIN_WATCHOS, 4}};
  uint64_t at = 8;
  if (c->type == LC_BUILD_VERSION) {
    r->o->platform = (uint32_t)field(r, c, 8, 4);
    at = 12;
  }
  for (size_t i = 0; i < sizeof old / sizeof old[0]; i++)
    if (old[i].type == c->type) r->o->platform = old[i].platform;
  r->o->os_minimum = (uint32_t)field(r, c, at, 4);
  r->o->sdk = (uint32_t)field(r, c, at + 4, 4);
}

static int read_uuid(const object_reader *r, const command *c) {
  if (c->size < 24) return broken(r, "a UUID command is too small");
  r->o->build_id = (const unsigned char *)object_copy(r, r->bytes + c->at + 8, 16);
  r->o->build_id_size = 16;
  return r->o->build_id != NULL ? 0 : -1;
}

static int read_symbol_table(const object_reader *r, macho *m, const command *c) {
  uint64_t count = field(r, c, 12, 4), width = object_pick(r, 12, 16);
  m->symbols = (object_range){field(r, c, 8, 4), count * width};
  if (!object_fits(r, m->symbols.at, m->symbols.size))
    return object_fail(r, "ETRUNCATED", "the symbol table extends past the end of the file");
  if (read_range(&m->strings, r, c, 16) < 0) return -1;
  r->o->strings_misaligned = m->strings.at % object_pick(r, 4, 8) != 0;
  return 0;
}

static int read_command(const object_reader *r, macho *m, const command *c) {
  switch (c->type) {
    case LC_SEGMENT:
    case LC_SEGMENT_64: return read_segment(r, c);
    case LC_SYMTAB: return read_symbol_table(r, m, c);
    case LC_LOAD_DYLIB:
    case LC_LOAD_WEAK_DYLIB:
    case LC_REEXPORT_DYLIB:
    case LC_LAZY_LOAD_DYLIB:
    case LC_LOAD_UPWARD_DYLIB:
    case LC_ID_DYLIB: return read_library(r, c);
    case LC_RPATH: return read_run_path(r, c);
    case LC_UUID: return read_uuid(r, c);
    case LC_VERSION_MIN_MACOSX:
    case LC_VERSION_MIN_IPHONEOS:
    case LC_VERSION_MIN_TVOS:
    case LC_VERSION_MIN_WATCHOS:
    case LC_BUILD_VERSION: read_minimum(r, c); return 0;
    case LC_CODE_SIGNATURE: return read_range(&m->signature, r, c, 8);
    case LC_DYLD_EXPORTS_TRIE: m->has_trie = true; return read_range(&m->trie, r, c, 8);
    case LC_DYLD_INFO:
    case LC_DYLD_INFO_ONLY: m->has_trie = true; return read_range(&m->trie, r, c, 40);
    default: return 0;
  }
}

static int read_commands(const object_reader *r, macho *m, uint64_t at, uint64_t count, uint64_t size) {
  if (!object_fits(r, at, size)) return object_fail(r, "ETRUNCATED", "load commands extend past the end of the file");
  for (uint64_t end = at + size; count > 0; count--) {
    command c = {.at = at, .type = (uint32_t)object_number(r, at, 4), .size = object_number(r, at + 4, 4)};
    if (end - at < 8 || c.size < 8 || c.size > end - at) return broken(r, "a load command does not fit the others");
    if (read_command(r, m, &c) < 0) return -1;
    at += c.size;
  }
  return 0;
}

/* C names begin with "_" in the file. */
static int symbol_name(const char **name, const object_reader *r, const macho *m, uint64_t at) {
  if (object_string(name, r, m->strings.at, m->strings.size, object_number(r, at, 4), "EMACHO", "symbol name") < 0)
    return -1;
  *name += **name == '_';
  return 0;
}

static int read_symbol(const object_reader *r, const macho *m, uint64_t at) {
  const char *name;
  uint64_t type = object_number(r, at + 4, 1), note = object_number(r, at + 6, 2), ordinal = note >> 8;
  bool undefined = (type & N_TYPE) == 0 && object_word(r, at, 8, 8) == 0; /* with a value: a common symbol */
  if ((type & (N_STAB | N_PEXT)) != 0 || (type & N_EXT) == 0) return 0;
  if (!undefined && m->has_trie) return 0; /* the trie is what the loader uses */
  if (symbol_name(&name, r, m, at) < 0) return -1;
  if (!undefined) return object_add_export(r, name);
  bool told = (m->flags & MH_TWOLEVEL) != 0 && ordinal <= MAX_LIBRARY_ORDINAL && ordinal <= r->o->needed.count;
  return object_add_undefined(r, name, told ? (uint32_t)ordinal : 0, (note & N_WEAK_REF) != 0);
}

static int read_symbols(const object_reader *r, const macho *m) {
  uint64_t width = object_pick(r, 12, 16);
  for (uint64_t at = 0; at < m->symbols.size; at += width)
    if (read_symbol(r, m, m->symbols.at + at) < 0) return -1;
  return 0;
}

static int read_header(object_reader *r) {
  pi_object *o = r->o;
  o->format = PI_OBJECT_MACHO;
  o->big_endian = true;
  uint64_t magic = object_number(r, 0, 4);
  o->big_endian = magic == 0xFEEDFACE || magic == 0xFEEDFACF;
  if (!o->big_endian) magic = object_number(r, 0, 4);
  if (magic != 0xFEEDFACE && magic != 0xFEEDFACF) return object_fail(r, "EFORMAT", "a slice is not a Mach-O file");
  o->bits = magic == 0xFEEDFACF ? 64 : 32;
  if (r->size < object_pick(r, 28, 32)) return object_fail(r, "ETRUNCATED", "the Mach-O header is truncated");
  o->machine = (uint32_t)object_number(r, 4, 4);
  o->subtype = (uint32_t)object_number(r, 8, 4) & 0xFFFFFF;
  uint64_t type = object_number(r, 12, 4);
  o->type = type < 0xFFFF ? (uint16_t)type : 0xFFFF;
  return 0;
}

int object_read_macho(object_reader *r) {
  macho m = {0};
  if (read_header(r) < 0) return -1;
  m.flags = object_number(r, 24, 4);
  if (read_commands(r, &m, object_pick(r, 28, 32), object_number(r, 16, 4), object_number(r, 20, 4)) < 0) return -1;
  if (object_read_trie(r, m.trie) < 0 || object_read_signature(r, m.signature) < 0) return -1;
  return read_symbols(r, &m);
}
