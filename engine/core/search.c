/* Search: see search.h. memmem of glibc passes 10 GB/s, several times what reading takes, so each block is searched
 * once a needle while it is in the cache. */
#include "core/search.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/interrupt.h"
#include "core/io.h"

static bool goes_on(unsigned char byte) {
  return byte == '_' || (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z');
}

static void count_match(pi_search_needle *needle, uint64_t offset) {
  if (needle->count < needle->limit) needle->offsets[needle->count] = offset;
  needle->count++;
}

/* Counts the matches from `from` on, and returns where to go on when more has been read: a match that ends where the
 * window ends is left for then if the next byte decides. */
static size_t search_window(pi_search_needle *needle, const pi_searcher *s, size_t from, bool last) {
  while (s->size - from >= needle->size) {
    const unsigned char *found = memmem(s->bytes + from, s->size - from, needle->bytes, needle->size);
    if (found == NULL) break;
    size_t at = (size_t)(found - s->bytes), end = at + needle->size;
    if (s->word_end && end == s->size && !last) return at;
    bool counts = !s->word_end || end == s->size || !goes_on(s->bytes[end]);
    if (counts) count_match(needle, s->start + at);
    from = counts ? end : at + 1;
  }
  size_t tail = s->size >= needle->size ? s->size - needle->size + 1 : 0;
  return tail > from ? tail : from;
}

static size_t longest_of(const pi_search_needle *needles, size_t count) {
  size_t longest = 1;
  for (size_t i = 0; i < count; i++)
    if (needles[i].size > longest) longest = needles[i].size;
  return longest;
}

int pi_searcher_open(pi_searcher *s, pi_search_needle *needles, size_t count, bool word_end) {
  *s = (pi_searcher){
      .needles = needles, .needle_count = count, .word_end = word_end, .keep = longest_of(needles, count)};
  for (size_t i = 0; i < count; i++) needles[i].count = 0;
  s->bytes = malloc(s->keep + PI_SEARCH_BLOCK);
  s->next = calloc(count > 0 ? count : 1, sizeof *s->next);
  if (s->bytes != NULL && s->next != NULL) return 0;
  pi_searcher_release(s);
  return -1;
}

unsigned char *pi_searcher_room(pi_searcher *s) {
  size_t kept = s->size < s->keep ? s->size : s->keep;
  memmove(s->bytes, s->bytes + s->size - kept, kept);
  s->start += s->size - kept;
  s->size = kept;
  return s->bytes + kept;
}

void pi_searcher_add(pi_searcher *s, size_t size) {
  s->size += size;
  for (size_t i = 0; i < s->needle_count; i++) {
    size_t from = s->next[i] > s->start ? (size_t)(s->next[i] - s->start) : 0;
    if (from <= s->size) s->next[i] = s->start + search_window(&s->needles[i], s, from, size == 0);
  }
}

void pi_searcher_release(pi_searcher *s) {
  free(s->bytes);
  free(s->next);
  s->bytes = NULL;
  s->next = NULL;
}

/* 0 or an error number. */
static int search_descriptor(int fd, pi_searcher *s) {
  for (;;) {
    ssize_t n = pi_io_read(fd, pi_searcher_room(s), PI_SEARCH_BLOCK);
    if (n < 0) return errno;
    if (pi_interrupt_pending() != 0) return EINTR;
    pi_searcher_add(s, (size_t)n);
    if (n == 0) return 0;
  }
}

/* A pipe without a writer must not hold us up, and a device may never end. */
static int open_regular(const char *path, pi_err *err) {
  struct stat status;
  int fd = pi_io_open(AT_FDCWD, path, O_RDONLY | O_NONBLOCK, 0);
  if (fd < 0) return pi_err_os(err, errno, "search", path);
  if (fstat(fd, &status) < 0)
    pi_err_os(err, errno, "search", path);
  else if (S_ISREG(status.st_mode))
    return fd;
  else
    pi_err_set(err, "EINVAL", "search %s: not a regular file", path);
  pi_io_close(&fd);
  return -1;
}

int pi_search_file(pi_search_needle *needles, size_t count, bool word_end, const char *path, pi_err *err) {
  pi_searcher s;
  int errnum = ENOMEM, fd = open_regular(path, err);
  if (fd < 0) return -1;
  if (pi_searcher_open(&s, needles, count, word_end) == 0) {
    errnum = search_descriptor(fd, &s);
    pi_searcher_release(&s);
  }
  pi_io_close(&fd);
  return errnum == 0 ? 0 : pi_err_os(err, errnum, "search", path);
}

ptrdiff_t pi_search_bytes_at(void *bytes, size_t size, const char *path, uint64_t offset, pi_err *err) {
  size_t got = 0;
  int fd = open_regular(path, err);
  if (fd < 0) return -1;
  while (got < size) {
    ssize_t n = pread(fd, (char *)bytes + got, size - got, (off_t)(offset + got));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      pi_err_os(err, errno, "read", path);
      pi_io_close(&fd);
      return -1;
    }
    if (n == 0) break;
    got += (size_t)n;
  }
  pi_io_close(&fd);
  return (ptrdiff_t)got;
}
