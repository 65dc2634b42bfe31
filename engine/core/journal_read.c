/* Journals, reading: see journal.h. The file may have been written by anyone: nothing in it is believed unchecked. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/beneath.h"
#include "core/fs.h"
#include "core/io.h"
#include "core/journal.h"

enum { LARGEST = 64 * 1024 * 1024 };

int pi_journal_refuse(const pi_journal *j, const char *why, pi_err *err) {
  return pi_err_set(err, "EJOURNAL",
                    "recover %s: %s; it was not executed: look at the files beside its targets "
                    "(.pienv-%s-*.new and .old), then remove it and them",
                    j->path, why, j->id);
}

/* 1 ours, 0 not there any more or at work, -1 refused. */
static int check_file(pi_journal *j, struct stat *st, pi_err *err) {
  char why[160];
  if (fstat(j->fd, st) < 0) return pi_err_os(err, errno, "recover", j->path);
  if (!S_ISREG(st->st_mode)) return pi_journal_refuse(j, "not a regular file", err);
  if (st->st_uid != geteuid()) {
    (void)snprintf(why, sizeof why, "it belongs to user %u, and this is user %u (let that user run pienv here)",
                   (unsigned)st->st_uid, (unsigned)geteuid());
    return pi_journal_refuse(j, why, err);
  }
  if (st->st_nlink > 1) return pi_journal_refuse(j, "it has more than one link", err);
  if ((st->st_mode & 022) != 0) return pi_journal_refuse(j, "others can write to it", err);
  if (st->st_size > LARGEST) return pi_journal_refuse(j, "it is too large", err);
  if (flock(j->fd, LOCK_EX | LOCK_NB) < 0) return errno == EWOULDBLOCK ? 0 : pi_err_os(err, errno, "lock", j->path);
  if (fstat(j->fd, st) < 0) return pi_err_os(err, errno, "recover", j->path); /* it may have grown until the lock */
  return st->st_nlink > 0;
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Takes %XX back, in place; false when it is not what journal.c writes. */
static bool decode(char *text) {
  char *out = text;
  for (const char *p = text; *p != '\0'; p++) {
    if (*p == '%') {
      int high = hex_digit(p[1]), low = high >= 0 ? hex_digit(p[2]) : -1;
      if (low < 0 || high * 16 + low == 0) return false;
      *out++ = (char)(high * 16 + low);
      p += 2;
    } else {
      *out++ = *p;
    }
  }
  *out = '\0';
  return pi_beneath_is_plain(text);
}

static int read_header(const pi_journal *j, const char *text, uint64_t root_inode, pi_err *err) {
  char expected[96];
  if (strncmp(text, "pienv-transaction ", 18) != 0) return pi_journal_refuse(j, "damaged: it is no journal", err);
  if (strncmp(text, "pienv-transaction 1 ", 20) != 0)
    return pi_journal_refuse(j, "another version of pienv wrote it", err);
  (void)snprintf(expected, sizeof expected, "pienv-transaction 1 %s %" PRIu64, j->id, root_inode);
  return strcmp(text, expected) == 0 ? 0 : pi_journal_refuse(j, "it was made for another folder", err);
}

static bool read_existed(pi_journal *j, const char *digits) {
  if (strlen(digits) != j->count || strspn(digits, "01") != j->count) return false;
  for (size_t i = 0; i < j->count; i++) j->entries[i].existed = digits[i] == '1';
  return true;
}

static int read_entry(pi_journal *j, char *target, bool removes, pi_err *err) {
  if (!decode(target)) return pi_journal_refuse(j, "damaged: a target is no plain path beneath the root", err);
  return pi_journal_remember(j, target, removes) < 0 ? pi_err_os(err, ENOMEM, "recover", j->path) : 0;
}

static int read_record(pi_journal *j, char *text, pi_err *err) {
  if (j->phase == PI_JOURNAL_STAGING && strncmp(text, "put ", 4) == 0) return read_entry(j, text + 4, false, err);
  if (j->phase == PI_JOURNAL_STAGING && strncmp(text, "remove ", 7) == 0) return read_entry(j, text + 7, true, err);
  if (j->phase == PI_JOURNAL_STAGING && strncmp(text, "commit ", 7) == 0 && read_existed(j, text + 7))
    j->phase = PI_JOURNAL_COMMITTED;
  else if (j->phase == PI_JOURNAL_COMMITTED && strcmp(text, "undo") == 0)
    j->phase = PI_JOURNAL_UNDOING;
  else if (j->phase == PI_JOURNAL_COMMITTED && strcmp(text, "done") == 0)
    j->phase = PI_JOURNAL_DONE;
  else
    return pi_journal_refuse(j, "damaged: a line that makes no sense where it stands", err);
  return 0;
}

/* Checks the digest at the end of a line and cuts it off. */
static bool check_line(pi_journal *j, char *line, size_t size) {
  unsigned char digest[PI_SHA256_SIZE];
  char hex[PI_SHA256_HEX_SIZE];
  if (size < PI_SHA256_HEX_SIZE || strlen(line) != size || line[size - PI_SHA256_HEX_SIZE] != ' ') return false;
  line[size - PI_SHA256_HEX_SIZE] = '\0';
  pi_sha256_update(&j->digest, line, size - PI_SHA256_HEX_SIZE);
  pi_sha256 copy = j->digest;
  pi_sha256_final(&copy, digest);
  pi_sha256_hex(digest, hex);
  return strcmp(hex, line + size - PI_SHA256_HEX_SIZE + 1) == 0;
}

/* Reads whole lines; *valid: where they end. What follows the last newline was being written when its process died, and
 * nothing had been done for it yet. */
static int parse(pi_journal *j, char *text, size_t size, uint64_t root_inode, size_t *valid, pi_err *err) {
  char *line = text, *newline;
  while ((newline = memchr(line, '\n', size - (size_t)(line - text))) != NULL) {
    *newline = '\0';
    if (!check_line(j, line, (size_t)(newline - line)))
      return pi_journal_refuse(j, "damaged: a checksum is wrong", err);
    if ((line == text ? read_header(j, line, root_inode, err) : read_record(j, line, err)) < 0) return -1;
    line = newline + 1;
  }
  *valid = (size_t)(line - text);
  return 0;
}

static int read_all(pi_journal *j, size_t size, uint64_t root_inode, pi_err *err) {
  size_t got = 0, valid = 0;
  ssize_t n = 1;
  int result = -1;
  char *text = malloc(size + 1);
  if (text == NULL) return pi_err_os(err, ENOMEM, "recover", j->path);
  while (got < size && (n = pi_io_read(j->fd, text + got, size - got)) > 0) got += (size_t)n;
  text[got] = '\0';
  if (n < 0)
    pi_err_os(err, errno, "recover", j->path);
  else if (parse(j, text, got, root_inode, &valid, err) == 0)
    result = 0;
  free(text);
  if (result == 0 && (ftruncate(j->fd, (off_t)valid) < 0 || lseek(j->fd, (off_t)valid, SEEK_SET) < 0))
    result = pi_err_os(err, errno, "recover", j->path);
  return result;
}

int pi_journal_open(pi_journal *j, int folder, const char *folder_path, const char *name, uint64_t root_inode,
                    pi_err *err) {
  struct stat st;
  size_t room = strlen(folder_path) + strlen(name) + 2;
  pi_journal_init(j);
  j->path = malloc(room);
  if (j->path == NULL) return pi_err_os(err, ENOMEM, "recover", name);
  (void)snprintf(j->path, room, "%s/%s", folder_path, name);
  (void)snprintf(j->name, sizeof j->name, "%s", name);
  (void)snprintf(j->id, sizeof j->id, "%s", name + strlen("transaction-"));
  j->folder = pi_io_open(folder, ".", O_RDONLY | O_DIRECTORY, 0);
  if (j->folder < 0) return pi_err_os(err, errno, "recover", j->path);
  j->fd = pi_io_open(folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK, 0);
  if (j->fd < 0 && errno == ENOENT) return 0;
  if (j->fd < 0 && errno == ELOOP) return pi_journal_refuse(j, "a symbolic link", err);
  if (j->fd < 0 && errno == EACCES) return pi_journal_refuse(j, "this user may not write to it", err);
  if (j->fd < 0 && (errno == EISDIR || errno == ENXIO)) return pi_journal_refuse(j, "not a regular file", err);
  if (j->fd < 0) return pi_err_os(err, errno, "recover", j->path);
  int ours = check_file(j, &st, err);
  if (ours <= 0) return ours;
  return read_all(j, (size_t)st.st_size, root_inode, err) < 0 ? -1 : 1;
}
