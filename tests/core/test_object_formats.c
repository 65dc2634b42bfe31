/* Mach-O and PE reader on images made byte by byte: what is read in every class and byte order, each way to lie, and
 * that no truncation and no changed byte is ever more than an error (sanitizers see reads beyond the image). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/object.h"
#include "object_image.h"

/* Every image that the tests below change: 4 thin Mach-O, 2 fat ones, 2 PE. */
enum { IMAGES = 8, FIRST_FAT = 4, FIRST_PE = 6 };

static void make(object_image *image, int i) {
  if (i >= FIRST_PE)
    pe_image_make(image, i & 1 ? 64 : 32);
  else if (i >= FIRST_FAT)
    macho_image_make_fat(image, i & 1);
  else
    macho_image_make(image, i & 1 ? 64 : 32, i & 2);
}

/* Parses a copy in a block of exactly that size. The caller releases `o`. */
static int parse(pi_object *o, const unsigned char *bytes, size_t size, pi_err *err) {
  unsigned char *copy = malloc(size > 0 ? size : 1);
  assert_non_null(copy);
  memcpy(copy, bytes, size);
  int result = pi_object_parse(o, copy, size, "x", err);
  free(copy);
  return result;
}

static void assert_code(const object_image *image, const char *code, const char *reason) {
  pi_object o;
  pi_err err = {.message = "accepted"};
  if (parse(&o, image->bytes, image->size, &err) == 0 || strcmp(err.code, code) != 0)
    fail_msg("want %s %s, got %s: %s", code, reason, err.code, err.message);
  if (strstr(err.message, reason) == NULL) fail_msg("'%s' does not hold '%s'", err.message, reason);
  pi_object_release(&o);
}

static void assert_symbol(const pi_object *o, size_t i, const char *name, bool undefined, uint32_t library) {
  const pi_object_symbol *symbols = o->symbols.items;
  assert_string_equal(symbols[i].name, name);
  assert_int_equal(symbols[i].undefined, undefined);
  assert_int_equal(symbols[i].library, library);
}

static void assert_macho(const pi_object *o) {
  const pi_object_library *needed = o->needed.items;
  const pi_object_section *sections = o->sections.items;
  const char *const *run_paths = o->run_paths.items;
  assert_int_equal(o->format, PI_OBJECT_MACHO);
  assert_string_equal(pi_object_type_name(o), "bundle");
  assert_string_equal(o->soname, "/build/libme.dylib");
  assert_int_equal(o->needed.count, 2);
  assert_string_equal(needed[0].name, "/usr/lib/liba.dylib");
  assert_true(!needed[0].weak && needed[1].weak);
  assert_string_equal(run_paths[0], "@loader_path");
  assert_int_equal(o->symbols.count, 4);
  assert_symbol(o, 0, "made", false, 0);
  assert_symbol(o, 1, "main", false, 0);
  assert_symbol(o, 2, "maybe", true, 0);
  assert_symbol(o, 3, "wanted", true, 1);
  assert_true(((const pi_object_symbol *)o->symbols.items)[2].weak);
  assert_string_equal(sections[0].name, "__TEXT,__a_name_of_16_b");
  assert_int_equal(sections[0].size, 0x123);
  assert_int_equal(o->platform, 1);
  assert_int_equal(o->os_minimum, 11 << 16);
  assert_memory_equal(o->build_id, "0123456789abcdef", 16);
  assert_int_equal(o->signature.flags, 0x20002);
  assert_string_equal(o->signature.identifier, "me");
  assert_true(!o->signature.identity && !o->strings_misaligned);
}

static void every_mach_o_class_and_byte_order_is_read(void **state) {
  (void)state;
  for (int i = 0; i < FIRST_FAT; i++) {
    static object_image image;
    pi_object o;
    pi_err err = {.message = ""};
    make(&image, i);
    if (parse(&o, image.bytes, image.size, &err) != 0) fail_msg("%s", err.message);
    assert_int_equal(o.bits, i & 1 ? 64 : 32);
    assert_int_equal(o.big_endian, (i & 2) != 0);
    assert_string_equal(pi_object_machine_name(&o), i & 1 ? "aarch64" : "ppc");
    assert_macho(&o);
    pi_object_release(&o);
    pi_object_release(&o);
  }
}

static void both_fat_headers_are_read(void **state) {
  (void)state;
  for (int i = FIRST_FAT; i < FIRST_PE; i++) {
    static object_image image;
    pi_object o;
    pi_err err = {.message = ""};
    make(&image, i);
    if (parse(&o, image.bytes, image.size, &err) != 0) fail_msg("%s", err.message);
    const pi_object_slice *slices = o.slices.items;
    assert_int_equal(o.slices.count, 2);
    assert_int_equal(slices[1].offset, FAT_SECOND);
    assert_int_equal(slices[1].size, MACHO_SIZE);
    assert_true(slices[0].object.bits == 64 && slices[1].object.bits == 32 && slices[1].object.big_endian);
    assert_macho(&slices[0].object);
    assert_macho(&slices[1].object);
    pi_object_release(&o);
  }
}

static void an_old_minimum_and_a_misaligned_string_pool_are_told(void **state) {
  (void)state;
  static object_image image;
  pi_object o;
  pi_err err;
  macho_image_make(&image, 64, false);
  size_t at = 32;
  while (image.bytes[at] != 0x32) at += image.bytes[at + 4]; /* LC_BUILD_VERSION becomes LC_VERSION_MIN_MACOSX */
  object_image_put(&image, at, 0x24, 4);
  object_image_put(&image, at + 8, 10 << 16 | 13 << 8, 4);
  assert_int_equal(parse(&o, image.bytes, image.size, &err), 0);
  assert_int_equal(o.os_minimum, 10 << 16 | 13 << 8);
  pi_object_release(&o);
  for (at = 32; image.bytes[at] != 2; at += image.bytes[at + 4]) continue;
  object_image_put(&image, at + 16, MACHO_STRINGS + 4, 4); /* LC_SYMTAB: stroff */
  object_image_put(&image, at + 12, 0, 4);
  assert_int_equal(parse(&o, image.bytes, image.size, &err), 0);
  assert_true(o.strings_misaligned);
  pi_object_release(&o);
}

static void every_pe_class_is_read(void **state) {
  (void)state;
  for (int i = FIRST_PE; i < IMAGES; i++) {
    static object_image image;
    pi_object o;
    pi_err err = {.message = ""};
    make(&image, i);
    if (parse(&o, image.bytes, image.size, &err) != 0) fail_msg("%s", err.message);
    const pi_object_library *needed = o.needed.items;
    const pi_object_section *sections = o.sections.items;
    assert_int_equal(o.bits, i & 1 ? 64 : 32);
    assert_string_equal(pi_object_machine_name(&o), i & 1 ? "x86_64" : "x86");
    assert_string_equal(pi_object_type_name(&o), "dll");
    assert_string_equal(o.soname, "me.dll");
    assert_string_equal(sections[2].name, ".debug_info");
    assert_int_equal(sections[0].type, 8);
    assert_string_equal(needed[0].name, "liba.dll");
    assert_string_equal(needed[1].name, "node.exe");
    assert_true(!needed[0].delay && needed[1].delay);
    assert_int_equal(o.symbols.count, 4);
    assert_symbol(&o, 0, "#12", true, 1);
    assert_symbol(&o, 1, "later", true, 2);
    assert_symbol(&o, 2, "made", false, 0);
    assert_symbol(&o, 3, "wanted", true, 1);
    pi_object_release(&o);
  }
}

/* One number of image `i` is a lie: the code tells which. */
static void assert_lie(int i, size_t at, uint64_t number, const char *code, const char *reason) {
  static object_image image;
  make(&image, i);
  object_image_put(&image, at, number, 4);
  assert_code(&image, code, reason);
}

/* Where load command `type` of the 64-bit little-endian image stands. */
static size_t command(uint32_t type) {
  static object_image image;
  uint32_t found, size;
  macho_image_make(&image, 64, false);
  for (size_t at = 32; at < MACHO_STRINGS; at += size) {
    memcpy(&found, image.bytes + at, 4);
    memcpy(&size, image.bytes + at + 4, 4);
    if (found == type) return at;
  }
  fail_msg("no load command 0x%x", type);
  return 0;
}

static void each_way_load_commands_can_lie_has_its_code(void **state) {
  (void)state;
  assert_lie(1, 20, 0x10000, "ETRUNCATED", "load commands extend past the end");
  assert_lie(1, 16, 11, "EMACHO", "a load command does not fit the others");
  assert_lie(1, 32 + 4, 4, "EMACHO", "a load command does not fit the others");
  assert_lie(1, 32 + 4, 0xFFFFFFF8, "EMACHO", "a load command does not fit the others");
  assert_lie(1, 32 + 48, MACHO_SIZE + 1, "ETRUNCATED", "a segment extends past the end of the file");
  assert_lie(1, 32 + 64, 2, "EMACHO", "sections extend past their segment");
  assert_lie(1, command(0xC) + 8, 0xFFFF, "EMACHO", "name in a load command");
  assert_lie(1, command(2) + 12, 0x0FFFFFFF, "ETRUNCATED", "the symbol table extends past the end");
  assert_lie(1, command(2) + 20, 0xFFFFFFFF, "ETRUNCATED", "a table of load command 0x2 extends");
  assert_lie(1, MACHO_SYMBOLS, MACHO_STRINGS_SIZE, "EMACHO", "symbol name");
  assert_lie(1, command(0x80000033) + 12, 0xFFFFFFFF, "ETRUNCATED", "a table of load command 0x80000033 extends");
  assert_lie(1, command(0x1D) + 8, 0xFFFFFFFF, "ETRUNCATED", "a table of load command 0x1d extends");
}

static void the_export_trie_can_lie_too(void **state) {
  (void)state;
  static object_image image;
  assert_lie(1, MACHO_TRIE, 0x00000020, "EMACHO", "a node of the export trie is outside of it");
  macho_image_make(&image, 64, false);
  memset(image.bytes + MACHO_TRIE, 0xFF, MACHO_TRIE_SIZE);
  assert_code(&image, "EMACHO", "a number of the export trie is outside of it");
  macho_image_make(&image, 64, false);
  image.bytes[MACHO_TRIE + 6] = 0; /* the first child is the root again */
  assert_code(&image, "EMACHO", "the export trie has no end");
  macho_image_make(&image, 64, false);
  memset(image.bytes + MACHO_TRIE + 2, 'x', MACHO_TRIE_SIZE - 2);
  assert_code(&image, "EMACHO", "a name of the export trie has no end");
}

static void the_code_signature_can_lie_too(void **state) {
  (void)state;
  assert_lie(1, MACHO_SIGNATURE, 0, "EMACHO", "the code signature is not one");
  assert_lie(1, MACHO_SIGNATURE + 8, 0xFF000000, "EMACHO", "a blob is outside of the code signature");
  assert_lie(1, MACHO_SIGNATURE + 16, 0xFF000000, "EMACHO", "a blob is outside of the code signature");
  assert_lie(1, MACHO_SIGNATURE + 28, 0, "EMACHO", "the code directory is not one");
  assert_lie(1, MACHO_SIGNATURE + 48, 0xFF000000, "EMACHO", "identifier of the code signature");
}

static void each_way_a_fat_header_can_lie_has_its_code(void **state) {
  (void)state;
  static object_image image;
  assert_lie(4, 4, 0, "EFORMAT", "it would have 0 slices");
  assert_lie(4, 4, 52, "EFORMAT", "it would have 52 slices"); /* a Java class */
  assert_lie(4, 16, 0xFFFFF000, "ETRUNCATED", "a slice extends past the end of the file");
  assert_lie(4, 20, 0xFFFFF000, "ETRUNCATED", "a slice extends past the end of the file");
  assert_lie(4, 24, 64, "EMACHO", "a slice is not aligned");
  assert_lie(4, 16, FAT_FIRST + 8, "EMACHO", "a slice is not aligned");
  assert_lie(4, 8, 7, "EMACHO", "a slice is for another machine");
  assert_lie(4, FAT_FIRST, 0, "EFORMAT", "a slice is not a Mach-O file");
  assert_lie(4, FAT_FIRST, 0xCAFEBABE, "EFORMAT", "a slice is not a Mach-O file"); /* fat in fat */
  macho_image_make_fat(&image, false);
  memcpy(image.bytes + 28, image.bytes + 8, 20); /* one slice twice */
  assert_code(&image, "EMACHO", "two slices overlap");
  object_image_put(&image, 4, 40, 4);
  image.size = 100;
  assert_code(&image, "ETRUNCATED", "the fat header is truncated");
}

static void each_way_a_pe_header_can_lie_has_its_code(void **state) {
  (void)state;
  assert_lie(7, 60, PE_SIZE - 4, "ETRUNCATED", "the PE header is outside of the file");
  assert_lie(7, PE_HEADER, 0x454E, "EFORMAT", "a DOS program");
  assert_lie(7, PE_HEADER + 4, 97u << 16 | 0x8664, "EPE", "more than 96 sections");
  assert_lie(7, PE_HEADER + 20, 0x2022FFFF, "ETRUNCATED", "the PE header is truncated");
  assert_lie(7, PE_HEADER + 20, 0x20220010, "EPE", "the optional header is too small");
  assert_lie(7, PE_OPTIONAL, 0x107, "EPE", "the optional header is of an unknown kind");
  assert_lie(7, PE_SECTIONS + 40 + 20, 0xFFFFFFF0, "ETRUNCATED", "a section extends past the end");
  assert_lie(7, PE_STRINGS, 0xFFFFFFFF, "EPE", "section name");
}

static void each_way_pe_tables_can_lie_has_its_code(void **state) {
  (void)state;
  size_t directories = PE_OPTIONAL + 112;
  assert_lie(7, directories, 0x70000000, "EPE", "the export directory is outside");
  assert_lie(7, PE_EXPORTS + 24, 0x10000000, "EPE", "the names of the exports are outside");
  assert_lie(7, PE_EXPORTS + 20, 0, "EPE", "an export has no function");
  assert_lie(7, PE_EXPORTS + 100, 0x70000000, "EPE", "name of an export");
  assert_lie(7, PE_EXPORTS + 12, 0x70000000, "EPE", "name in the export directory");
  assert_lie(7, directories + 8, 0x70000000, "EPE", "the import directory has no end");
  assert_lie(7, PE_IMPORTS + 12, 0x70000000, "EPE", "name of an imported library");
  assert_lie(7, PE_IMPORTS, 0x70000000, "EPE", "a list of imports has no end");
  assert_lie(7, PE_THUNKS, 0x70000000, "EPE", "name of an import");
  assert_lie(7, directories + 8 * 13, 0x70000000, "EPE", "the delay import directory has no end");
  assert_lie(7, PE_DELAY + 16, 0x70000000, "EPE", "a list of imports has no end");
}

static void every_truncation_is_an_error(void **state) {
  (void)state;
  for (int i = 0; i < IMAGES; i++) {
    static object_image image;
    make(&image, i);
    for (size_t size = 0; size < image.size; size++) {
      pi_object o;
      if (parse(&o, image.bytes, size, NULL) == 0) fail_msg("image %d: %zu bytes are accepted", i, size);
      pi_object_release(&o);
    }
  }
}

/* Every bit alone, and every byte as 0x00, 0x7F, 0x80 and 0xFF. */
static void no_changed_byte_does_harm(void **state) {
  (void)state;
  static const unsigned char values[] = {0x00, 0x7F, 0x80, 0xFF};
  for (int i = 0; i < IMAGES; i++) {
    static object_image image;
    make(&image, i);
    for (size_t at = 0; at < image.size; at++)
      for (unsigned change = 0; change < 12; change++) {
        unsigned char was = image.bytes[at];
        pi_object o;
        image.bytes[at] = (unsigned char)(change < 8 ? was ^ 1u << change : values[change - 8]);
        (void)pi_object_parse(&o, image.bytes, image.size, "x", NULL);
        pi_object_release(&o);
        image.bytes[at] = was;
      }
  }
}

/* Several changes at once reach what one alone does not; always the same ones. The image stands in a block of its own
 * size, so that a read behind it is seen. */
static void no_random_changes_do_harm(void **state) {
  (void)state;
  uint32_t seed = 12345;
  for (int round = 0; round < 20000; round++) {
    static object_image image;
    pi_object o;
    make(&image, round % IMAGES);
    for (int change = 0; change < 4; change++) {
      seed = seed * 1664525 + 1013904223;
      image.bytes[(seed >> 8) % image.size] = (unsigned char)(seed & 3 ? seed >> 24 : 0xFF);
    }
    (void)parse(&o, image.bytes, image.size, NULL);
    pi_object_release(&o);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_mach_o_class_and_byte_order_is_read),
      cmocka_unit_test(both_fat_headers_are_read),
      cmocka_unit_test(an_old_minimum_and_a_misaligned_string_pool_are_told),
      cmocka_unit_test(every_pe_class_is_read),
      cmocka_unit_test(each_way_load_commands_can_lie_has_its_code),
      cmocka_unit_test(the_export_trie_can_lie_too),
      cmocka_unit_test(the_code_signature_can_lie_too),
      cmocka_unit_test(each_way_a_fat_header_can_lie_has_its_code),
      cmocka_unit_test(each_way_a_pe_header_can_lie_has_its_code),
      cmocka_unit_test(each_way_pe_tables_can_lie_has_its_code),
      cmocka_unit_test(every_truncation_is_an_error),
      cmocka_unit_test(no_changed_byte_does_harm),
      cmocka_unit_test(no_random_changes_do_harm),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
