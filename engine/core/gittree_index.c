/* Entries of git's index: see gittree_index.h. */
#include "core/gittree_index.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/io.h"

enum {
  HEADER = 12,
  FIXED = 62,   /* bytes of an entry in front of its path */
  STEP = 8,     /* entries begin at multiples of it behind the header */
  JUMP = 4096,  /* bytes that are read at a place where nothing was read before */
  NEAR = 1024,  /* what is searched from one end to the other */
  RUN = 5,      /* entries that must follow each other */
  UNSURE = 2,   /* of these, the first ones are not used */
  REACH = 8192, /* more than two of the longest entries */
  EXTENDED = 0x4000,
  KNOWN_EXTENDED = 0x6000, /* skip-worktree, intent-to-add */
  PATH_SIZE = 0x0fff
};

/* `size` bytes at `at`, until the next call; NULL behind the end. */
static const unsigned char *view(pi_gittree_index *index, size_t at, size_t size) {
  size_t behind = index->block_at + index->block_size;
  if (size > index->size || at > index->size - size) return NULL;
  if (at < index->block_at || at + size > behind) {
    bool goes_on = at >= index->block_at && at <= behind && index->block_size > 0;
    size_t wanted = goes_on ? PI_GITTREE_INDEX_BLOCK : JUMP;
    if (wanted < size) wanted = size;
    if (wanted > index->size - at) wanted = index->size - at;
    ssize_t got = pread(index->fd, index->block, wanted, (off_t)at);
    index->block_at = at;
    index->block_size = got > 0 ? (size_t)got : 0;
    if (index->block_size < size) return NULL;
  }
  return index->block + (at - index->block_at);
}

static uint32_t number(const unsigned char *b) {
  return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static bool is_mode(uint32_t mode) { return mode == 0100644 || mode == 0100755 || mode == 0120000 || mode == 0160000; }

/* Is what follows the path zero, up to the next entry? At least one byte is. */
static bool is_padded(const unsigned char *b, size_t from, size_t to) {
  for (size_t i = from; i < to; i++)
    if (b[i] != 0) return false;
  return true;
}

/* Where the entry at `at` ends, or 0 when what is there does not look like one. */
static size_t read_entry(pi_gittree_index *index, size_t at, pi_gittree_index_entry *entry) {
  const unsigned char *b = view(index, at, FIXED + STEP);
  if (b == NULL || !is_mode(entry->mode = number(b + 24))) return 0;
  uint16_t flags = (uint16_t)(b[60] << 8 | b[61]);
  size_t start = FIXED + (flags & EXTENDED ? 2 : 0);
  entry->extended = (uint16_t)(flags & EXTENDED ? b[62] << 8 | b[63] : 0);
  entry->flags = flags & (uint16_t)~PATH_SIZE;
  entry->size = flags & PATH_SIZE;
  if (entry->size == 0 || entry->size >= PATH_SIZE) return 0; /* a longer path is left to libgit2 */
  if ((flags & EXTENDED && index->version < 3) || entry->extended & (uint16_t)~KNOWN_EXTENDED) return 0;
  size_t length = (start + entry->size + STEP) / STEP * STEP;
  b = view(index, at, length);
  if (b == NULL || memchr(b + start, 0, entry->size) != NULL || !is_padded(b, start + entry->size, length)) return 0;
  memcpy(entry->id, b + 40, sizeof entry->id);
  memcpy(entry->path, b + start, entry->size);
  entry->path[entry->size] = '\0';
  return at + length;
}

/* Do extensions of known form fill the file from here to its end? Those with a small letter change what the entries
 * mean. */
static bool is_end(pi_gittree_index *index, size_t at) {
  while (at < index->size) {
    const unsigned char *b = view(index, at, STEP);
    if (b == NULL || b[0] < 'A' || b[0] > 'Z') return false;
    size_t size = number(b + 4);
    if (size > index->size - at - STEP) return false;
    at += STEP + size;
  }
  return true;
}

static int compare(const pi_gittree_index_entry *entry, const char *path, size_t size) {
  int order = memcmp(entry->path, path, entry->size < size ? entry->size : size);
  return order != 0 ? order : (entry->size > size) - (entry->size < size);
}

/* Whether a run of entries begins at `at`, and where in it the entries are sure. */
static bool is_run(pi_gittree_index *index, size_t at, size_t *sure, pi_gittree_index_entry *entry,
                   pi_gittree_index_entry *next) {
  if ((at = read_entry(index, at, entry)) == 0) return false;
  for (int i = 1; i < RUN; i++) {
    size_t end = read_entry(index, at, next);
    if (end == 0 || compare(next, entry->path, entry->size) < 0) return false;
    if (i == UNSURE) *sure = at;
    *entry = *next;
    at = end;
  }
  return true;
}

/* The beginning of an entry behind `at`, or 0. */
static size_t find_entry(pi_gittree_index *index, size_t at) {
  pi_gittree_index_entry entry, next;
  size_t sure = 0, first = HEADER + (at - HEADER + STEP - 1) / STEP * STEP;
  for (at = first; at < first + REACH && at < index->end; at += STEP)
    if (is_run(index, at, &sure, &entry, &next)) return sure < index->end ? sure : 0;
  return 0;
}

/* The first entry that is not before this path; index->end behind the last one; 0: unreadable. */
static size_t lower_bound(pi_gittree_index *index, const char *path, size_t size) {
  pi_gittree_index_entry entry;
  size_t low = HEADER, high = index->end;
  while (high - low > NEAR) {
    size_t middle = low + (high - low) / 2, found = find_entry(index, middle);
    bool before =
        found != 0 && found < high && read_entry(index, found, &entry) != 0 && compare(&entry, path, size) < 0;
    if (before)
      low = found;
    else
      high = middle;
  }
  while (low < index->end) {
    size_t next = read_entry(index, low, &entry);
    if (next == 0) return is_end(index, low) ? low : 0;
    if (compare(&entry, path, size) >= 0) break;
    low = next;
  }
  return low;
}

/* Behind the last entry stand extensions only; until that is known, everything might be entries. */
static bool find_end(pi_gittree_index *index) {
  static const char last[] = "\xff\xff\xff\xff\xff\xff\xff\xff";
  index->end = index->size;
  if (index->size == HEADER || is_end(index, HEADER)) {
    index->end = HEADER;
    return true;
  }
  size_t end = lower_bound(index, last, sizeof last - 1);
  if (end == 0 || !is_end(index, end)) return false;
  index->end = end;
  return true;
}

bool pi_gittree_index_open(pi_gittree_index *index, const char *file, struct stat *facts) {
  memset(index, 0, sizeof *index);
  index->fd = pi_io_open(AT_FDCWD, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
  index->block = index->fd >= 0 ? malloc(PI_GITTREE_INDEX_BLOCK) : NULL;
  bool ok = index->block != NULL && fstat(index->fd, facts) == 0 && S_ISREG(facts->st_mode) &&
            facts->st_size >= HEADER + PI_GITTREE_ID_SIZE;
  if (ok) index->size = (size_t)facts->st_size - PI_GITTREE_ID_SIZE;
  const unsigned char *b = ok ? view(index, 0, HEADER) : NULL;
  ok = b != NULL && memcmp(b, "DIRC", 4) == 0;
  if (ok) index->version = number(b + 4);
  if (ok && (index->version == 2 || index->version == 3) && find_end(index)) return true;
  pi_gittree_index_close(index);
  return false;
}

void pi_gittree_index_close(pi_gittree_index *index) {
  pi_io_close(&index->fd);
  free(index->block);
  memset(index, 0, sizeof *index);
  index->fd = -1;
}

/* Visits entries from `at` on as long as they begin with this. */
static int visit_while(pi_gittree_index *index, size_t at, const char *start, size_t size, bool whole,
                       pi_gittree_index_visit *visit, void *data) {
  pi_gittree_index_entry entry;
  while (at != 0 && at < index->end) {
    at = read_entry(index, at, &entry);
    if (at == 0) return 0;
    bool same = entry.size >= size && memcmp(entry.path, start, size) == 0 && (!whole || entry.size == size);
    if (!same) break;
    if (visit(data, &entry) < 0) return -1;
  }
  return at != 0;
}

int pi_gittree_index_each(pi_gittree_index *index, const char *path, pi_gittree_index_visit *visit, void *data) {
  char folder[PATH_MAX];
  size_t size = strlen(path);
  if (strcmp(path, ".") == 0) return visit_while(index, HEADER, "", 0, false, visit, data);
  if (size + 2 > sizeof folder) return 0;
  int result = visit_while(index, lower_bound(index, path, size), path, size, true, visit, data);
  if (result != 1) return result;
  (void)snprintf(folder, sizeof folder, "%s/", path);
  return visit_while(index, lower_bound(index, folder, size + 1), folder, size + 1, false, visit, data);
}
