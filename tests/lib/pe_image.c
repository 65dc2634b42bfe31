/* PE images: see object_image.h. */
#include <string.h>

#include "object_image.h"

static void put_row(object_image *image, size_t at, const uint32_t *fields, size_t count) {
  for (size_t i = 0; i < count; i++) object_image_put(image, at + 4 * i, fields[i], 4);
}

/* The address of a byte of the tables. */
static uint32_t address(size_t at) { return (uint32_t)(at - PE_TABLES + PE_ADDRESS); }

static void put_headers(object_image *image) {
  bool wide = image->bits == 64;
  size_t directories = PE_OPTIONAL + (wide ? 112 : 96);
  memcpy(image->bytes, "MZ", 2);
  object_image_put(image, 60, PE_HEADER, 4);
  memcpy(image->bytes + PE_HEADER, "PE", 2);
  object_image_put(image, PE_HEADER + 4, wide ? 0x8664 : 0x14C, 2);
  object_image_put(image, PE_HEADER + 6, 3, 2);
  object_image_put(image, PE_HEADER + 12, PE_STRINGS, 4); /* no symbols: the strings stand there */
  object_image_put(image, PE_HEADER + 20, PE_SECTIONS - PE_OPTIONAL, 2);
  object_image_put(image, PE_HEADER + 22, 0x2022, 2);
  object_image_put(image, PE_OPTIONAL, wide ? 0x20B : 0x10B, 2);
  object_image_put(image, PE_OPTIONAL + 60, PE_TABLES, 4);
  object_image_put(image, directories - 4, 16, 4);
  object_image_put(image, directories, address(PE_EXPORTS), 4);
  object_image_put(image, directories + 8, address(PE_IMPORTS), 4);
  object_image_put(image, directories + 8 * 13, address(PE_DELAY), 4);
}

static void put_section(object_image *image, size_t i, const char *name, const uint32_t fields[4]) {
  size_t at = PE_SECTIONS + 40 * i;
  memcpy(image->bytes + at, name, strlen(name));
  put_row(image, at + 8, fields, 4);
}

static void put_text(object_image *image, size_t at, const char *text) {
  memcpy(image->bytes + at, text, strlen(text) + 1);
}

/* A function's hint and name. */
static uint32_t put_function(object_image *image, size_t at, const char *name) {
  put_text(image, at + 2, name);
  return address(at);
}

static void put_exports(object_image *image) {
  const uint32_t fields[] = {0,
                             0,
                             0,
                             address(PE_EXPORTS + 0x40),
                             1,
                             1,
                             1,
                             address(PE_EXPORTS + 0x60),
                             address(PE_EXPORTS + 0x64),
                             address(PE_EXPORTS + 0x68)};
  put_row(image, PE_EXPORTS, fields, 10);
  put_text(image, PE_EXPORTS + 0x40, "me.dll");
  put_text(image, PE_EXPORTS + 0x50, "made");
  object_image_put(image, PE_EXPORTS + 0x64, address(PE_EXPORTS + 0x50), 4);
}

static void put_imports(object_image *image) {
  size_t word = image->bits == 64 ? 8 : 4;
  const uint32_t library[] = {address(PE_THUNKS), 0, 0, address(PE_IMPORTS + 0x80), address(PE_THUNKS)};
  const uint32_t later[] = {1, address(PE_DELAY + 0x60), 0, 0, address(PE_THUNKS + 0x40)};
  put_row(image, PE_IMPORTS, library, 5);
  put_text(image, PE_IMPORTS + 0x80, "liba.dll");
  object_image_put(image, PE_THUNKS, put_function(image, PE_THUNKS + 0x80, "wanted"), word);
  object_image_put(image, PE_THUNKS + word, (uint64_t)1 << (8 * word - 1) | 12, word);
  put_row(image, PE_DELAY, later, 5);
  put_text(image, PE_DELAY + 0x60, "node.exe");
  object_image_put(image, PE_THUNKS + 0x40, put_function(image, PE_THUNKS + 0xC0, "later"), word);
}

void pe_image_make(object_image *image, int bits) {
  memset(image, 0, sizeof *image);
  image->bits = bits;
  image->size = PE_SIZE;
  put_headers(image);
  put_section(image, 0, ".text", (const uint32_t[]){0x10, 0x8000, 0, 0});
  put_section(image, 1, ".rdata", (const uint32_t[]){0x500, PE_ADDRESS, 0x500, PE_TABLES});
  put_section(image, 2, "/4", (const uint32_t[]){0x20, 0x9000, 0x20, PE_SIZE - 0x20});
  put_exports(image);
  put_imports(image);
  object_image_put(image, PE_STRINGS, 0x40, 4);
  put_text(image, PE_STRINGS + 4, ".debug_info");
}
