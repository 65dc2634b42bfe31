/* ELF reader on images made byte by byte: what is read in every class and byte order, each way to lie, and that no
 * truncation and no changed byte is ever more than an error (sanitizers see reads beyond the image). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/object.h"
#include "elf_image.h"

void *__real_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset);

/* Set: the next file that is mapped shrinks to this size at once, as another process might do. */
static off_t shrink_to = -1;

void *__wrap_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset) {
  void *mapped = __real_mmap(address, size, protection, flags, fd, offset);
  char path[64];
  (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  if (shrink_to >= 0 && fd >= 0) assert_int_equal(truncate(path, shrink_to), 0);
  return mapped;
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

static void assert_code(const elf_image *image, const char *code, const char *reason) {
  pi_object o;
  pi_err err = {.message = "accepted"};
  if (parse(&o, image->bytes, image->size, &err) == 0 || strcmp(err.code, code) != 0)
    fail_msg("want %s, got %s: %s", code, err.code, err.message);
  if (strstr(err.message, reason) == NULL) fail_msg("'%s' does not hold '%s'", err.message, reason);
  pi_object_release(&o);
}

static void assert_described(const pi_object *o) {
  const pi_object_section *sections = o->sections.items;
  const pi_object_version *versions = o->versions.items;
  const pi_object_symbol *symbols = o->symbols.items;
  const pi_object_library *needed = o->needed.items;
  assert_int_equal(o->sections.count, 4);
  assert_string_equal(sections[2].name, ".symtab");
  assert_int_equal(sections[2].type, 2);
  assert_int_equal(sections[2].size, 24);
  assert_string_equal(o->interpreter, "/lib/ld");
  assert_string_equal(o->soname, "libme.so");
  assert_string_equal(o->runpath, "$ORIGIN");
  assert_null(o->rpath);
  assert_int_equal(o->needed.count, 2);
  assert_string_equal(needed[1].name, "libb.so");
  assert_int_equal(o->versions.count, 2);
  assert_string_equal(versions[1].library, "liba.so");
  assert_string_equal(versions[1].name, "A_2");
  assert_int_equal(o->symbols.count, 3);
  assert_string_equal(symbols[0].name, "made");
  assert_false(symbols[0].undefined);
  assert_true(symbols[1].undefined && symbols[1].weak && symbols[1].version == NULL);
  assert_string_equal(symbols[2].name, "wanted");
  assert_string_equal(symbols[2].version, "A_2");
  assert_true(o->static_tls && !o->exec_stack && !o->textrel);
  assert_int_equal(o->tls_size, 0x60);
  assert_int_equal(o->isa_needed, 3);
  assert_int_equal(o->isa_used, 0);
  assert_int_equal(o->build_id_size, 8);
  assert_memory_equal(o->build_id, "\xAB\xCD\xEF\x01", 4);
}

static void every_class_and_byte_order_is_read(void **state) {
  (void)state;
  for (int i = 0; i < 4; i++) {
    elf_image image;
    pi_object o;
    pi_err err = {.message = ""};
    elf_image_make(&image, i & 1 ? 64 : 32, i & 2);
    if (parse(&o, image.bytes, image.size, &err) != 0) fail_msg("%s", err.message);
    assert_int_equal(o.bits, i & 1 ? 64 : 32);
    assert_int_equal(o.big_endian, (i & 2) != 0);
    assert_int_equal(o.machine, 62);
    assert_described(&o);
    pi_object_release(&o);
    pi_object_release(&o);
  }
}

static void a_stripped_section_table_hides_nothing_the_loader_uses(void **state) {
  (void)state;
  elf_image image;
  pi_object o;
  pi_err err;
  elf_image_make(&image, 64, false);
  elf_image_put(&image, 40, 0, 8);
  elf_image_put(&image, 60, 0, 4);
  assert_int_equal(parse(&o, image.bytes, IMAGE_SECTIONS, &err), -1); /* the segment is longer */
  pi_object_release(&o);
  assert_int_equal(parse(&o, image.bytes, image.size, &err), 0);
  assert_false(o.section_table);
  assert_int_equal(o.sections.count, 0);
  assert_int_equal(o.needed.count, 2);
  assert_int_equal(o.symbols.count, 3);
  pi_object_release(&o);
}

static void an_empty_section_table_is_told_from_none(void **state) {
  (void)state;
  elf_image image;
  pi_object o;
  pi_err err;
  elf_image_make(&image, 64, false);
  elf_image_put(&image, 60, 0, 2); /* and section 0 gives no number either */
  assert_int_equal(parse(&o, image.bytes, image.size, &err), 0);
  assert_true(o.section_table);
  assert_int_equal(o.sections.count, 0);
  pi_object_release(&o);
}

static void extended_numbering_stands_in_section_0(void **state) {
  (void)state;
  for (int bits = 32; bits <= 64; bits += 32) {
    elf_image image;
    pi_object o;
    pi_err err;
    elf_image_make(&image, bits, true);
    elf_image_put(&image, elf_image_header(&image, 44, 56), 0xFFFF, 2); /* e_phnum: PN_XNUM */
    elf_image_put(&image, elf_image_header(&image, 48, 60), 0, 2);      /* e_shnum */
    elf_image_put(&image, elf_image_header(&image, 50, 62), 0xFFFF, 2); /* e_shstrndx: SHN_XINDEX */
    elf_image_put(&image, elf_image_section(&image, 0, 20, 32), IMAGE_SECTION_COUNT, (size_t)bits / 8);
    elf_image_put(&image, elf_image_section(&image, 0, 24, 40), 3, 4);
    elf_image_put(&image, elf_image_section(&image, 0, 28, 44), IMAGE_SEGMENT_COUNT, 4);
    assert_int_equal(parse(&o, image.bytes, image.size, &err), 0);
    assert_described(&o);
    pi_object_release(&o);
  }
}

static void what_is_no_elf_file_is_told(void **state) {
  (void)state;
  elf_image image = {.size = 0};
  assert_code(&image, "EFORMAT", "read x: not an ELF, Mach-O or PE file");
  image.size = 64;
  assert_code(&image, "EFORMAT", "not an ELF, Mach-O or PE file");
  elf_image_make(&image, 64, false);
  image.size = 63;
  assert_code(&image, "ETRUNCATED", "ELF header is truncated, bytes: 63");
  image.size = 5;
  assert_code(&image, "ETRUNCATED", "ELF header is truncated, bytes: 5");
}

static void wrong_markers_are_told_with_their_number(void **state) {
  (void)state;
  elf_image image;
  elf_image_make(&image, 64, false);
  image.bytes[4] = 7;
  assert_code(&image, "ECLASS", "unsupported ELF class: 7");
  image.bytes[4] = 2;
  image.bytes[5] = 0;
  assert_code(&image, "EENDIAN", "unsupported ELF endian marker: 0");
}

/* One number of an image is a lie: the code tells which. */
static void assert_lie(size_t at32, size_t at64, uint64_t number, size_t width32, size_t width64, const char *code) {
  for (int i = 0; i < 4; i++) {
    elf_image image;
    elf_image_make(&image, i & 1 ? 64 : 32, i & 2);
    elf_image_put(&image, i & 1 ? at64 : at32, number, i & 1 ? width64 : width32);
    assert_code(&image, code, "");
  }
}

static void each_way_a_section_table_can_lie_has_its_code(void **state) {
  (void)state;
  elf_image image;
  elf_image_make(&image, 64, false);
  size_t names64 = elf_image_section(&image, 3, 0, 0), text64 = elf_image_section(&image, 1, 0, 0);
  image.bits = 32;
  size_t names32 = elf_image_section(&image, 3, 0, 0), text32 = elf_image_section(&image, 1, 0, 0);
  assert_lie(46, 58, 39, 2, 2, "ESECTABLE");         /* e_shentsize */
  assert_lie(48, 60, 5, 2, 2, "ESECRANGE");          /* e_shnum */
  assert_lie(32, 40, 0xFFFFFFF0, 4, 8, "ESECRANGE"); /* e_shoff */
  assert_lie(50, 62, 4, 2, 2, "ESECNAMEINDEX");      /* e_shstrndx */
  assert_lie(names32 + 16, names64 + 24, 0xFFFFFFF0, 4, 8, "ESECNAMERANGE");
  assert_lie(names32 + 20, names64 + 32, 0x7FFFFFFF, 4, 8, "ESECNAMERANGE");
  assert_lie(names32 + 4, names64 + 4, 8, 4, 4, "ESECNAMERANGE"); /* NOBITS has no bytes */
  assert_lie(text32, text64, IMAGE_NAMES_SIZE, 4, 4, "ESECNAME");
  assert_lie(names32 + 20, names64 + 32, 4, 4, 8, "ESECNAME"); /* a name without an end */
}

static void numbers_beyond_json_are_told(void **state) {
  (void)state;
  elf_image image;
  elf_image_make(&image, 64, false);
  elf_image_put(&image, 40, (uint64_t)1 << 53, 8);
  assert_code(&image, "EOVERFLOW", "integer exceeds 2^53-1: 9007199254740992");
  elf_image_make(&image, 64, true);
  elf_image_put(&image, elf_image_section(&image, 1, 20, 32), UINT64_MAX, 8);
  assert_code(&image, "EOVERFLOW", ": 18446744073709551615");
}

static void segments_and_dynamic_tables_can_lie_too(void **state) {
  (void)state;
  const size_t dynamic32 = IMAGE_SEGMENTS + 32, dynamic64 = IMAGE_SEGMENTS + 56;
  assert_lie(28, 32, 0xFFFFFFF0, 4, 8, "ETRUNCATED");                                     /* e_phoff */
  assert_lie(44, 56, 0x1000, 2, 2, "ETRUNCATED");                                         /* e_phnum */
  assert_lie(42, 54, 8, 2, 2, "ETRUNCATED");                                              /* e_phentsize */
  assert_lie(dynamic32 + 4, dynamic64 + 8, 0xFFFFFFF0, 4, 8, "ETRUNCATED");               /* p_offset */
  assert_lie(dynamic32 + 16, dynamic64 + 32, 0x7FFFFFFF, 4, 8, "ETRUNCATED");             /* p_filesz */
  assert_lie(IMAGE_DYNAMIC + 4, IMAGE_DYNAMIC + 8, IMAGE_STRINGS_SIZE, 4, 8, "EDYNAMIC"); /* DT_NEEDED */
  assert_lie(IMAGE_DYNAMIC + 36, IMAGE_DYNAMIC + 72, 1, 4, 8, "EDYNAMIC");                /* DT_STRTAB */
  assert_lie(IMAGE_HASH + 4, IMAGE_HASH + 4, 0x7FFFFFFF, 4, 4, "EDYNAMIC");               /* number of symbols */
  assert_lie(IMAGE_SYMBOLS + 16, IMAGE_SYMBOLS + 24, 0x1000, 4, 4, "EDYNAMIC");           /* st_name */
  assert_lie(IMAGE_NEEDS + 8, IMAGE_NEEDS + 8, 0x7FFFFFFF, 4, 4, "EDYNAMIC");             /* vn_aux */
  assert_lie(IMAGE_NOTE + 4, IMAGE_NOTE + 4, 0x7FFFFFFF, 4, 4, "ENOTE");                  /* n_descsz */
  assert_lie(IMAGE_NOTE + 44, IMAGE_NOTE + 44, 0x7FFFFFFF, 4, 4, "ENOTE");                /* pr_datasz */
}

static void every_truncation_is_an_error(void **state) {
  (void)state;
  for (int i = 0; i < 4; i++) {
    elf_image image;
    elf_image_make(&image, i & 1 ? 64 : 32, i & 2);
    for (size_t size = 0; size < image.size; size++) {
      pi_object o;
      pi_err err;
      if (parse(&o, image.bytes, size, &err) == 0) fail_msg("%zu bytes are accepted", size);
      pi_object_release(&o);
    }
  }
}

/* Every bit alone, and every byte as 0x00, 0x7F, 0x80 and 0xFF: 4 images, over 100,000 changed files. */
static void no_changed_byte_does_harm(void **state) {
  (void)state;
  static const unsigned char values[] = {0x00, 0x7F, 0x80, 0xFF};
  for (int i = 0; i < 4; i++) {
    elf_image image;
    elf_image_make(&image, i & 1 ? 64 : 32, i & 2);
    for (size_t at = 0; at < image.size; at++)
      for (unsigned change = 0; change < 12; change++) {
        unsigned char was = image.bytes[at];
        pi_object o;
        image.bytes[at] = (unsigned char)(change < 8 ? was ^ 1u << change : values[change - 8]);
        (void)parse(&o, image.bytes, image.size, NULL);
        pi_object_release(&o);
        image.bytes[at] = was;
      }
  }
}

/* Two changes at once reach what one alone does not: pairs of random places with random bytes, always the same ones. */
static void no_random_changes_do_harm(void **state) {
  (void)state;
  uint32_t seed = 12345;
  for (int round = 0; round < 20000; round++) {
    elf_image image;
    pi_object o;
    elf_image_make(&image, round & 1 ? 64 : 32, round & 2);
    for (int change = 0; change < 4; change++) {
      seed = seed * 1664525 + 1013904223;
      image.bytes[(seed >> 8) % image.size] = (unsigned char)(seed & 3 ? seed >> 24 : 0xFF);
    }
    (void)parse(&o, image.bytes, image.size, NULL);
    pi_object_release(&o);
  }
}

/* 1500 libraries that each "have" the same 64 KiB name would take 98 MB. */
static void hostile_names_cannot_fill_the_memory(void **state) {
  (void)state;
  enum { NAME = 64 * 1024, ENTRIES = 1500, STRINGS = 0x10000, SIZE = STRINGS + NAME + 16 };
  static unsigned char bytes[SIZE];
  elf_image image;
  pi_object o;
  pi_err err;
  elf_image_make(&image, 64, false);
  elf_image_put(&image, IMAGE_SEGMENTS + 32, SIZE, 8);       /* LOAD: file size */
  elf_image_put(&image, IMAGE_SEGMENTS + 56 + 8, 0x2000, 8); /* DYNAMIC: offset */
  elf_image_put(&image, IMAGE_SEGMENTS + 56 + 32, (ENTRIES + 2) * 16, 8);
  elf_image_put(&image, 40, 0, 8); /* no sections */
  memcpy(bytes, image.bytes, image.size);
  memset(bytes + STRINGS, 'n', NAME);
  for (size_t i = 0; i < ENTRIES + 2; i++) {
    uint64_t tag = i < ENTRIES ? 1 : i == ENTRIES ? 5 : 10;
    uint64_t value = i < ENTRIES ? 0 : i == ENTRIES ? IMAGE_ADDRESS + STRINGS : NAME + 16;
    memcpy(bytes + 0x2000 + 16 * i, &tag, 8);
    memcpy(bytes + 0x2000 + 16 * i + 8, &value, 8);
  }
  assert_int_equal(pi_object_parse(&o, bytes, SIZE, "x", &err), -1);
  assert_string_equal(err.code, "EFBIG");
  assert_true(o.used <= PI_OBJECT_MEMORY);
  pi_object_release(&o);
}

static void a_file_that_shrinks_while_it_is_mapped_is_an_error(void **state) {
  (void)state;
  char path[] = "/tmp/pienv-test-object-XXXXXX";
  elf_image image;
  pi_object o;
  pi_err err;
  elf_image_make(&image, 64, false);
  for (int round = 0; round < 2; round++) { /* twice: the handler still works after its first jump */
    int fd = round == 0 ? mkstemp(path) : open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, image.bytes, image.size, 0), image.size);
    shrink_to = -1;
    assert_int_equal(pi_object_read(&o, path, &err), 0);
    assert_described(&o);
    pi_object_release(&o);
    shrink_to = 0;
    assert_int_equal(pi_object_read(&o, path, &err), -1);
    shrink_to = -1;
    assert_string_equal(err.code, "ETRUNCATED");
    assert_non_null(strstr(err.message, "the file shrank while it was read"));
    pi_object_release(&o);
    assert_int_equal(close(fd), 0);
  }
  assert_int_equal(unlink(path), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_class_and_byte_order_is_read),
      cmocka_unit_test(a_stripped_section_table_hides_nothing_the_loader_uses),
      cmocka_unit_test(an_empty_section_table_is_told_from_none),
      cmocka_unit_test(extended_numbering_stands_in_section_0),
      cmocka_unit_test(what_is_no_elf_file_is_told),
      cmocka_unit_test(wrong_markers_are_told_with_their_number),
      cmocka_unit_test(each_way_a_section_table_can_lie_has_its_code),
      cmocka_unit_test(numbers_beyond_json_are_told),
      cmocka_unit_test(segments_and_dynamic_tables_can_lie_too),
      cmocka_unit_test(every_truncation_is_an_error),
      cmocka_unit_test(no_changed_byte_does_harm),
      cmocka_unit_test(no_random_changes_do_harm),
      cmocka_unit_test(hostile_names_cannot_fill_the_memory),
      cmocka_unit_test(a_file_that_shrinks_while_it_is_mapped_is_an_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
