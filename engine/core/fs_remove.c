/* pi_fs_remove_tree: see fs.h.
 *
 * Every step is taken relative to the descriptor of a folder that was opened without following links, so that nobody
 * can swap a folder for a link under our feet. A subtree that is deeper than DEEPEST is first moved up to the top of
 * the tree: neither the stack nor the table of descriptors limits the depth. */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/io.h"

enum {
  DEEPEST = 32,     /* folders that are open at a time */
  PASSES = 1 << 16, /* over one folder, while others keep adding to it */
  MOVES = 1000      /* names that are tried for a subtree that moves up */
};

typedef struct walk {
  int top;      /* the folder `path` itself */
  dev_t device; /* the file system that it is on */
  size_t removed;
  unsigned moved;       /* subtrees moved up so far: makes their names */
  size_t length;        /* of `where` */
  char where[PATH_MAX]; /* the entry at work, for messages; cut where it is too long */
  pi_err *err;
} walk;

static int remove_entry(walk *w, int parent, const char *name, int depth);

static int fail(walk *w, int reason) { return pi_err_os(w->err, reason, "remove", w->where); }

/* Adds "/name" to w->where; returns the length to go back to. */
static size_t enter(walk *w, const char *name) {
  size_t before = w->length;
  int n = snprintf(w->where + before, sizeof w->where - before, "/%s", name);
  w->length = before + (size_t)n < sizeof w->where ? before + (size_t)n : sizeof w->where - 1;
  return before;
}

static void leave(walk *w, size_t before) {
  w->length = before;
  w->where[before] = '\0';
}

/* Makes a folder of ours writable; 0 when that may help. The folder that holds the whole tree (depth 0) is not ours. */
static int make_writable(int folder, int depth) {
  struct stat st;
  if (depth == 0 || fstat(folder, &st) < 0 || (st.st_mode & 0700) == 0700) return -1;
  return fchmod(folder, (st.st_mode | 0700) & 07777);
}

/* unlinkat() that makes the parent writable where needed; ENOENT is success, and only what we removed counts. */
static int unlink_entry(walk *w, int parent, const char *name, int flags, int depth) {
  int result = unlinkat(parent, name, flags);
  if (result < 0 && errno == EACCES && make_writable(parent, depth) == 0) result = unlinkat(parent, name, flags);
  if (result == 0) w->removed++;
  return result < 0 && errno == ENOENT ? 0 : result;
}

static int open_folder(int parent, const char *name) {
  static const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
  int fd = pi_io_open(parent, name, flags, 0);
  if (fd < 0 && errno == EACCES && fchmodat(parent, name, 0700, AT_SYMLINK_NOFOLLOW) == 0)
    fd = pi_io_open(parent, name, flags, 0);
  return fd;
}

/* Removes what is in a folder, in one pass, and closes the descriptor. */
static int empty_folder(walk *w, int folder, int depth) {
  int result = 0;
  DIR *dir = fdopendir(folder);
  if (dir == NULL) {
    fail(w, errno);
    pi_io_close(&folder);
    return -1;
  }
  for (struct dirent *entry; result == 0 && (errno = 0, entry = readdir(dir)) != NULL;)
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
      result = remove_entry(w, folder, entry->d_name, depth);
  if (result == 0 && errno != 0) result = fail(w, errno);
  (void)closedir(dir);
  return result;
}

/* Moves the folder `name` to the top of the tree, where another pass finds it. */
static int move_up(walk *w, int parent, const char *name, int folder, int depth) {
  char up[32];
  int result = -1;
  for (int i = 0; i < MOVES && result < 0; i++) {
    (void)snprintf(up, sizeof up, ".pienv-deep-%u", w->moved++);
    result = renameat(parent, name, w->top, up);
    if (result == 0 || errno == ENOENT) return 0;
    if (errno == EACCES && make_writable(folder, depth) < 0 && make_writable(parent, depth) < 0) break;
    if (errno != EACCES && errno != ENOTEMPTY && errno != EEXIST && errno != ENOTDIR) break;
  }
  return fail(w, errno);
}

/* Takes over the descriptor of the folder `name`: empties it, or moves it up. */
static int clear_folder(walk *w, int parent, const char *name, int folder, int depth) {
  struct stat st;
  int result = -1;
  if (fstat(folder, &st) < 0) {
    fail(w, errno);
  } else if (depth == 0) {
    w->device = st.st_dev;
    w->top = folder;
    result = 0;
  } else if (st.st_dev != w->device) {
    pi_err_set(w->err, "EXDEV", "remove %s: another file system is mounted here", w->where);
  } else if (depth >= DEEPEST) {
    result = move_up(w, parent, name, folder, depth);
    pi_io_close(&folder);
    return result;
  } else {
    result = 0;
  }
  if (result == 0) return empty_folder(w, folder, depth + 1);
  pi_io_close(&folder);
  return result;
}

/* Empties and removes the folder `name`; again while others put something into it. */
static int remove_folder(walk *w, int parent, const char *name, int depth) {
  for (int pass = 0; pass < PASSES; pass++) {
    int folder = open_folder(parent, name);
    if (folder < 0) return errno == ENOENT ? 0 : fail(w, errno);
    if (clear_folder(w, parent, name, folder, depth) < 0) return -1;
    if (unlink_entry(w, parent, name, AT_REMOVEDIR, depth) == 0) return 0;
    if (errno != ENOTEMPTY && errno != EEXIST) return fail(w, errno);
  }
  return fail(w, ENOTEMPTY);
}

static int remove_entry(walk *w, int parent, const char *name, int depth) {
  size_t before = depth > 0 ? enter(w, name) : w->length;
  int result = unlink_entry(w, parent, name, 0, depth);
  if (result < 0 && (errno == EISDIR || errno == EPERM)) { /* POSIX says EPERM for a folder, Linux EISDIR */
    int reason = errno;
    struct stat st;
    bool folder = fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
    result = folder ? remove_folder(w, parent, name, depth) : fail(w, reason);
  } else if (result < 0) {
    fail(w, errno);
  }
  leave(w, before);
  return result;
}

int pi_fs_remove_tree(size_t *removed, const char *path, pi_err *err) {
  const char *base;
  walk w = {.top = -1, .err = err};
  *removed = 0;
  int parent = pi_io_open_folder_of(path, &base);
  if (parent < 0) return errno == ENOENT ? 0 : pi_err_os(err, errno, "remove", path);
  w.length = strlen(path); /* fits: the folder of it could be opened; the last part is checked by the system */
  if (base[0] == '\0' || strcmp(base, ".") == 0 || strcmp(base, "..") == 0 || w.length >= sizeof w.where) {
    pi_io_close(&parent);
    return pi_err_set(err, "EINVAL", "remove %s: the path must end with the name of what is to be removed", path);
  }
  memcpy(w.where, path, w.length + 1);
  int result = remove_entry(&w, parent, base, 0);
  *removed = w.removed;
  pi_io_close(&parent);
  return result;
}
