/* Recovery: see transaction.h. */
#include <dirent.h>
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

/* What recovery works on. */
typedef struct recovery {
  int root, folder;
  const char *folder_path;
  uint64_t inode; /* of the root */
  pi_recoveries *out;
} recovery;

void pi_recoveries_release(pi_recoveries *recoveries) {
  for (size_t i = 0; i < recoveries->count; i++) pi_names_release(&recoveries->items[i].files);
  free(recoveries->items);
  *recoveries = (pi_recoveries){NULL, 0};
}

/* Adds an empty item to the results, before anything is done, so that no memory is missing afterwards. */
static pi_recovery *add_item(pi_recoveries *out, const pi_journal *j, pi_err *err) {
  pi_recovery *items = realloc(out->items, (out->count + 1) * sizeof *items);
  if (items == NULL) {
    pi_err_os(err, ENOMEM, "recover", j->path);
    return NULL;
  }
  out->items = items;
  pi_recovery *item = &items[out->count++];
  item->finished = false;
  pi_names_init(&item->files);
  for (size_t i = 0; i < j->count; i++)
    if (pi_names_add(&item->files, j->entries[i].target, err) < 0) return NULL;
  return item;
}

/* A committed transaction goes forward; where that fails (a folder was put at a target) the old files come back. */
static int roll_forward(const recovery *r, pi_journal *j, bool *finished, pi_err *err) {
  *finished = pi_steps_apply(r->root, j, true, err) == 0 && pi_steps_sync(r->root, j, err) == 0;
  return *finished ? pi_steps_finish(r->root, j, err) : pi_steps_roll_back(r->root, j, err);
}

static int carry_out(const recovery *r, pi_journal *j, pi_err *err) {
  if (j->count == 0) return pi_journal_remove(j, err); /* it had hardly begun: nothing to tell */
  pi_recovery *item = add_item(r->out, j, err);
  if (item == NULL) return -1;
  switch (j->phase) {
    case PI_JOURNAL_COMMITTED: return roll_forward(r, j, &item->finished, err);
    case PI_JOURNAL_DONE: item->finished = true; return pi_steps_finish(r->root, j, err);
    default: return pi_steps_roll_back(r->root, j, err);
  }
}

static int work_on(const recovery *r, pi_journal *j, pi_err *err) {
  pi_err why;
  int intact = j->phase == PI_JOURNAL_STAGING ? pi_steps_check_unapplied(r->root, j, &why) : 1;
  if (intact == 0) return pi_journal_refuse(j, "damaged: its end is missing", err);
  if (intact > 0 && carry_out(r, j, &why) == 0) return 0;
  return pi_err_set(err, why.code, "recover %s: %s; remove the cause and run pienv again", j->path, why.message);
}

static int recover_one(const recovery *r, const char *name, pi_err *err) {
  pi_journal j;
  int result = pi_journal_open(&j, r->folder, r->folder_path, name, r->inode, err);
  if (result > 0) result = work_on(r, &j, err);
  pi_journal_release(&j);
  return result;
}

/* The names of journals in the folder, sorted. */
static int list_journals(pi_names *names, const recovery *r, pi_err *err) {
  int fd = pi_io_open(r->folder, ".", O_RDONLY | O_DIRECTORY, 0), result = 0;
  DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
  if (dir == NULL) {
    pi_err_os(err, errno, "list", r->folder_path);
    pi_io_close(&fd);
    return -1;
  }
  for (struct dirent *entry; result == 0 && (errno = 0, entry = readdir(dir)) != NULL;)
    if (pi_journal_is_name(entry->d_name)) result = pi_names_add(names, entry->d_name, err);
  if (result == 0 && errno != 0) result = pi_err_os(err, errno, "list", r->folder_path);
  (void)closedir(dir);
  pi_names_sort(names);
  return result;
}

static int recover_all(const recovery *r, pi_err *err) {
  pi_names names;
  pi_err later;
  pi_names_init(&names);
  int result = list_journals(&names, r, err);
  for (size_t i = 0; i < names.count; i++)
    if (recover_one(r, names.items[i], result == 0 ? err : &later) < 0) result = -1;
  pi_names_release(&names);
  return result;
}

/* The open root and journal folder; 0 where there is no journal folder. */
static int open_folders(recovery *r, const char *journal_folder, const char *root, const char *real, pi_err *err) {
  struct stat st;
  char *inner = NULL;
  r->root = pi_io_open(AT_FDCWD, real, O_RDONLY | O_DIRECTORY, 0);
  if (r->root < 0 || fstat(r->root, &st) < 0) return pi_err_os(err, errno, "open", root);
  r->inode = (uint64_t)st.st_ino;
  if (pi_beneath_relative(&inner, root, journal_folder, err) < 0 &&
      pi_beneath_relative(&inner, real, journal_folder, err) < 0)
    return -1;
  r->folder = pi_beneath_open(r->root, inner);
  free(inner);
  if (r->folder < 0 && errno == ENOENT) return 0;
  return r->folder < 0 ? pi_err_os(err, errno, "open", journal_folder) : 1;
}

int pi_transaction_recover(pi_recoveries *out, const char *journal_folder, const char *root, pi_err *err) {
  recovery r = {.root = -1, .folder = -1, .folder_path = journal_folder, .out = out};
  char *real = NULL;
  if (pi_fs_realpath(&real, root, err) < 0) return -1;
  int result = open_folders(&r, journal_folder, root, real, err);
  if (result > 0) result = recover_all(&r, err);
  pi_io_close(&r.root);
  pi_io_close(&r.folder);
  free(real);
  return result;
}
