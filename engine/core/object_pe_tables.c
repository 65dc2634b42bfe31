/* PE: exports, imports and delay imports. */
#include "core/object_pe.h"

enum { IMPORT = 20, DELAY_IMPORT = 32, EXPORTS = 40, HINT = 2 };

static int broken(const object_reader *r, const char *what) { return object_fail(r, "EPE", "%s", what); }

static int string_at(const char **copy, const object_reader *r, const object_pe *pe, uint64_t address,
                     const char *what) {
  object_range text = object_pe_at(r, pe, address);
  return object_string(copy, r, text.at, text.size, 0, "EPE", what);
}

int object_read_pe_exports(const object_reader *r, const object_pe *pe, uint64_t address) {
  if (address == 0) return 0;
  object_range head = object_pe_at(r, pe, address);
  if (head.size < EXPORTS) return broken(r, "the export directory is outside of every section");
  uint64_t functions = object_number(r, head.at + 20, 4), count = object_number(r, head.at + 24, 4);
  object_range names = object_pe_at(r, pe, object_number(r, head.at + 32, 4));
  object_range ordinals = object_pe_at(r, pe, object_number(r, head.at + 36, 4));
  if (count > names.size / 4 || count > ordinals.size / 2)
    return broken(r, "the names of the exports are outside of every section");
  uint64_t own = object_number(r, head.at + 12, 4);
  if (own != 0 && string_at(&r->o->soname, r, pe, own, "name in the export directory") < 0) return -1;
  for (uint64_t i = 0; i < count; i++) {
    const char *name;
    if (object_number(r, ordinals.at + 2 * i, 2) >= functions) return broken(r, "an export has no function");
    if (string_at(&name, r, pe, object_number(r, names.at + 4 * i, 4), "name of an export") < 0) return -1;
    if (object_add_export(r, name) < 0) return -1;
  }
  return 0;
}

/* One entry of a list of functions: a number ("#12"), or the address of a hint and a name. */
static int read_function(const object_reader *r, const object_pe *pe, uint64_t entry, uint64_t base) {
  const char *name;
  uint64_t by_number = object_pick(r, (uint64_t)1 << 31, (uint64_t)1 << 63);
  if (entry & by_number) {
    char text[16];
    int size = snprintf(text, sizeof text, "#%u", (unsigned)(entry & 0xFFFF));
    name = object_copy(r, text, (size_t)size);
    if (name == NULL) return -1;
  } else if (entry < base || string_at(&name, r, pe, entry - base + HINT, "name of an import") < 0) {
    return entry < base ? broken(r, "an import is below the image") : -1;
  }
  return object_add_undefined(r, name, (uint32_t)r->o->needed.count, false);
}

/* The functions of the library added last; the list ends with 0. */
static int read_functions(const object_reader *r, const object_pe *pe, uint64_t address, uint64_t base) {
  object_range list = object_pe_at(r, pe, address);
  uint64_t width = object_pick(r, 4, 8);
  for (uint64_t i = 0; i < list.size / width; i++) {
    uint64_t entry = object_number(r, list.at + i * width, (size_t)width);
    if (entry == 0) return 0;
    if (read_function(r, pe, entry, base) < 0) return -1;
  }
  return broken(r, "a list of imports has no end");
}

static int read_library(const object_reader *r, const object_pe *pe, uint64_t name_address, bool delay) {
  const char *name;
  if (string_at(&name, r, pe, name_address, "name of an imported library") < 0) return -1;
  return object_add_library(r, name, false, delay);
}

int object_read_pe_imports(const object_reader *r, const object_pe *pe, uint64_t address) {
  if (address == 0) return 0;
  object_range table = object_pe_at(r, pe, address);
  for (uint64_t i = 0; i < table.size / IMPORT; i++) {
    uint64_t at = table.at + i * IMPORT;
    uint64_t functions = object_number(r, at, 4), name = object_number(r, at + 12, 4);
    if (name == 0) return 0;
    if (functions == 0) functions = object_number(r, at + 16, 4); /* old linkers have only the bound list */
    if (read_library(r, pe, name, false) < 0 || read_functions(r, pe, functions, 0) < 0) return -1;
  }
  return broken(r, "the import directory has no end");
}

/* Without bit 0 the addresses are not relative: Visual C++ 6. */
int object_read_pe_delay_imports(const object_reader *r, const object_pe *pe, uint64_t address) {
  if (address == 0) return 0;
  object_range table = object_pe_at(r, pe, address);
  for (uint64_t i = 0; i < table.size / DELAY_IMPORT; i++) {
    uint64_t at = table.at + i * DELAY_IMPORT, base = object_number(r, at, 4) & 1 ? 0 : pe->base;
    uint64_t name = object_number(r, at + 4, 4), functions = object_number(r, at + 16, 4);
    if (name == 0) return 0;
    if (name < base || functions < base) return broken(r, "a delay import is below the image");
    if (read_library(r, pe, name - base, true) < 0 || read_functions(r, pe, functions - base, base) < 0) return -1;
  }
  return broken(r, "the delay import directory has no end");
}
