/* The dynamic segment as the loader reads it: libraries, versions, symbols. Tables are found by their addresses. */
#include <string.h>

#include "core/object_reader.h"

enum {
  PT_LOAD = 1,
  DT_NULL = 0,
  DT_NEEDED = 1,
  DT_HASH = 4,
  DT_STRTAB = 5,
  DT_SYMTAB = 6,
  DT_STRSZ = 10,
  DT_SONAME = 14,
  DT_RPATH = 15,
  DT_TEXTREL = 22,
  DT_BIND_NOW = 24,
  DT_RUNPATH = 29,
  DT_FLAGS = 30,
  DT_GNU_HASH = 0x6FFFFEF5,
  DT_VERSYM = 0x6FFFFFF0,
  DT_FLAGS_1 = 0x6FFFFFFB,
  DT_VERNEED = 0x6FFFFFFE,
  DT_VERNEEDNUM = 0x6FFFFFFF
};
enum { DF_TEXTREL = 4, DF_BIND_NOW = 8, DF_STATIC_TLS = 0x10, DF_1_NOW = 1, DF_1_NODELETE = 8, DF_1_PIE = 0x08000000 };
enum { STB_GLOBAL = 1, STB_WEAK = 2, STB_GNU_UNIQUE = 10, STV_INTERNAL = 1, STV_HIDDEN = 2 };

/* A table's place in the file: from its first byte to the end of the segment that holds it. size 0: there is none. */
typedef struct table {
  uint64_t at, size;
} table;

/* The tables that entries point to, in the order of `table_tags`. */
enum { STRINGS, SYMBOLS, HASH, GNU_HASH, SYMBOL_VERSIONS, VERSION_NEEDS, TABLES };

static const uint64_t table_tags[TABLES] = {DT_STRTAB, DT_SYMTAB, DT_HASH, DT_GNU_HASH, DT_VERSYM, DT_VERNEED};

typedef struct dynamic {
  uint64_t address[TABLES], strings_size, version_needs_count;
  table tables[TABLES];
  const char **version_names; /* by index */
  size_t version_names_count;
} dynamic;

static int broken(const object_reader *r, const char *what) { return object_fail(r, "EDYNAMIC", "%s", what); }

static table table_at(const object_reader *r, uint64_t address) {
  for (uint64_t i = 0; i < r->segment_count; i++) {
    object_segment s;
    object_segment_at(&s, r, i);
    if (s.type != PT_LOAD || address < s.address || address - s.address >= s.file_size) continue;
    uint64_t skip = address - s.address;
    if (object_fits(r, s.offset, s.file_size)) return (table){s.offset + skip, s.file_size - skip};
  }
  return (table){0, 0};
}

/* Entry `i`: its tag and value; false at the end. Entries past the end of the segment read as the end. */
static bool entry_at(uint64_t *tag, uint64_t *value, const object_reader *r, const object_segment *segment,
                     uint64_t i) {
  uint64_t width = object_pick(r, 8, 16);
  if (i >= segment->file_size / width) return false;
  *tag = object_word(r, segment->offset + i * width, 0, 0);
  *value = object_word(r, segment->offset + i * width, 4, 8);
  return *tag != DT_NULL;
}

static void note_entry(const object_reader *r, dynamic *d, uint64_t tag, uint64_t value) {
  pi_object *o = r->o;
  for (size_t i = 0; i < TABLES; i++)
    if (tag == table_tags[i]) d->address[i] = value;
  switch (tag) {
    case DT_STRSZ: d->strings_size = value; break;
    case DT_VERNEEDNUM: d->version_needs_count = value; break;
    case DT_TEXTREL: o->textrel = true; break;
    case DT_BIND_NOW: o->bind_now = true; break;
    case DT_FLAGS:
      o->textrel |= (value & DF_TEXTREL) != 0;
      o->bind_now |= (value & DF_BIND_NOW) != 0;
      o->static_tls |= (value & DF_STATIC_TLS) != 0;
      break;
    case DT_FLAGS_1:
      o->bind_now |= (value & DF_1_NOW) != 0;
      o->nodelete |= (value & DF_1_NODELETE) != 0;
      o->pie |= (value & DF_1_PIE) != 0;
      break;
    default: break;
  }
}

static int string_at(const char **copy, const object_reader *r, const dynamic *d, uint64_t at) {
  return object_string(copy, r, d->tables[STRINGS].at, d->tables[STRINGS].size, at, "EDYNAMIC",
                       "name in the dynamic segment");
}

static int read_name(object_reader *r, const dynamic *d, uint64_t tag, uint64_t value) {
  pi_object *o = r->o;
  switch (tag) {
    case DT_SONAME: return string_at(&o->soname, r, d, value);
    case DT_RPATH: return string_at(&o->rpath, r, d, value);
    case DT_RUNPATH: return string_at(&o->runpath, r, d, value);
    case DT_NEEDED: {
      const char *name;
      if (string_at(&name, r, d, value) < 0) return -1;
      return object_add_library(r, name, false, false);
    }
    default: return 0;
  }
}

/* One library's versions: a Verneed at `at` of the table and the chain of its Vernaux. */
static int read_library_versions(object_reader *r, const dynamic *d, uint64_t at) {
  const table *needs = &d->tables[VERSION_NEEDS];
  uint64_t count = object_number(r, needs->at + at + 2, 2), aux = at + object_number(r, needs->at + at + 8, 4);
  const char *library;
  if (string_at(&library, r, d, object_number(r, needs->at + at + 4, 4)) < 0) return -1;
  for (uint64_t i = 0; i < count; i++) {
    if (aux > needs->size || needs->size - aux < 16) return broken(r, "a needed version is outside of its table");
    pi_object_version *version = object_append(r, &r->o->versions, sizeof *version);
    if (version == NULL) return -1;
    version->library = library;
    version->index = (uint16_t)(object_number(r, needs->at + aux + 6, 2) & 0x7FFF);
    if (string_at(&version->name, r, d, object_number(r, needs->at + aux + 8, 4)) < 0) return -1;
    uint64_t next = object_number(r, needs->at + aux + 12, 4);
    if (next == 0) break;
    aux += next;
  }
  return 0;
}

static int read_versions(object_reader *r, const dynamic *d) {
  uint64_t at = 0;
  for (uint64_t i = 0; i < d->version_needs_count; i++) {
    if (at > d->tables[VERSION_NEEDS].size || d->tables[VERSION_NEEDS].size - at < 16)
      return broken(r, "a needed version is outside of its table");
    if (read_library_versions(r, d, at) < 0) return -1;
    uint64_t next = object_number(r, d->tables[VERSION_NEEDS].at + at + 12, 4);
    if (next == 0) break;
    at += next;
  }
  return 0;
}

/* DT_HASH tells the number of symbols in its second word; two machines have words of 8 bytes. */
static uint64_t count_by_hash(const object_reader *r, const table *hash) {
  enum { EM_S390 = 22, EM_ALPHA = 0x9026 };
  bool wide = r->o->bits == 64 && (r->o->machine == EM_S390 || r->o->machine == EM_ALPHA);
  size_t width = wide ? 8 : 4;
  return hash->size >= 2 * width ? object_number(r, hash->at + width, width) : 0;
}

/* DT_GNU_HASH covers the defined symbols: the last one ends the chain that starts at the highest bucket. */
static uint64_t count_by_gnu_hash(const object_reader *r, const table *hash) {
  uint64_t buckets = object_number(r, hash->at, 4), first = object_number(r, hash->at + 4, 4);
  uint64_t bloom = object_number(r, hash->at + 8, 4) * object_pick(r, 4, 8);
  uint64_t last = 0, chain = 16 + bloom + 4 * buckets;
  if (hash->size < 16 || chain > hash->size) return 0;
  for (uint64_t i = 0; i < buckets; i++) {
    uint64_t symbol = object_number(r, hash->at + 16 + bloom + 4 * i, 4);
    if (symbol > last) last = symbol;
  }
  if (last < first) return first;
  for (uint64_t at = chain + 4 * (last - first); at <= hash->size - 4; at += 4, last++)
    if (object_number(r, hash->at + at, 4) & 1) return last + 1;
  return 0;
}

/* Symbols up to the next table in the file: a guess, the only one where nothing else tells. */
static uint64_t count_by_layout(const dynamic *d, uint64_t width) {
  uint64_t start = d->tables[SYMBOLS].at, end = start + d->tables[SYMBOLS].size;
  for (size_t i = 0; i < TABLES; i++)
    if (d->tables[i].size > 0 && d->tables[i].at > start && d->tables[i].at < end) end = d->tables[i].at;
  return (end - start) / width;
}

/* How many symbols there are. A GNU hash table leaves out undefined symbols where nothing is defined; the section
 * table, if there is one, fills that gap: its count is only believed for the very table that the loader uses. */
static uint64_t count_symbols(const object_reader *r, const dynamic *d, uint64_t width) {
  const table *hash = &d->tables[HASH], *gnu_hash = &d->tables[GNU_HASH];
  uint64_t count = hash->size > 0 ? count_by_hash(r, hash) : 0;
  if (count > 0) return count;
  if (gnu_hash->size > 0) count = count_by_gnu_hash(r, gnu_hash);
  uint64_t told = r->dynsym_offset == d->tables[SYMBOLS].at ? r->dynsym_size / width : 0;
  if (told > count) count = told;
  return count > 1 ? count : count_by_layout(d, width);
}

/* Versions by their index, for the symbols; a list as long as the highest index. */
static int index_versions(object_reader *r, dynamic *d) {
  const pi_object_version *versions = r->o->versions.items;
  size_t count = 0;
  for (size_t i = 0; i < r->o->versions.count; i++)
    if (versions[i].index >= count) count = (size_t)versions[i].index + 1;
  if (count == 0) return 0;
  d->version_names = object_allocate(r, count * sizeof *d->version_names);
  if (d->version_names == NULL) return -1;
  d->version_names_count = count;
  for (size_t i = 0; i < r->o->versions.count; i++) d->version_names[versions[i].index] = versions[i].name;
  return 0;
}

static const char *version_of(const object_reader *r, const dynamic *d, uint64_t i) {
  const table *versions = &d->tables[SYMBOL_VERSIONS];
  uint64_t index = i < versions->size / 2 ? object_number(r, versions->at + 2 * i, 2) & 0x7FFF : 0;
  return index < d->version_names_count ? d->version_names[index] : NULL;
}

static int read_symbol(object_reader *r, const dynamic *d, uint64_t i, uint64_t width) {
  uint64_t at = d->tables[SYMBOLS].at + i * width;
  uint64_t name = object_number(r, at, 4), info = object_number(r, at + object_pick(r, 12, 4), 1);
  uint64_t visibility = object_number(r, at + object_pick(r, 13, 5), 1) & 3;
  uint64_t section = object_number(r, at + object_pick(r, 14, 6), 2), binding = info >> 4;
  bool undefined = section == 0;
  if (name == 0 || (binding != STB_GLOBAL && binding != STB_WEAK && binding != STB_GNU_UNIQUE)) return 0;
  if (!undefined && (visibility == STV_HIDDEN || visibility == STV_INTERNAL)) return 0;
  pi_object_symbol *symbol = object_append(r, &r->o->symbols, sizeof *symbol);
  if (symbol == NULL) return -1;
  symbol->name = ""; /* the list is sorted also after a failure */
  symbol->undefined = undefined;
  symbol->weak = binding == STB_WEAK;
  symbol->version = undefined ? version_of(r, d, i) : NULL;
  symbol->library = 0;
  return string_at(&symbol->name, r, d, name);
}

static int read_symbols(object_reader *r, const dynamic *d) {
  uint64_t width = object_pick(r, 16, 24);
  const table *symbols = &d->tables[SYMBOLS];
  if (symbols->size == 0) return 0;
  uint64_t count = count_symbols(r, d, width);
  if (count > symbols->size / width) return broken(r, "the symbol table extends past its segment");
  for (uint64_t i = 1; i < count; i++)
    if (read_symbol(r, d, i, width) < 0) return -1;
  return 0;
}

int object_read_dynamic(object_reader *r, const object_segment *segment) {
  dynamic d = {0};
  uint64_t tag, value;
  if (r->o->dynamic) return broken(r, "there are two dynamic segments");
  r->o->dynamic = true;
  for (uint64_t i = 0; entry_at(&tag, &value, r, segment, i); i++) note_entry(r, &d, tag, value);
  for (size_t i = 0; i < TABLES; i++)
    if (d.address[i] != 0) d.tables[i] = table_at(r, d.address[i]);
  if (d.strings_size < d.tables[STRINGS].size) d.tables[STRINGS].size = d.strings_size;
  for (uint64_t i = 0; entry_at(&tag, &value, r, segment, i); i++)
    if (read_name(r, &d, tag, value) < 0) return -1;
  if (read_versions(r, &d) < 0 || index_versions(r, &d) < 0) return -1;
  return read_symbols(r, &d);
}
