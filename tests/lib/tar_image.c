/* See tar_image.h. */
#include "tar_image.h"

#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 512, CHECKSUM = 148, CHECKSUM_SIZE = 8 };

static unsigned char *add_block(tar_image *t) {
  if (t->size + BLOCK > sizeof t->bytes) abort();
  unsigned char *block = t->bytes + t->size;
  memset(block, 0, BLOCK);
  t->size += BLOCK;
  return block;
}

void tar_header(tar_image *t, const char *name, char type, uint64_t size, const char *link) {
  char *h = (char *)add_block(t);
  unsigned sum = 0;
  (void)snprintf(h, 100, "%s", name);
  (void)snprintf(h + 100, 8, "%07o", 0644u);
  (void)snprintf(h + 108, 8, "%07o", 0u);
  (void)snprintf(h + 116, 8, "%07o", 0u);
  (void)snprintf(h + 124, 12, "%011llo", (unsigned long long)size);
  (void)snprintf(h + 136, 12, "%011o", 0u);
  memset(h + CHECKSUM, ' ', CHECKSUM_SIZE);
  h[156] = type;
  if (link != NULL) (void)snprintf(h + 157, 100, "%s", link);
  memcpy(h + 257,
         "ustar\0"
         "00",
         8);
  for (size_t i = 0; i < BLOCK; i++) sum += (unsigned char)h[i];
  (void)snprintf(h + CHECKSUM, CHECKSUM_SIZE, "%06o", sum);
}

void tar_content(tar_image *t, const void *bytes, size_t size) {
  const unsigned char *next = bytes;
  while (size > 0) {
    size_t n = size < BLOCK ? size : BLOCK;
    memcpy(add_block(t), next, n);
    next += n;
    size -= n;
  }
}

void tar_file(tar_image *t, const char *name, const char *text) {
  tar_header(t, name, '0', strlen(text), NULL);
  tar_content(t, text, strlen(text));
}

void tar_end(tar_image *t) {
  (void)add_block(t);
  (void)add_block(t);
}

void gzip_write(const char *path, const void *bytes, size_t size, size_t piece) {
  struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(1);
  FILE *file = fopen(path, "wbe");
  size_t room = libdeflate_gzip_compress_bound(compressor, piece);
  unsigned char *packed = malloc(room);
  if (compressor == NULL || file == NULL || packed == NULL) abort();
  for (size_t at = 0; at < size || at == 0; at += piece) {
    size_t n = size - at < piece ? size - at : piece;
    size_t got = libdeflate_gzip_compress(compressor, (const unsigned char *)bytes + at, n, packed, room);
    if (got == 0 || fwrite(packed, 1, got, file) != got) abort();
  }
  if (fclose(file) != 0) abort();
  free(packed);
  libdeflate_free_compressor(compressor);
}
