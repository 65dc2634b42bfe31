/* The walk through a work tree: see gittree_work.h. */
#include "core/gittree_work.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/gittree.h"
#include "core/gittree_glob.h"
#include "core/gittree_repo.h"
#include "core/gittree_state.h"
#include "core/io.h"
#include "core/names.h"

/* A folder of the walk. */
typedef struct place {
  int fd;
  size_t size;      /* of its path, with the final "/" */
  bool excluded;    /* by an ignore rule: only what is tracked counts */
  const char *only; /* the way down to what was asked; NULL: everything */
} place;

static int walk_folder(pi_gittree_work *work, const place *at, pi_err *err);

bool pi_gittree_work_exempts(const pi_gittree_work *work, const char *path) {
  for (size_t i = 0; i < work->exempt_count; i++)
    if (pi_gittree_glob_covers(work->exempt[i], path)) return true;
  return false;
}

static bool is_beneath(const char *path, const char *folder) {
  size_t size = strlen(folder);
  return strcmp(folder, ".") == 0 || (strncmp(path, folder, size) == 0 && path[size] == '/');
}

bool pi_gittree_work_covers(const pi_gittree_work *work, size_t which) {
  const char *path = work->paths[which];
  for (size_t i = 0; i < work->count; i++) {
    bool same = strcmp(work->paths[i], path) == 0;
    if ((same && i < which) || (!same && is_beneath(path, work->paths[i]))) return true;
  }
  return false;
}

bool pi_gittree_work_is_missing(const pi_gittree_work *work, const char *path) {
  char name[PATH_MAX];
  struct stat status;
  return snprintf(name, sizeof name, "%s/%s", work->root, path) < (int)sizeof name && lstat(name, &status) < 0;
}

bool pi_gittree_work_displaces(const pi_gittree_work *work, const char *path) {
  char name[PATH_MAX];
  struct stat status;
  for (const char *end = path; *end != '\0';) {
    end += 1 + strcspn(end + 1, "/");
    if (snprintf(name, sizeof name, "%s/%.*s", work->root, (int)(end - path), path) >= (int)sizeof name) return false;
    if (lstat(name, &status) < 0) return false;
    if (*end == '\0' || !S_ISDIR(status.st_mode)) return true;
  }
  return false;
}

/* The node of the walk's path; a new one where there is none. */
static pi_gittree_node *node_here(pi_gittree_work *work, pi_err *err) {
  pi_gittree_node *node = pi_gittree_set_find(&work->set, work->path);
  return node != NULL ? node : pi_gittree_set_add(&work->set, work->path, strlen(work->path), err);
}

static int visit_file(pi_gittree_work *work, const place *at, const char *name, const struct stat *status,
                      pi_err *err) {
  const pi_gittree_node *known = pi_gittree_set_find(&work->set, work->path);
  bool tracked = known != NULL && known->index.mode != 0;
  if (!S_ISREG(status->st_mode) && !S_ISLNK(status->st_mode)) return 0; /* git does not see devices, pipes, sockets */
  if (!tracked && (at->excluded || pi_gittree_ignore_has(&work->rules, work->path, false))) return 0;
  if (work->memo != NULL) pi_gittree_memo_file(work->memo, work->path, status);
  pi_gittree_node *node = node_here(work, err);
  return node != NULL ? pi_gittree_content_read(node, &work->settings, at->fd, name, status, err) : -1;
}

/* The commit that the repository in the walk's folder has at HEAD: 1; 0 where there is no repository or no commit. */
static int embedded_head(git_oid *id, bool *is_repository, const pi_gittree_work *work, pi_err *err) {
  char folder[PATH_MAX];
  git_repository *repository = NULL;
  if (snprintf(folder, sizeof folder, "%s/%s", work->root, work->path) >= (int)sizeof folder)
    return pi_err_os(err, ENAMETOOLONG, "open", work->path);
  *is_repository = git_repository_open_ext(&repository, folder, GIT_REPOSITORY_OPEN_NO_SEARCH, NULL) == 0 &&
                   !git_repository_is_bare(repository);
  int found = *is_repository && git_reference_name_to_id(id, repository, "HEAD") == 0;
  git_repository_free(repository);
  git_error_clear();
  return found;
}

/* Whether a submodule has changes inside: 1, 0, or -1. Nothing is exempt there: patterns are of the outer repository.
 */
static int is_unsettled(const pi_gittree_work *work, pi_err *err) {
  static const char *const everything[] = {"."};
  char folder[PATH_MAX];
  pi_gittree_state state;
  const pi_gittree_request inner = {.dir = folder, .paths = everything, .count = 1};
  (void)snprintf(folder, sizeof folder, "%s/%s", work->root, work->path); /* fits: embedded_head has looked */
  int result = pi_gittree_state_read(&state, &inner, err);
  if (result == 0) result = state.count > 0;
  pi_gittree_state_release(&state);
  return result;
}

/* The folder of a submodule. One that is not checked out is as the index has it. */
static int visit_submodule(pi_gittree_work *work, pi_gittree_node *node, pi_err *err) {
  bool is_repository = false;
  if (work->memo != NULL) work->memo->unfit = true; /* it has an index, a HEAD and files of its own */
  node->work = node->index;
  int found = embedded_head(&node->work.id, &is_repository, work, err);
  if (found != 1) {
    node->work = node->index;
    return found;
  }
  int unsettled = is_unsettled(work, err);
  if (unsettled == 1) node->flags |= PI_GITTREE_UNSETTLED;
  return unsettled < 0 ? -1 : 0;
}

/* A folder without anything tracked: 1 when it is done, because it is a repository of its own. `through`: what was
 * asked is beneath it, and so is not there. */
static int visit_embedded(pi_gittree_work *work, bool through, pi_err *err) {
  git_oid id = {{0}};
  bool is_repository = false;
  int found = embedded_head(&id, &is_repository, work, err);
  if (found < 0 || !is_repository) return found;
  if (through) return 1;
  pi_gittree_node *node = node_here(work, err);
  if (node == NULL) return -1;
  node->flags |= PI_GITTREE_EMBEDDED;
  node->work.mode = found ? GIT_FILEMODE_COMMIT : 0;
  node->work.id = id;
  return 1;
}

static int enter(pi_gittree_work *work, const place *at, const char *name, const char *only, bool excluded,
                 pi_err *err) {
  size_t size = strlen(work->path);
  place inner = {.size = size + 1, .excluded = excluded, .only = only};
  inner.fd = pi_io_open(at->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
  if (inner.fd < 0)
    return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0 : pi_err_os(err, errno, "open", work->path);
  int result = walk_folder(work, &inner, err);
  pi_io_close(&inner.fd);
  return result;
}

static int visit_folder(pi_gittree_work *work, const place *at, const char *name, const char *only, pi_err *err) {
  pi_gittree_node *node = pi_gittree_set_find(&work->set, work->path);
  if (node != NULL && node->index.mode == GIT_FILEMODE_COMMIT) return visit_submodule(work, node, err);
  bool excluded = at->excluded || pi_gittree_ignore_has(&work->rules, work->path, true);
  if (!pi_gittree_set_tracks_beneath(&work->set, work->path)) {
    bool replaced = node != NULL && node->index.mode != 0; /* a tracked file by a folder: no rule excludes its path */
    int done = excluded && !replaced ? 0 : visit_embedded(work, only != NULL, err);
    if (at->only != NULL && work->memo != NULL)
      work->memo->unfit = true; /* asked for, and looked at by what is around */
    if (excluded || done != 0) return done < 0 ? -1 : 0;
  }
  return enter(work, at, name, only, excluded, err);
}

/* One name of a folder. `only`: what is left of the way down behind this name. */
static int visit(pi_gittree_work *work, const place *at, const char *name, const char *only, pi_err *err) {
  struct stat status;
  int size = snprintf(work->path + at->size, sizeof work->path - at->size, "%s", name);
  if (size < 0 || at->size + (size_t)size >= sizeof work->path - 1) return pi_err_os(err, ENAMETOOLONG, "read", name);
  if (strcmp(name, ".git") == 0 || pi_gittree_work_exempts(work, work->path)) return 0;
  bool there = fstatat(at->fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
  if (!there && at->only != NULL && work->memo != NULL) pi_gittree_memo_file(work->memo, work->path, NULL);
  if (!there) return errno == ENOENT || errno == ENOTDIR ? 0 : pi_err_os(err, errno, "read", work->path);
  if (S_ISDIR(status.st_mode)) return visit_folder(work, at, name, only, err);
  /* In the place of a folder on the way down, or ignored: that it is there at all. */
  if (at->only != NULL && work->memo != NULL) pi_gittree_memo_file(work->memo, work->path, &status);
  return only == NULL ? visit_file(work, at, name, &status, err) : 0;
}

static int visit_next(pi_gittree_work *work, const place *at, pi_err *err) {
  char name[NAME_MAX + 1];
  size_t size = strcspn(at->only, "/");
  if (size >= sizeof name) return 0;
  (void)snprintf(name, sizeof name, "%.*s", (int)size, at->only);
  return visit(work, at, name, at->only[size] == '/' ? at->only + size + 1 : NULL, err);
}

static int list(pi_names *names, int fd, const char *path, pi_err *err) {
  int copy = pi_io_open(fd, ".", O_RDONLY | O_DIRECTORY, 0);
  DIR *folder = copy >= 0 ? fdopendir(copy) : NULL;
  struct dirent *entry;
  int result = 0;
  if (folder == NULL) {
    int code = errno;
    pi_io_close(&copy);
    return pi_err_os(err, code, "list", path);
  }
  while (result == 0 && (errno = 0, entry = readdir(folder)) != NULL)
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
      result = pi_names_add(names, entry->d_name, err);
  if (result == 0 && errno != 0) result = pi_err_os(err, errno, "list", path);
  (void)closedir(folder);
  return result;
}

/* The rules of a folder: the folders on the way down are not remembered, nor is a file that is ignored itself. */
static void remember_rules(pi_gittree_work *work, const place *at) {
  static const char *const files[] = {".gitignore", ".gitattributes"};
  char name[PATH_MAX];
  struct stat facts;
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
    bool here = fstatat(at->fd, files[i], &facts, AT_SYMLINK_NOFOLLOW) == 0;
    if (!here && at->only == NULL) continue;
    (void)snprintf(name, sizeof name, "%.*s%s", (int)at->size, work->path, files[i]);
    pi_gittree_memo_file(work->memo, name, here ? &facts : NULL);
    if (here && S_ISLNK(facts.st_mode)) work->memo->unfit = true;
  }
}

static void remember(pi_gittree_work *work, const place *at) {
  if (work->memo == NULL) return;
  remember_rules(work, at);
  if (at->only != NULL) return;
  work->path[at->size > 0 ? at->size - 1 : 0] = '\0';
  pi_gittree_memo_folder(work->memo, work, at->fd);
  if (at->size > 0) work->path[at->size - 1] = '/';
}

static int visit_all(pi_gittree_work *work, const place *at, pi_err *err) {
  pi_names names;
  pi_names_init(&names);
  int result = list(&names, at->fd, work->path, err);
  for (size_t i = 0; result == 0 && i < names.count; i++) result = visit(work, at, names.items[i], NULL, err);
  pi_names_release(&names);
  return result;
}

/* work->path is the folder's; it is the same afterwards. */
static int walk_folder(pi_gittree_work *work, const place *at, pi_err *err) {
  size_t rules = work->rules.count;
  if (at->size > 0) work->path[at->size - 1] = '/';
  remember(work, at);
  int result = pi_gittree_ignore_read(&work->rules, at->size, at->fd, ".gitignore", false, err);
  if (result == 0) result = at->only != NULL ? visit_next(work, at, err) : visit_all(work, at, err);
  pi_gittree_ignore_cut(&work->rules, rules);
  work->path[at->size > 0 ? at->size - 1 : 0] = '\0';
  return result;
}

int pi_gittree_work_walk(pi_gittree_work *work, const char *path, pi_err *err) {
  place top = {.only = strcmp(path, ".") == 0 ? NULL : path};
  top.fd = pi_io_open(AT_FDCWD, work->root, O_RDONLY | O_DIRECTORY, 0);
  if (top.fd < 0) return pi_err_os(err, errno, "open", work->root);
  work->path[0] = '\0';
  int result = walk_folder(work, &top, err);
  pi_io_close(&top.fd);
  return result;
}
