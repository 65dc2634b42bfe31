/* Journals, writing: see journal.h. Reading is in journal_read.c. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/io.h"
#include "core/journal.h"

/* Sets blocks aside behind the end of the file: "undo" and "done" must not fail on a disk that has become full. */
static void os_reserve(int fd, size_t size);

enum { ATTEMPTS = 100, RESERVE = 4096 };

void pi_journal_init(pi_journal *j) {
  *j = (pi_journal){.folder = -1, .fd = -1};
  pi_sha256_init(&j->digest);
}

bool pi_journal_is_name(const char *name) {
  static const char prefix[] = "transaction-", suffix[] = ".journal";
  size_t size = strlen(name);
  return size == sizeof prefix - 1 + PI_TMPFILE_ID_SIZE - 1 + sizeof suffix - 1 &&
         strncmp(name, prefix, sizeof prefix - 1) == 0 && strcmp(name + size - (sizeof suffix - 1), suffix) == 0;
}

/* Locks a new file: 1 it is ours, 0 another process took it for a dead one's and removes it. -1: no locks here, and
 * then the living could not be told from the dead. */
static int lock_created(int fd) {
  struct stat st;
  if (flock(fd, LOCK_EX | LOCK_NB) < 0) return errno == EWOULDBLOCK ? 0 : -1;
  return fstat(fd, &st) < 0 ? -1 : st.st_nlink > 0;
}

static int create_file(pi_journal *j, pi_err *err) {
  for (int i = 0; i < ATTEMPTS; i++) {
    if (pi_tmpfile_id(j->id, err) < 0) return -1;
    (void)snprintf(j->name, sizeof j->name, "transaction-%s.journal", j->id);
    j->fd = pi_io_open(j->folder, j->name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    if (j->fd < 0 && errno != EEXIST) break;
    int locked = j->fd >= 0 ? lock_created(j->fd) : 0;
    if (locked > 0) return 0;
    if (locked < 0) {
      int reason = errno;
      (void)unlinkat(j->folder, j->name, 0);
      return pi_err_os(err, reason, "lock journal", j->path);
    }
    pi_io_close(&j->fd);
  }
  return pi_err_os(err, errno, "create journal", j->path);
}

enum { LINE_REST = 1 + PI_SHA256_HEX_SIZE }; /* of a line, after its text: a space, the digest, a newline */

/* Completes `line`, which has room for it, to "TEXT SHA256\n"; the digest goes on to `after`. */
static void make_line(char *line, const char *text, size_t size, pi_sha256 *after) {
  unsigned char digest[PI_SHA256_SIZE];
  pi_sha256_update(after, text, size);
  pi_sha256 copy = *after;
  pi_sha256_final(&copy, digest);
  memcpy(line, text, size);
  line[size] = ' ';
  pi_sha256_hex(digest, line + size + 1);
  line[size + LINE_REST - 1] = '\n';
}

/* Takes back what was appended since `before`; keeps errno. */
static void cut(const pi_journal *j, off_t before) {
  int saved = errno;
  if (ftruncate(j->fd, before) == 0) (void)lseek(j->fd, before, SEEK_SET);
  errno = saved;
}

/* Appends a line and waits until it is on disk. Half a line is cut off again, because another may follow. So is a whole
 * one that could not be synced, while nothing has been committed: what it announces will not be done. After that a line
 * that may be lost with the power is still better than none. */
static int append(pi_journal *j, const char *text, pi_err *err) {
  char on_stack[512]; /* "undo" and "done" must not fail for want of memory */
  size_t size = strlen(text);
  pi_sha256 after = j->digest;
  off_t before = lseek(j->fd, 0, SEEK_CUR);
  char *line = size + LINE_REST <= sizeof on_stack ? on_stack : malloc(size + LINE_REST);
  if (line == NULL) return pi_err_os(err, ENOMEM, "write journal", j->path);
  make_line(line, text, size, &after);
  int written = pi_io_write(j->fd, line, size + LINE_REST);
  int result = written == 0 ? pi_io_sync(j->fd) : -1;
  if (written < 0 || (result < 0 && j->phase == PI_JOURNAL_STAGING))
    cut(j, before);
  else
    j->digest = after;
  if (result < 0) pi_err_os(err, errno, "write journal", j->path);
  if (line != on_stack) free(line);
  return result;
}

int pi_journal_create(pi_journal *j, int folder, const char *folder_path, uint64_t root_inode, pi_err *err) {
  char header[96];
  pi_journal_init(j);
  j->path = strdup(folder_path);
  if (j->path == NULL) return pi_err_os(err, ENOMEM, "create journal in", folder_path);
  j->folder = pi_io_open(folder, ".", O_RDONLY | O_DIRECTORY, 0);
  if (j->folder < 0) return pi_err_os(err, errno, "create journal in", folder_path);
  if (create_file(j, err) < 0) return -1;
  (void)snprintf(header, sizeof header, "pienv-transaction 1 %s %llu", j->id, (unsigned long long)root_inode);
  int result = append(j, header, err);
  if (result == 0 && pi_io_sync(j->folder) < 0) result = pi_err_os(err, errno, "sync", folder_path);
  if (result < 0) (void)pi_journal_remove(j, NULL);
  return result;
}

/* "WORD TARGET" with everything but plain characters of TARGET as %XX; freed by the caller. */
static char *entry_text(const char *word, const char *target) {
  size_t room = strlen(word) + 1 + 3 * strlen(target) + 1;
  char *text = malloc(room), *end = text;
  if (text == NULL) return NULL;
  end += snprintf(end, room, "%s ", word);
  for (const unsigned char *p = (const unsigned char *)target; *p != '\0'; p++)
    if (*p > ' ' && *p < 0x7f && *p != '%')
      *end++ = (char)*p;
    else
      end += snprintf(end, room - (size_t)(end - text), "%%%02X", *p);
  *end = '\0';
  return text;
}

int pi_journal_remember(pi_journal *j, const char *target, bool removes) {
  if (j->count == j->capacity) {
    size_t capacity = j->capacity != 0 ? 2 * j->capacity : 8;
    pi_journal_entry *entries = realloc(j->entries, capacity * sizeof *entries);
    if (entries == NULL) return -1;
    j->entries = entries;
    j->capacity = capacity;
  }
  char *copy = strdup(target);
  if (copy == NULL) return -1;
  j->entries[j->count++] = (pi_journal_entry){.target = copy, .removes = removes, .existed = false};
  return 0;
}

int pi_journal_add(pi_journal *j, const char *target, bool removes, pi_err *err) {
  char *text = entry_text(removes ? "remove" : "put", target);
  if (text == NULL || pi_journal_remember(j, target, removes) < 0) {
    free(text);
    return pi_err_os(err, ENOMEM, "write journal", j->path);
  }
  int result = append(j, text, err);
  free(text);
  return result;
}

static int mark_commit(pi_journal *j, pi_err *err) {
  static const char word[] = "commit ";
  char *text = malloc(sizeof word + j->count);
  if (text == NULL) return pi_err_os(err, ENOMEM, "write journal", j->path);
  memcpy(text, word, sizeof word - 1);
  for (size_t i = 0; i < j->count; i++) text[sizeof word - 1 + i] = j->entries[i].existed ? '1' : '0';
  text[sizeof word - 1 + j->count] = '\0';
  os_reserve(j->fd, RESERVE);
  int result = append(j, text, err);
  free(text);
  return result;
}

int pi_journal_mark(pi_journal *j, pi_journal_phase phase, pi_err *err) {
  int result = phase == PI_JOURNAL_COMMITTED ? mark_commit(j, err)
                                             : append(j, phase == PI_JOURNAL_UNDOING ? "undo" : "done", err);
  if (result == 0) j->phase = phase;
  return result;
}

void pi_journal_side(char name[PI_JOURNAL_SIDE_SIZE], const pi_journal *j, size_t index, const char *suffix) {
  (void)snprintf(name, PI_JOURNAL_SIDE_SIZE, ".pienv-%s-%zu%s", j->id, index, suffix);
}

int pi_journal_remove(pi_journal *j, pi_err *err) {
  if (unlinkat(j->folder, j->name, 0) < 0 && errno != ENOENT) return pi_err_os(err, errno, "remove journal", j->path);
  if (pi_io_sync(j->folder) < 0) return pi_err_os(err, errno, "sync folder of journal", j->path);
  return 0;
}

void pi_journal_release(pi_journal *j) {
  for (size_t i = 0; i < j->count; i++) free(j->entries[i].target);
  free(j->entries);
  free(j->path);
  j->entries = NULL;
  j->path = NULL;
  j->count = j->capacity = 0;
  pi_io_close(&j->fd);
  pi_io_close(&j->folder);
}

#if defined(__linux__)

static void os_reserve(int fd, size_t size) {
  struct stat st;
  if (fstat(fd, &st) == 0) (void)fallocate(fd, FALLOC_FL_KEEP_SIZE, st.st_size, (off_t)size); /* some cannot: well */
}

#else

static void os_reserve(int fd, size_t size) {
  (void)fd;
  (void)size;
}

#endif
