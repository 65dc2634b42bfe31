/* tar archives made header by header, with any nonsense in them, packed with gzip: for tests of the archive reader. */
#ifndef PIENV_TESTS_TAR_IMAGE_H
#define PIENV_TESTS_TAR_IMAGE_H

#include <stddef.h>
#include <stdint.h>

typedef struct tar_image {
  unsigned char bytes[1 << 20];
  size_t size;
} tar_image;

/* Appends a header (name of up to 99 bytes, type flag, the size it claims, link target or NULL) with its checksum. */
void tar_header(tar_image *t, const char *name, char type, uint64_t size, const char *link);

/* Appends content, filled up with zeros to a whole block. */
void tar_content(tar_image *t, const void *bytes, size_t size);

/* A file: header and content. */
void tar_file(tar_image *t, const char *name, const char *text);

/* The two empty blocks at the end. */
void tar_end(tar_image *t);

/* Writes bytes to `path` as gzip members of `piece` bytes each. */
void gzip_write(const char *path, const void *bytes, size_t size, size_t piece);

#endif
