/* Builds small Mach-O and PE images byte by byte: for the tests and the corpus of the object reader. */
#ifndef PIENV_TESTS_OBJECT_IMAGE_H
#define PIENV_TESTS_OBJECT_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { OBJECT_IMAGE_SIZE = 16384 };

typedef struct object_image {
  unsigned char bytes[OBJECT_IMAGE_SIZE];
  size_t size;
  int bits;
  bool big_endian;
} object_image;

/* Writes a number of `width` bytes at `offset` in the image's byte order. */
void object_image_put(object_image *image, size_t offset, uint64_t number, size_t width);

/* Where things lie, the same for every class; files of tests are not packed. */
enum {
  MACHO_COMMANDS = 32, /* 28 in 32-bit images: the commands follow at once */
  MACHO_STRINGS = 0x600,
  MACHO_STRINGS_SIZE = 0x40,
  MACHO_SYMBOLS = 0x680,
  MACHO_SYMBOL_COUNT = 4,
  MACHO_TRIE = 0x700,
  MACHO_TRIE_SIZE = 0x20,
  MACHO_SIGNATURE = 0x740,
  MACHO_SIGNATURE_SIZE = 0x80,
  MACHO_SIZE = MACHO_SIGNATURE + MACHO_SIGNATURE_SIZE
};

/* A bundle for macOS 11.0: needs liba (its "wanted") and the weak libb, lacks the weak "maybe" of no library, exports
 * "made" and "main" through the trie; install name, run path, UUID, ad-hoc signature by the linker as "me". */
void macho_image_make(object_image *image, int bits, bool big_endian);

/* A fat file of a 64-bit little-endian and a 32-bit big-endian slice; `wide`: with the 64-bit fat header. */
void macho_image_make_fat(object_image *image, bool wide);
enum { FAT_FIRST = 0x1000, FAT_SECOND = 0x2000 };

enum {
  PE_HEADER = 0x80,
  PE_OPTIONAL = PE_HEADER + 24,
  PE_SECTIONS = 0x200,
  PE_TABLES = 0x400, /* the bytes of .rdata, at address PE_ADDRESS */
  PE_ADDRESS = 0x1000,
  PE_EXPORTS = 0x400,
  PE_IMPORTS = 0x500,
  PE_DELAY = 0x600,
  PE_THUNKS = 0x680,
  PE_STRINGS = 0x900,
  PE_SIZE = 0x980
};

/* me.dll: exports "made"; imports "wanted" and number 12 of liba.dll, and "later" of node.exe when it is first called;
 * sections .text, .rdata and .debug_info, whose long name stands in the string table. */
void pe_image_make(object_image *image, int bits);

#endif
