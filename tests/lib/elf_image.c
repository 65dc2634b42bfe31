/* ELF images: see elf_image.h. */
#include "elf_image.h"

#include <string.h>

static size_t word(const elf_image *image) { return image->bits == 64 ? 8 : 4; }

void elf_image_put(elf_image *image, size_t offset, uint64_t number, size_t width) {
  for (size_t i = 0; i < width; i++)
    image->bytes[offset + (image->big_endian ? width - 1 - i : i)] = (unsigned char)(number >> 8 * i);
}

size_t elf_image_header(const elf_image *image, size_t at32, size_t at64) { return image->bits == 64 ? at64 : at32; }

size_t elf_image_section(const elf_image *image, size_t i, size_t at32, size_t at64) {
  return IMAGE_SECTIONS + i * (image->bits == 64 ? 64 : 40) + elf_image_header(image, at32, at64);
}

static void put_text(elf_image *image, size_t offset, const char *text, size_t size) {
  memcpy(image->bytes + offset, text, size);
}

static void put_header(elf_image *image) {
  bool wide = image->bits == 64;
  put_text(image, 0, "\177ELF", 4);
  image->bytes[4] = wide ? 2 : 1;
  image->bytes[5] = image->big_endian ? 2 : 1;
  image->bytes[6] = 1;
  elf_image_put(image, 16, 3, 2);  /* ET_DYN */
  elf_image_put(image, 18, 62, 2); /* EM_X86_64 */
  elf_image_put(image, 20, 1, 4);
  elf_image_put(image, wide ? 32 : 28, IMAGE_SEGMENTS, word(image));
  elf_image_put(image, wide ? 40 : 32, IMAGE_SECTIONS, word(image));
  size_t halves = wide ? 52 : 40;
  const uint64_t values[] = {wide ? 64 : 52, wide ? 56 : 32,      IMAGE_SEGMENT_COUNT,
                             wide ? 64 : 40, IMAGE_SECTION_COUNT, 3};
  for (size_t i = 0; i < 6; i++) elf_image_put(image, halves + 2 * i, values[i], 2);
}

static void put_segment(elf_image *image, size_t i, uint32_t type, uint32_t flags, uint64_t offset, uint64_t size) {
  bool wide = image->bits == 64;
  size_t at = IMAGE_SEGMENTS + i * (wide ? 56 : 32), step = word(image);
  elf_image_put(image, at, type, 4);
  elf_image_put(image, at + (wide ? 4 : 24), flags, 4);
  size_t from = at + (wide ? 8 : 4);
  const uint64_t values[] = {offset, offset + IMAGE_ADDRESS, offset + IMAGE_ADDRESS, size, size};
  for (size_t k = 0; k < 5; k++) elf_image_put(image, from + k * step, values[k], step);
  elf_image_put(image, at + (wide ? 48 : 28), word(image), step);
}

static void put_note(elf_image *image) {
  size_t at = IMAGE_NOTE, align = word(image);
  elf_image_put(image, at, 4, 4); /* the build id, ABCDEF01 and as many more bytes as keep the next note aligned */
  elf_image_put(image, at + 4, 8, 4);
  elf_image_put(image, at + 8, 3, 4);
  put_text(image, at + 12, "GNU\0\xAB\xCD\xEF\x01\x02\x03\x04\x05", 12);
  at += 24;
  elf_image_put(image, at, 4, 4); /* the property "needs v1, v2 and v3" */
  elf_image_put(image, at + 4, 8 + align, 4);
  elf_image_put(image, at + 8, 5, 4);
  put_text(image, at + 12, "GNU", 4);
  elf_image_put(image, at + 16, 0xC0008002, 4);
  elf_image_put(image, at + 20, 4, 4);
  elf_image_put(image, at + 24, 7, 4);
}

/* Offsets in the string table. */
enum { LIBA = 1, LIBB = 9, SONAME = 17, RUNPATH = 27, MADE = 35, WANTED = 40, MAYBE = 47, A_1 = 53, A_2 = 57 };

static void put_dynamic(elf_image *image) {
  static const char strings[] = "\0liba.so\0libb.so\0libme.so\0\0$ORIGIN\0made\0wanted\0maybe\0A_1\0A_2";
  const uint64_t entries[][2] = {{1, LIBA},
                                 {1, LIBB},
                                 {14, SONAME},
                                 {29, RUNPATH},
                                 {5, IMAGE_ADDRESS + IMAGE_STRINGS},
                                 {10, IMAGE_STRINGS_SIZE},
                                 {6, IMAGE_ADDRESS + IMAGE_SYMBOLS},
                                 {4, IMAGE_ADDRESS + IMAGE_HASH},
                                 {30, 0x10}, /* DF_STATIC_TLS */
                                 {0x6FFFFFF0, IMAGE_ADDRESS + IMAGE_VERSIONS},
                                 {0x6FFFFFFE, IMAGE_ADDRESS + IMAGE_NEEDS},
                                 {0x6FFFFFFF, 1},
                                 {0, 0}};
  put_text(image, IMAGE_STRINGS, strings, sizeof strings);
  for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
    elf_image_put(image, IMAGE_DYNAMIC + 2 * i * word(image), entries[i][0], word(image));
    elf_image_put(image, IMAGE_DYNAMIC + (2 * i + 1) * word(image), entries[i][1], word(image));
  }
}

static void put_symbol(elf_image *image, size_t i, uint64_t name, unsigned binding, uint64_t section,
                       uint64_t version) {
  bool wide = image->bits == 64;
  size_t at = IMAGE_SYMBOLS + i * (wide ? 24 : 16);
  elf_image_put(image, at, name, 4);
  elf_image_put(image, at + (wide ? 4 : 12), binding << 4 | 2, 1);
  elf_image_put(image, at + (wide ? 6 : 14), section, 2);
  elf_image_put(image, IMAGE_VERSIONS + 2 * i, version, 2);
}

static void put_symbols(elf_image *image) {
  put_symbol(image, 1, MADE, 1, 1, 1);
  put_symbol(image, 2, WANTED, 1, 0, 3);
  put_symbol(image, 3, MAYBE, 2, 0, 0);
  elf_image_put(image, IMAGE_HASH, 1, 4);
  elf_image_put(image, IMAGE_HASH + 4, 4, 4);
  const uint64_t need[] = {LIBA, 16, 0};
  elf_image_put(image, IMAGE_NEEDS, 1, 2);
  elf_image_put(image, IMAGE_NEEDS + 2, 2, 2);
  for (size_t i = 0; i < 3; i++) elf_image_put(image, IMAGE_NEEDS + 4 + 4 * i, need[i], 4);
  for (size_t i = 0; i < 2; i++) {
    size_t at = IMAGE_NEEDS + 16 + 16 * i;
    elf_image_put(image, at + 6, i + 2, 2);
    elf_image_put(image, at + 8, i == 0 ? A_1 : A_2, 4);
    elf_image_put(image, at + 12, i == 0 ? 16 : 0, 4);
  }
}

static void put_sections(elf_image *image) {
  static const char names[] = "\0.text\0.symtab\0.shstrtab";
  const uint64_t rows[IMAGE_SECTION_COUNT][4] = {/* name, type, offset, size */
                                                 {0, 0, 0, 0},
                                                 {1, 1, 0x600, 16},
                                                 {7, 2, 0x600, 24},
                                                 {15, 3, IMAGE_NAMES, IMAGE_NAMES_SIZE}};
  put_text(image, IMAGE_NAMES, names, sizeof names);
  for (size_t i = 0; i < IMAGE_SECTION_COUNT; i++) {
    elf_image_put(image, elf_image_section(image, i, 0, 0), rows[i][0], 4);
    elf_image_put(image, elf_image_section(image, i, 4, 4), rows[i][1], 4);
    elf_image_put(image, elf_image_section(image, i, 16, 24), rows[i][2], word(image));
    elf_image_put(image, elf_image_section(image, i, 20, 32), rows[i][3], word(image));
  }
}

void elf_image_make(elf_image *image, int bits, bool big_endian) {
  memset(image, 0, sizeof *image);
  image->bits = bits;
  image->big_endian = big_endian;
  image->size = IMAGE_SECTIONS + IMAGE_SECTION_COUNT * (bits == 64 ? 64 : 40);
  put_header(image);
  put_segment(image, 0, 1, 5, 0, image->size);
  put_segment(image, 1, 2, 6, IMAGE_DYNAMIC, 13 * 2 * word(image));
  put_segment(image, 2, 3, 4, IMAGE_INTERP, 8);
  put_segment(image, 3, 0x6474E551, 6, 0, 0);
  put_segment(image, 4, 7, 4, 0x600, 0x60);
  put_segment(image, 5, 4, 4, IMAGE_NOTE, 24 + 24 + word(image));
  put_text(image, IMAGE_INTERP, "/lib/ld", 8);
  put_note(image);
  put_dynamic(image);
  put_symbols(image);
  put_sections(image);
}
