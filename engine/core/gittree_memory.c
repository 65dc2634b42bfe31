/* libgit2's memory: there is enough, or the program ends. See pi_gittree_on_no_memory in gittree.h. */
#include <git2.h>
#include <git2/sys/alloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/gittree.h"
#include "core/gittree_repo.h"

static void (*on_no_memory)(void);

void pi_gittree_on_no_memory(void (*end)(void)) { on_no_memory = end; }

static void *sure(void *block) {
  if (block == NULL) on_no_memory();
  return block;
}

/* Of 0 bytes the C library may give NULL. */
static size_t some(size_t size) { return size > 0 ? size : 1; }

static void *resize(void *block, size_t size, const char *file, int line) {
  (void)file;
  (void)line;
  return sure(realloc(block, some(size)));
}

static void *take(size_t size, const char *file, int line) {
  (void)file;
  (void)line;
  return sure(malloc(some(size)));
}

static void *take_cleared(size_t count, size_t size, const char *file, int line) {
  (void)file;
  (void)line;
  return sure(calloc(some(count), some(size)));
}

/* The bytes of `count` members; SIZE_MAX, which nobody has, where they cannot be told. */
static size_t product(size_t count, size_t size) {
  return size > 0 && count > SIZE_MAX / size ? SIZE_MAX : count * size;
}

static void *take_array(size_t count, size_t size, const char *file, int line) {
  return take(product(count, size), file, line);
}

static void *resize_array(void *block, size_t count, size_t size, const char *file, int line) {
  return resize(block, product(count, size), file, line);
}

static char *copy_part(const char *text, size_t size, const char *file, int line) {
  char *copy = take(size + 1, file, line);
  memcpy(copy, text, size);
  copy[size] = '\0';
  return copy;
}

static char *copy_most(const char *text, size_t most, const char *file, int line) {
  return copy_part(text, strnlen(text, most), file, line);
}

static char *copy_text(const char *text, const char *file, int line) {
  return copy_part(text, strlen(text), file, line);
}

int pi_gittree_guard_memory(void) {
  git_allocator allocator = {.gmalloc = take,
                             .gcalloc = take_cleared,
                             .gstrdup = copy_text,
                             .gstrndup = copy_most,
                             .gsubstrdup = copy_part,
                             .grealloc = resize,
                             .greallocarray = resize_array,
                             .gmallocarray = take_array,
                             .gfree = free};
  return on_no_memory != NULL ? git_libgit2_opts(GIT_OPT_SET_ALLOCATOR, &allocator) : 0;
}
