/* Transactions: see transaction.h. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/beneath.h"
#include "core/fs.h"
#include "core/io.h"
#include "core/transaction.h"
#include "core/transaction_steps.h"

void pi_transaction_init(pi_transaction *tx) {
  *tx = (pi_transaction){.root = -1};
  pi_journal_init(&tx->journal);
}

/* A target or the journal folder, relative to the root: the root may be spelled as given or as it really is. */
static int relative(char **out, const pi_transaction *tx, const char *path, pi_err *err) {
  if (pi_beneath_relative(out, tx->root_path, path, err) == 0) return 0;
  return pi_beneath_relative(out, tx->root_real, path, err);
}

static int create_journal(pi_transaction *tx, const char *journal_folder, pi_err *err) {
  char *inner = NULL;
  struct stat st;
  int result = -1, folder = -1;
  if (relative(&inner, tx, journal_folder, err) < 0) return -1;
  folder = pi_beneath_open_by_parts(tx->root, inner, true);
  if (folder < 0 || fstat(tx->root, &st) < 0)
    pi_err_os(err, errno, "open", journal_folder);
  else
    result = pi_journal_create(&tx->journal, folder, journal_folder, (uint64_t)st.st_ino, err);
  pi_io_close(&folder);
  free(inner);
  return result;
}

int pi_transaction_begin(pi_transaction *tx, const char *journal_folder, const char *root, pi_err *err) {
  pi_transaction_init(tx);
  if (pi_fs_realpath(&tx->root_real, root, err) < 0) return -1;
  tx->root_path = strdup(root);
  tx->root = pi_io_open(AT_FDCWD, tx->root_real, O_RDONLY | O_DIRECTORY, 0);
  if (tx->root_path == NULL)
    pi_err_os(err, ENOMEM, "open", root);
  else if (tx->root < 0)
    pi_err_os(err, errno, "open", root);
  else if (create_journal(tx, journal_folder, err) == 0)
    return 0;
  pi_io_close(&tx->root); /* nothing to roll back */
  pi_transaction_release(tx);
  return -1;
}

static bool is_listed(const pi_journal *j, const char *target) {
  for (size_t i = 0; i < j->count; i++)
    if (strcmp(j->entries[i].target, target) == 0) return true;
  return false;
}

/* A file that is being staged. */
typedef struct staging {
  int folder, fd;
  int existing_mode; /* of the target; -1: there is none */
} staging;

/* Opens the folder of `target`, checks what is there, and lists it in the journal, which is on disk before the first
 * file that is not in it could be left behind. */
static int enlist(staging *s, pi_transaction *tx, const char *target, bool removes, pi_err *err) {
  const char *base, *verb = removes ? "remove" : "write";
  if (is_listed(&tx->journal, target))
    return pi_err_set(err, "EEXIST", "%s %s: is already part of this transaction", verb, target);
  s->folder = pi_beneath_open_folder_of(tx->root, target, &base);
  if (s->folder < 0 && (errno == ELOOP || errno == ENOTDIR))
    return pi_err_set(err, pi_err_name(errno), "%s %s: a symbolic link or a file is where a folder should be", verb,
                      target);
  if (s->folder < 0) return pi_err_os(err, errno, verb, target);
  if (pi_tmpfile_inspect(&s->existing_mode, s->folder, base, target, err) < 0) return -1;
  return pi_journal_add(&tx->journal, target, removes, err);
}

static int open_staged(staging *s, pi_transaction *tx, const char *target, pi_err *err) {
  char name[PI_JOURNAL_SIDE_SIZE];
  if (enlist(s, tx, target, false, err) < 0) return -1;
  pi_journal_side(name, &tx->journal, tx->journal.count - 1, ".new");
  s->fd = pi_io_open(s->folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
  return s->fd < 0 ? pi_err_os(err, errno, "write", target) : 0;
}

static int close_staged(staging *s, int mode, const char *target, pi_err *err) {
  if (fchmod(s->fd, (mode_t)mode) < 0 || pi_io_sync(s->fd) < 0) return pi_err_os(err, errno, "write", target);
  return 0;
}

static int stage_bytes(staging *s, pi_transaction *tx, const char *target, const void *bytes, size_t size, int mode,
                       pi_err *err) {
  if (open_staged(s, tx, target, err) < 0) return -1;
  if (pi_io_write(s->fd, bytes, size) < 0) return pi_err_os(err, errno, "write", target);
  if (mode < 0) mode = s->existing_mode >= 0 ? s->existing_mode : 0644;
  return close_staged(s, mode, target, err);
}

static int stage_copy(staging *s, pi_transaction *tx, const char *target, int in, const char *src, int mode,
                      pi_err *err) {
  const char *method;
  if (open_staged(s, tx, target, err) < 0) return -1;
  if (pi_fs_copy_content(&method, in, s->fd, src, target, err) < 0) return -1;
  return close_staged(s, mode, target, err);
}

/* Every way to add an entry: `in` >= 0 copies, bytes writes, neither removes. */
static int add(pi_transaction *tx, const char *dst, int in, const char *src, const void *bytes, size_t size, int mode,
               pi_err *err) {
  staging s = {.folder = -1, .fd = -1, .existing_mode = -1};
  char *target = NULL;
  int result = relative(&target, tx, dst, err);
  if (result == 0 && in >= 0)
    result = stage_copy(&s, tx, target, in, src, mode, err);
  else if (result == 0 && bytes != NULL)
    result = stage_bytes(&s, tx, target, bytes, size, mode, err);
  else if (result == 0)
    result = enlist(&s, tx, target, true, err);
  if (result < 0) tx->broken = true;
  pi_io_close(&s.fd);
  pi_io_close(&s.folder);
  free(target);
  return result;
}

int pi_transaction_copy(pi_transaction *tx, const char *src, const char *dst, int mode, bool follow, pi_err *err) {
  unsigned source_mode = 0;
  int in = pi_fs_open_source(src, dst, follow, &source_mode, err);
  if (in < 0) {
    tx->broken = true;
    return -1;
  }
  int result = add(tx, dst, in, src, NULL, 0, mode >= 0 ? mode : (int)source_mode, err);
  pi_io_close(&in);
  return result;
}

int pi_transaction_write(pi_transaction *tx, const char *dst, const void *bytes, size_t size, int mode, pi_err *err) {
  return add(tx, dst, -1, NULL, bytes != NULL ? bytes : "", size, mode, err); /* NULL means "remove" there */
}

int pi_transaction_remove(pi_transaction *tx, const char *dst, pi_err *err) {
  return add(tx, dst, -1, NULL, NULL, 0, -1, err);
}

static void end(pi_transaction *tx) {
  pi_io_close(&tx->root);
  pi_journal_release(&tx->journal);
  free(tx->root_path);
  free(tx->root_real);
  tx->root_path = tx->root_real = NULL;
}

static int commit(pi_transaction *tx, pi_err *err) {
  pi_journal *j = &tx->journal;
  if (tx->broken)
    return pi_err_set(err, "EINVAL", "commit %s: a file could not be staged; nothing was changed", tx->root_path);
  if (pi_steps_backup(tx->root, j, err) < 0 || pi_steps_sync(tx->root, j, err) < 0) return -1;
  if (pi_journal_mark(j, PI_JOURNAL_COMMITTED, err) < 0) return -1;
  if (pi_steps_apply(tx->root, j, false, err) < 0) return -1;
  return pi_steps_sync(tx->root, j, err);
}

/* Puts the old files back after `err`; says so where that fails too. */
static int take_back(pi_transaction *tx, pi_err *err) {
  pi_err first = {"", ""}, second;
  if (err != NULL) first = *err;
  int result = pi_steps_roll_back(tx->root, &tx->journal, &second);
  if (result == 0) return -1;
  bool mixed = result == PI_STEPS_MIXED;
  pi_err_set(err, first.code, "%s; %s: %s", first.message, mixed ? "putting the old files back" : "then",
             second.message);
  return mixed ? PI_TRANSACTION_MIXED : -1;
}

int pi_transaction_commit(pi_transaction *tx, pi_err *err) {
  int result = tx->journal.count > 0 || tx->broken ? commit(tx, err) : 0;
  if (result == 0)
    (void)pi_steps_finish(tx->root, &tx->journal, NULL); /* all is new; the next recovery cleans up what is left */
  else
    result = take_back(tx, err);
  end(tx);
  return result;
}

int pi_transaction_rollback(pi_transaction *tx, pi_err *err) {
  int result = pi_steps_roll_back(tx->root, &tx->journal, err);
  end(tx);
  return result;
}

void pi_transaction_release(pi_transaction *tx) {
  if (tx->root >= 0) (void)pi_transaction_rollback(tx, NULL);
  end(tx);
}
