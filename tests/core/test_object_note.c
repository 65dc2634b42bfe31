/* Notes of an ELF file, on images made byte by byte: what glibc's loader would make of the properties, and an end to
 * notes that overlap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "core/object.h"
#include "elf_image.h"

/* Each of eight segments covers the same thousand notes: eight thousand of each would keep us busy for hours. */
static void notes_that_overlap_again_and_again_are_refused(void **state) {
  (void)state;
  enum { SEGMENTS = 8, NOTES = 64 + 56 * SEGMENTS, SIZE = NOTES + 12 * 1000 };
  static unsigned char bytes[SIZE];
  static const unsigned char ident[] = {0x7F, 'E', 'L', 'F', 2, 1, 1};
  memset(bytes, 0, sizeof bytes);
  memcpy(bytes, ident, sizeof ident);
  bytes[32] = 64; /* e_phoff, e_phentsize, e_phnum */
  bytes[54] = 56;
  bytes[56] = SEGMENTS;
  for (size_t i = 0; i < SEGMENTS; i++) {
    unsigned char *segment = bytes + 64 + 56 * i;
    segment[0] = 4; /* PT_NOTE, p_offset, p_filesz */
    segment[8] = NOTES & 0xFF;
    segment[9] = NOTES >> 8;
    segment[32] = (SIZE - NOTES) & 0xFF;
    segment[33] = (SIZE - NOTES) >> 8;
  }
  pi_object o;
  pi_err err;
  assert_int_equal(pi_object_parse(&o, bytes, SIZE, "x", &err), -1);
  assert_string_equal(err.code, "ENOTE");
  assert_non_null(strstr(err.message, "too many notes overlap"));
  pi_object_release(&o);
  bytes[56] = 3; /* three times is what linkers do, at most */
  assert_int_equal(pi_object_parse(&o, bytes, SIZE, "x", &err), 0);
  pi_object_release(&o);
}

/* Where a field of program header `i` of a 64-bit image is. */
static size_t header_field(size_t i, size_t at) { return IMAGE_SEGMENTS + i * 56 + at; }

static int needed_isa(const elf_image *image) {
  pi_object o;
  pi_err err = {.message = ""};
  if (pi_object_parse(&o, image->bytes, image->size, "x", &err) != 0) fail_msg("%s", err.message);
  int level = o.isa_needed;
  pi_object_release(&o);
  return level;
}

static void properties_that_stand_twice_count_for_nothing(void **state) {
  (void)state;
  elf_image image;
  elf_image_make(&image, 64, false);
  assert_int_equal(needed_isa(&image), 3);
  elf_image_put(&image, IMAGE_NOTE + 8, 5, 4); /* the build id becomes a note with an empty property */
  elf_image_put(&image, IMAGE_NOTE + 16, 1, 4);
  elf_image_put(&image, IMAGE_NOTE + 20, 0, 4);
  assert_int_equal(needed_isa(&image), 0);
}

static void properties_count_where_notes_are_aligned_as_words_are(void **state) {
  (void)state;
  elf_image image;
  elf_image_make(&image, 64, false);
  elf_image_put(&image, header_field(5, 48), 4, 8);
  assert_int_equal(needed_isa(&image), 0);
}

/* NOTE 4 holds the properties, NOTE 5 only the build id. */
static void properties_count_in_the_last_aligned_segment_of_notes(void **state) {
  (void)state;
  elf_image image;
  elf_image_make(&image, 64, false);
  elf_image_put(&image, header_field(4, 0), 4, 4);
  elf_image_put(&image, header_field(4, 8), IMAGE_NOTE, 8);
  elf_image_put(&image, header_field(4, 32), 56, 8);
  elf_image_put(&image, header_field(5, 32), 24, 8);
  assert_int_equal(needed_isa(&image), 0);
  elf_image_put(&image, header_field(5, 48), 4, 8);
  assert_int_equal(needed_isa(&image), 3);
  elf_image_put(&image, header_field(4, 0), 0x6474E553, 4); /* PT_GNU_PROPERTY, which only a kernel reads */
  assert_int_equal(needed_isa(&image), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(notes_that_overlap_again_and_again_are_refused),
      cmocka_unit_test(properties_that_stand_twice_count_for_nothing),
      cmocka_unit_test(properties_count_where_notes_are_aligned_as_words_are),
      cmocka_unit_test(properties_count_in_the_last_aligned_segment_of_notes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
