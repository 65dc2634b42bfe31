/* The steps of a commit: see transaction_steps.h. */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/beneath.h"
#include "core/fs.h"
#include "core/io.h"
#include "core/transaction_steps.h"

/* Where one entry lives: the open folder of its target, and the three names in it. */
typedef struct place {
  int folder;
  const char *target; /* the last part */
  char staged[PI_JOURNAL_SIDE_SIZE], old[PI_JOURNAL_SIDE_SIZE];
} place;

/* One step for one entry; -1 and errno. */
typedef int step(const place *p, pi_journal_entry *e);

static int open_place(place *p, int root, const pi_journal *j, size_t index) {
  pi_journal_side(p->staged, j, index, ".new");
  pi_journal_side(p->old, j, index, ".old");
  p->folder = pi_beneath_open_folder_of(root, j->entries[index].target, &p->target);
  return p->folder;
}

/* Does one step for entry `index`; the error says "<verb> <target>: <reason>". */
static int run_at(step *run, const char *verb, int root, const pi_journal *j, size_t index, pi_err *err) {
  place p;
  pi_journal_entry *e = &j->entries[index];
  if (open_place(&p, root, j, index) < 0) return pi_err_os(err, errno, verb, e->target);
  int result = run(&p, e);
  if (result < 0) pi_err_os(err, errno, verb, e->target);
  pi_io_close(&p.folder);
  return result;
}

/* 1 or 0; -1 and errno where that cannot be known: taking that for "no" would leave some files old and some new. */
static int is_there(const place *p, const char *name) {
  struct stat st;
  if (fstatat(p->folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0) return 1;
  return errno == ENOENT ? 0 : -1;
}

/* Copies the old file where it cannot be linked (no hard links, a protected or a full inode). Mode and owner are those
 * of the very file that is copied: whoever may write to the folder may have exchanged it. */
static int copy_old(const place *p) {
  const char *method;
  struct stat st;
  int in = pi_io_open(p->folder, p->target, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
  int out = in >= 0 ? pi_io_open(p->folder, p->old, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600) : -1;
  int result = -1;
  if (out < 0 || fstat(in, &st) < 0) goto out;
  if (pi_fs_copy_content(&method, in, out, p->target, p->old, NULL) < 0) goto out;
  (void)fchown(out, st.st_uid, st.st_gid); /* only root can; the content is what counts */
  if (fchmod(out, st.st_mode & 07777) < 0 || pi_io_sync(out) < 0) goto out;
  result = 0;
out:
  pi_io_close(&in);
  pi_io_close(&out);
  return result;
}

static int backup_one(const place *p, pi_journal_entry *e) {
  struct stat st;
  e->existed = fstatat(p->folder, p->target, &st, AT_SYMLINK_NOFOLLOW) == 0;
  if (!e->existed) return errno == ENOENT ? 0 : -1;
  if (S_ISDIR(st.st_mode)) {
    errno = EISDIR;
    return -1;
  }
  if (e->removes) return 0; /* becomes ".old" itself */
  if (linkat(p->folder, p->target, p->folder, p->old, 0) == 0) return 0;
  return S_ISREG(st.st_mode) ? copy_old(p) : -1;
}

int pi_steps_backup(int root, pi_journal *j, pi_err *err) {
  for (size_t i = 0; i < j->count; i++)
    if (run_at(backup_one, "keep", root, j, i, err) < 0) return -1;
  return 0;
}

/* The staged file must be the one that we wrote: a regular file of this user under no second name. */
static int check_staged(const place *p) {
  struct stat st;
  if (fstatat(p->folder, p->staged, &st, AT_SYMLINK_NOFOLLOW) < 0) return -1;
  if (S_ISREG(st.st_mode) && st.st_uid == geteuid() && st.st_nlink == 1) return 0;
  errno = EPERM;
  return -1;
}

static int apply_one(const place *p, pi_journal_entry *e) {
  if (!e->removes) return check_staged(p) < 0 ? -1 : renameat(p->folder, p->staged, p->folder, p->target);
  if (!e->existed) return 0;
  int kept = is_there(p, p->old);
  if (kept != 0) return kept < 0 ? -1 : 0;
  return renameat(p->folder, p->target, p->folder, p->old) < 0 && errno != ENOENT ? -1 : 0;
}

/* 1 or 0, or -1 and errno. */
static int is_applied(const place *p, pi_journal_entry *e) {
  int there = is_there(p, e->removes ? p->target : p->staged);
  if (there <= 0) return there < 0 ? -1 : 1;
  return e->removes && e->existed ? is_there(p, p->old) : e->removes;
}

int pi_steps_apply(int root, const pi_journal *j, bool resumed, pi_err *err) {
  for (size_t i = 0; i < j->count; i++) {
    int applied = resumed ? run_at(is_applied, "finish", root, j, i, err) : 0;
    if (applied < 0) return -1;
    if (applied > 0) continue;
    resumed = false; /* entries are applied in order: after one that was not, none may be missing */
    if (run_at(apply_one, j->entries[i].removes ? "remove" : "replace", root, j, i, err) < 0) return -1;
  }
  return 0;
}

/* Staged files are made first to last; old files are kept when all are staged; both are swept last to first, the old
 * one first. A commit makes staged files vanish first to last, and leaves the old ones. */
int pi_steps_check_unapplied(int root, const pi_journal *j, pi_err *err) {
  bool missing = false;
  for (size_t i = 0; i < j->count; i++) {
    place p;
    if (open_place(&p, root, j, i) < 0) {
      if (errno != ENOENT) return pi_err_os(err, errno, "look at", j->entries[i].target);
      continue;
    }
    int removes = j->entries[i].removes, staged = is_there(&p, p.staged), old = staged < 0 ? -1 : is_there(&p, p.old);
    pi_io_close(&p.folder); /* keeps errno */
    if (old < 0) return pi_err_os(err, errno, "look at", j->entries[i].target);
    if (removes ? old : (staged ? missing : old)) return 0;
    missing = missing || (!removes && !staged);
  }
  return 1;
}

static int undo_one(const place *p, pi_journal_entry *e) {
  int result = 0, waiting = e->removes ? 0 : is_there(p, p->staged);
  if (waiting != 0) return waiting < 0 ? -1 : 0; /* it was not applied */
  if (e->existed)
    result = renameat(p->folder, p->old, p->folder, p->target);
  else if (!e->removes)
    result = renameat(p->folder, p->target, p->folder, p->staged);
  return result < 0 && errno != ENOENT ? -1 : 0; /* ENOENT: a former process did it */
}

static int sweep_one(const place *p, pi_journal_entry *e) {
  (void)e;
  if (unlinkat(p->folder, p->old, 0) < 0 && errno != ENOENT) return -1;
  return unlinkat(p->folder, p->staged, 0) < 0 && errno != ENOENT ? -1 : 0;
}

/* Runs a step that takes back, last entry first. Where the folder is gone (somebody removed it after a crash) there is
 * nothing to take back: that must not stop recovery for ever. */
static int run_back(step *run, const char *verb, int root, const pi_journal *j, pi_err *err) {
  for (size_t i = j->count; i-- > 0;) {
    place p;
    int folder = open_place(&p, root, j, i);
    if (folder < 0 && errno == ENOENT) continue;
    pi_io_close(&p.folder);
    if (run_at(run, verb, root, j, i, err) < 0) return -1;
  }
  return 0;
}

static int sync_one(const place *p, pi_journal_entry *e) {
  (void)e;
  return pi_io_sync(p->folder);
}

/* Are two targets in the same folder? */
static bool same_folder(const char *a, const char *b) {
  const char *a_end = strrchr(a, '/'), *b_end = strrchr(b, '/');
  size_t a_size = a_end != NULL ? (size_t)(a_end - a) : 0, b_size = b_end != NULL ? (size_t)(b_end - b) : 0;
  return a_size == b_size && memcmp(a, b, a_size) == 0;
}

int pi_steps_sync(int root, const pi_journal *j, pi_err *err) {
  for (size_t i = 0; i < j->count; i++) {
    if (i > 0 && same_folder(j->entries[i].target, j->entries[i - 1].target)) continue;
    if (run_at(sync_one, "sync folder of", root, j, i, err) < 0) return -1;
  }
  return 0;
}

/* The mark comes first: a kill in the middle of this must not be taken for one in the middle of the commit. Where it
 * cannot be written the old files are put back all the same (better now than never), and where that cannot be synced
 * the journal goes all the same: it would make new what has just been made old. */
int pi_steps_roll_back(int root, pi_journal *j, pi_err *err) {
  int synced = 0;
  if (j->phase == PI_JOURNAL_COMMITTED) (void)pi_journal_mark(j, PI_JOURNAL_UNDOING, NULL);
  if (j->phase != PI_JOURNAL_STAGING) {
    if (run_back(undo_one, "put back", root, j, err) < 0) return PI_STEPS_MIXED;
    synced = run_back(sync_one, "sync folder of", root, j, err);
  }
  if (run_back(sweep_one, "clean up beside", root, j, err) < 0) return -1;
  return pi_journal_remove(j, err) < 0 ? -1 : synced;
}

/* Without the mark a recovery finds everything done all the same; it only keeps it from taking a file that somebody has
 * put there since for the removed one. */
int pi_steps_finish(int root, pi_journal *j, pi_err *err) {
  if (j->phase != PI_JOURNAL_DONE) (void)pi_journal_mark(j, PI_JOURNAL_DONE, NULL);
  if (run_back(sweep_one, "clean up beside", root, j, err) < 0) return -1;
  return pi_journal_remove(j, err);
}
