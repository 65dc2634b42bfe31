/* Mach-O images: see object_image.h. */
#include "object_image.h"

#include <string.h>

void object_image_put(object_image *image, size_t offset, uint64_t number, size_t width) {
  for (size_t i = 0; i < width; i++)
    image->bytes[offset + (image->big_endian ? width - 1 - i : i)] = (unsigned char)(number >> 8 * i);
}

static void put_big(object_image *image, size_t offset, uint32_t number) {
  for (size_t i = 0; i < 4; i++) image->bytes[offset + i] = (unsigned char)(number >> 8 * (3 - i));
}

/* Adds a load command of 32-bit fields; returns where it stands. */
static size_t add_command(object_image *image, size_t *at, uint32_t type, const uint32_t *fields, size_t count,
                          size_t size) {
  size_t start = *at;
  object_image_put(image, start, type, 4);
  object_image_put(image, start + 4, size, 4);
  for (size_t i = 0; i < count; i++) object_image_put(image, start + 8 + 4 * i, fields[i], 4);
  *at += size;
  return start;
}

static void add_text(object_image *image, size_t *at, uint32_t type, size_t head, const char *text) {
  const uint32_t fields[] = {(uint32_t)head};
  size_t size = (head + strlen(text) + 1 + 7) / 8 * 8;
  size_t start = add_command(image, at, type, fields, 1, size);
  memcpy(image->bytes + start + head, text, strlen(text));
}

static void add_segment(object_image *image, size_t *at) {
  bool wide = image->bits == 64;
  size_t head = wide ? 72 : 56, word = wide ? 8 : 4;
  size_t start = add_command(image, at, wide ? 0x19 : 1, NULL, 0, head + (wide ? 80 : 68));
  memcpy(image->bytes + start + 8, "__TEXT", 6);
  object_image_put(image, start + (wide ? 48 : 36), MACHO_SIZE, word);
  object_image_put(image, start + (wide ? 64 : 48), 1, 4);
  memcpy(image->bytes + start + head, "__a_name_of_16_b", 16);
  memcpy(image->bytes + start + head + 16, "__TEXT", 6);
  object_image_put(image, start + head + (wide ? 40 : 36), 0x123, word);
}

static size_t add_commands(object_image *image, size_t at) {
  const uint32_t symbols[] = {MACHO_SYMBOLS, MACHO_SYMBOL_COUNT, MACHO_STRINGS, MACHO_STRINGS_SIZE};
  const uint32_t version[] = {1, 11 << 16, 14 << 16 | 5 << 8 | 1, 0};
  const uint32_t trie[] = {MACHO_TRIE, MACHO_TRIE_SIZE}, signature[] = {MACHO_SIGNATURE, MACHO_SIGNATURE_SIZE};
  add_segment(image, &at);
  add_text(image, &at, 0xD, 24, "/build/libme.dylib");
  add_text(image, &at, 0xC, 24, "/usr/lib/liba.dylib");
  add_text(image, &at, 0x80000018, 24, "/usr/lib/libb.dylib");
  add_text(image, &at, 0x8000001C, 12, "@loader_path");
  (void)add_command(image, &at, 2, symbols, 4, 24);
  (void)add_command(image, &at, 0x32, version, 4, 24);
  memcpy(image->bytes + add_command(image, &at, 0x1B, NULL, 0, 24) + 8, "0123456789abcdef", 16);
  (void)add_command(image, &at, 0x80000033, trie, 2, 16);
  (void)add_command(image, &at, 0x1D, signature, 2, 16);
  return at;
}

/* Offsets in the string table. */
enum { WANTED = 1, MAYBE = 9, LOCAL = 16, DEBUG = 23 };

static void put_symbols(object_image *image) {
  static const char strings[] = "\0_wanted\0_maybe\0_local\0_debug";
  static const uint32_t rows[MACHO_SYMBOL_COUNT][4] = {
      {WANTED, 1, 0x0100, 0}, {MAYBE, 1, 0xFE40, 0}, {LOCAL, 0x0F, 0, 16}, {DEBUG, 0x24, 0, 16}};
  memcpy(image->bytes + MACHO_STRINGS, strings, sizeof strings);
  for (size_t i = 0; i < MACHO_SYMBOL_COUNT; i++) {
    size_t at = MACHO_SYMBOLS + i * (image->bits == 64 ? 16 : 12);
    object_image_put(image, at, rows[i][0], 4);
    object_image_put(image, at + 4, rows[i][1], 1);
    object_image_put(image, at + 6, rows[i][2], 2);
    object_image_put(image, at + 8, rows[i][3], image->bits == 64 ? 8 : 4);
  }
}

/* The root has one child "_ma", which has "de" and "in". */
static void put_trie(object_image *image) {
  static const char trie[] = "\0\1_ma\0\7\0\2de\0\x11in\0\x15\2\0\x10\0\2\0\x10\0";
  memcpy(image->bytes + MACHO_TRIE, trie, sizeof trie - 1);
}

static void put_signature(object_image *image) {
  static const uint32_t super[] = {0xFADE0CC0, MACHO_SIGNATURE_SIZE, 2, 0, 28, 0x10000, 100};
  static const uint32_t directory[] = {0xFADE0C02, 64, 0x20400, 0x20002, 0, 48};
  for (size_t i = 0; i < 7; i++) put_big(image, MACHO_SIGNATURE + 4 * i, super[i]);
  for (size_t i = 0; i < 6; i++) put_big(image, MACHO_SIGNATURE + 28 + 4 * i, directory[i]);
  memcpy(image->bytes + MACHO_SIGNATURE + 28 + 48, "me", 3);
  put_big(image, MACHO_SIGNATURE + 100, 0xFADE0B01); /* an empty CMS blob */
  put_big(image, MACHO_SIGNATURE + 104, 8);
}

void macho_image_make(object_image *image, int bits, bool big_endian) {
  bool wide = bits == 64;
  memset(image, 0, sizeof *image);
  image->bits = bits;
  image->big_endian = big_endian;
  image->size = MACHO_SIZE;
  const uint32_t header[] = {wide ? 0xFEEDFACF : 0xFEEDFACE, wide ? 0x0100000C : 18, 0, 8, 10, 0, 0x80};
  for (size_t i = 0; i < 7; i++) object_image_put(image, 4 * i, header[i], 4);
  size_t start = wide ? 32 : 28;
  object_image_put(image, 20, add_commands(image, start) - start, 4);
  put_symbols(image);
  put_trie(image);
  put_signature(image);
}

void macho_image_make_fat(object_image *image, bool wide) {
  static object_image slice;
  static const size_t at[] = {FAT_FIRST, FAT_SECOND};
  static const uint32_t machines[] = {0x0100000C, 18};
  memset(image, 0, sizeof *image);
  image->big_endian = true;
  image->size = FAT_SECOND + MACHO_SIZE;
  object_image_put(image, 0, wide ? 0xCAFEBABF : 0xCAFEBABE, 4);
  object_image_put(image, 4, 2, 4);
  for (size_t i = 0; i < 2; i++) {
    size_t row = 8 + i * (wide ? 32 : 20), word = wide ? 8 : 4;
    object_image_put(image, row, machines[i], 4);
    object_image_put(image, row + 8, at[i], word);
    object_image_put(image, row + 8 + word, MACHO_SIZE, word);
    object_image_put(image, row + 8 + 2 * word, 12, 4);
    macho_image_make(&slice, i == 0 ? 64 : 32, i == 1);
    memcpy(image->bytes + at[i], slice.bytes, MACHO_SIZE);
  }
}
