/* Builds small ELF images byte by byte, in any class and byte order: for the tests and the corpus of the object reader.
 */
#ifndef PIENV_TESTS_ELF_IMAGE_H
#define PIENV_TESTS_ELF_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ELF_IMAGE_SIZE = 4096 };

typedef struct elf_image {
  unsigned char bytes[ELF_IMAGE_SIZE];
  size_t size;
  int bits;
  bool big_endian;
} elf_image;

/* Where things lie in the image, the same for every class: files of tests are not packed. The address of a byte is its
 * offset plus IMAGE_ADDRESS. */
enum {
  IMAGE_ADDRESS = 0x10000,
  IMAGE_SEGMENTS = 0x40,
  IMAGE_SEGMENT_COUNT = 6, /* LOAD, DYNAMIC, INTERP, GNU_STACK, TLS, NOTE */
  IMAGE_INTERP = 0x200,
  IMAGE_NOTE = 0x240,
  IMAGE_DYNAMIC = 0x300,
  IMAGE_STRINGS = 0x500,
  IMAGE_STRINGS_SIZE = 0x80,
  IMAGE_SYMBOLS = 0x600,
  IMAGE_HASH = 0x700,
  IMAGE_VERSIONS = 0x780,
  IMAGE_NEEDS = 0x7A0,
  IMAGE_NAMES = 0x800,
  IMAGE_NAMES_SIZE = 0x40,
  IMAGE_SECTIONS = 0x900,
  IMAGE_SECTION_COUNT = 4 /* the empty one, .text, .symtab, .shstrtab */
};

/* A shared object: needs liba.so (versions A_1 and A_2) and libb.so, exports "made", lacks "wanted" (of A_2) and the
 * weak "maybe"; soname, runpath, static TLS, interpreter, build id, and x86-64-v3 as the needed ISA. */
void elf_image_make(elf_image *image, int bits, bool big_endian);

/* Writes a number of `width` bytes in the image's byte order. */
void elf_image_put(elf_image *image, size_t offset, uint64_t number, size_t width);

/* Offsets of fields that tests change. */
size_t elf_image_header(const elf_image *image, size_t at32, size_t at64);
size_t elf_image_section(const elf_image *image, size_t i, size_t at32, size_t at64);

#endif
