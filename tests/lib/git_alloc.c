/* See git_alloc.h. */
#include "git_alloc.h"

#include <git2.h>
#include <git2/sys/alloc.h>
#include <stdlib.h>
#include <string.h>

#include "fail_alloc.h"

static void *resized(void *block, size_t size) {
  fail_alloc_pause(true);
  void *moved = realloc(block, size > 0 ? size : 1);
  fail_alloc_pause(false);
  return moved;
}

static void *gmalloc(size_t size, const char *file, int line) {
  (void)file;
  (void)line;
  return resized(NULL, size);
}

static void *gmallocarray(size_t count, size_t size, const char *file, int line) {
  return count > 0 && size > (size_t)-1 / count ? NULL : gmalloc(count * size, file, line);
}

static void *gcalloc(size_t count, size_t size, const char *file, int line) {
  void *block = gmallocarray(count, size, file, line);
  return block != NULL ? memset(block, 0, count * size) : NULL;
}

static char *gsubstrdup(const char *text, size_t size, const char *file, int line) {
  char *copy = gmalloc(size + 1, file, line);
  if (copy == NULL) return NULL;
  memcpy(copy, text, size);
  copy[size] = '\0';
  return copy;
}

static char *gstrndup(const char *text, size_t most, const char *file, int line) {
  return gsubstrdup(text, strnlen(text, most), file, line);
}

static char *gstrdup(const char *text, const char *file, int line) {
  return gsubstrdup(text, strlen(text), file, line);
}

static void *grealloc(void *block, size_t size, const char *file, int line) {
  (void)file;
  (void)line;
  return resized(block, size);
}

static void *greallocarray(void *block, size_t count, size_t size, const char *file, int line) {
  return count > 0 && size > (size_t)-1 / count ? NULL : grealloc(block, count * size, file, line);
}

int git_alloc_use(void) {
  git_allocator allocator = {gmalloc,  gcalloc,       gstrdup,      gstrndup, gsubstrdup,
                             grealloc, greallocarray, gmallocarray, free};
  return git_libgit2_opts(GIT_OPT_SET_ALLOCATOR, &allocator);
}
