/* Search: see search.h. memmem of glibc passes 10 GB/s, several times what reading takes, so each block is searched
 * once a needle while it is in the cache. */
#include "core/search.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/interrupt.h"
#include "core/io.h"

enum { BLOCK = 256 * 1024 };

/* The bytes at hand: the end of the last block, which a match may have begun in, and the next one behind it. */
typedef struct window {
  unsigned char *bytes;
  size_t size;
  uint64_t start; /* of the first byte in the file */
  bool last;      /* the file ends here */
} window;

static bool goes_on(unsigned char byte) {
  return byte == '_' || (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z');
}

static void count_match(pi_search_needle *needle, uint64_t offset) {
  if (needle->count < needle->limit) needle->offsets[needle->count] = offset;
  needle->count++;
}

/* Counts the matches from `from` on, and returns where to go on when more has been read: a match that ends where the
 * window ends is left for then if the next byte decides. */
static size_t search_window(pi_search_needle *needle, const window *w, size_t from, bool word_end) {
  while (w->size - from >= needle->size) {
    const unsigned char *found = memmem(w->bytes + from, w->size - from, needle->bytes, needle->size);
    if (found == NULL) break;
    size_t at = (size_t)(found - w->bytes), end = at + needle->size;
    if (word_end && end == w->size && !w->last) return at;
    bool counts = !word_end || end == w->size || !goes_on(w->bytes[end]);
    if (counts) count_match(needle, w->start + at);
    from = counts ? end : at + 1;
  }
  size_t tail = w->size >= needle->size ? w->size - needle->size + 1 : 0;
  return tail > from ? tail : from;
}

/* Fills the window behind what it keeps; 1, 0 at the end of the file, -1 and errno. */
static int refill(window *w, size_t keep, int fd) {
  size_t kept = w->size < keep ? w->size : keep;
  memmove(w->bytes, w->bytes + w->size - kept, kept);
  w->start += w->size - kept;
  w->size = kept;
  ssize_t n = pi_io_read(fd, w->bytes + kept, BLOCK);
  if (n < 0) return -1;
  w->size += (size_t)n;
  w->last = n == 0;
  return n > 0;
}

/* `next`: for each needle, where in the file its search goes on. */
static int search_descriptor(int fd, window *w, uint64_t *next, size_t keep, pi_search_needle *needles, size_t count,
                             bool word_end) {
  for (int more = 1; more == 1;) {
    more = refill(w, keep, fd);
    if (more < 0) return errno;
    if (pi_interrupt_pending() != 0) return EINTR;
    for (size_t i = 0; i < count; i++) {
      size_t from = next[i] > w->start ? (size_t)(next[i] - w->start) : 0;
      if (from <= w->size) next[i] = w->start + search_window(&needles[i], w, from, word_end);
    }
  }
  return 0;
}

static size_t longest_of(const pi_search_needle *needles, size_t count) {
  size_t longest = 1;
  for (size_t i = 0; i < count; i++)
    if (needles[i].size > longest) longest = needles[i].size;
  return longest;
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
  int result = -1, errnum = ENOMEM;
  size_t keep = longest_of(needles, count);
  for (size_t i = 0; i < count; i++) needles[i].count = 0;
  int fd = open_regular(path, err);
  if (fd < 0) return -1;
  window w = {.bytes = malloc(keep + BLOCK)};
  uint64_t *next = calloc(count > 0 ? count : 1, sizeof *next);
  if (w.bytes != NULL && next != NULL) errnum = search_descriptor(fd, &w, next, keep, needles, count, word_end);
  result = errnum == 0 ? 0 : pi_err_os(err, errnum, "search", path);
  free(next);
  free(w.bytes);
  pi_io_close(&fd);
  return result;
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
