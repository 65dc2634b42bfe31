/* The state of a work tree: see gittree_state.h. */
#include "core/gittree_state.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/gittree_recall.h"
#include "core/gittree_repo.h"
#include "core/gittree_slice.h"
#include "core/gittree_work.h"
#include "core/io.h"

typedef struct session {
  const pi_gittree_request *request;
  git_repository *repository;
  git_tree *tree; /* NULL before the first commit */
  char *root;
  pi_gittree_work work;
  pi_gittree_memo memo;
  git_oid *heads; /* of the paths asked, where there is a memory */
} session;

/* The rules that count for all folders: core.excludesFile, then info/exclude. */
static int add_common_rules(session *s, pi_err *err) {
  git_buf path = {0};
  int result = 0;
  if (git_config_get_path(&path, s->work.settings.config, "core.excludesfile") == 0) {
    result = pi_gittree_ignore_read(&s->work.rules, 0, AT_FDCWD, path.ptr, true, err);
  } else {
    char file[PATH_MAX];
    const char *folder = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    bool own = folder != NULL && folder[0] != '\0';
    if ((own || home != NULL) &&
        snprintf(file, sizeof file, "%s%s/git/ignore", own ? folder : home, own ? "" : "/.config") < (int)sizeof file)
      result = pi_gittree_ignore_read(&s->work.rules, 0, AT_FDCWD, file, true, err);
  }
  git_buf_dispose(&path);
  if (result == 0 && git_repository_item_path(&path, s->repository, GIT_REPOSITORY_ITEM_INFO) == 0) {
    int folder = pi_io_open(AT_FDCWD, path.ptr, O_RDONLY | O_DIRECTORY, 0);
    if (folder >= 0) result = pi_gittree_ignore_read(&s->work.rules, 0, folder, "exclude", true, err);
    pi_io_close(&folder);
  }
  git_buf_dispose(&path);
  git_error_clear();
  return result;
}

/* What the whole index holds under the paths. */
static int load_index(session *s, const char *file, pi_err *err) {
  git_index *index = NULL;
  int result = 0;
  if (s->work.memo != NULL) pi_gittree_memo_watch(s->work.memo, AT_FDCWD, file);
  if (git_repository_index(&index, s->repository) < 0) return pi_gittree_fail(err, "read the index of", s->root);
  if (git_index_read(index, 0) < 0) result = pi_gittree_fail(err, "read the index of", s->root);
  for (size_t i = 0; result == 0 && i < s->request->count; i++)
    if (!pi_gittree_work_covers(&s->work, i))
      result = pi_gittree_set_add_index(&s->work.set, index, s->request->paths[i], err);
  if (result == 0) result = pi_gittree_hide_index(s->repository, index, s->root, err);
  git_index_free(index);
  return result;
}

/* What HEAD and the index hold under all paths. */
static int load(session *s, pi_err *err) {
  git_buf file = {0};
  int result = git_repository_item_path(&file, s->repository, GIT_REPOSITORY_ITEM_INDEX);
  if (result < 0) return pi_gittree_fail(err, "find the index of", s->root);
  for (size_t i = 0; result == 0 && i < s->request->count; i++)
    if (!pi_gittree_work_covers(&s->work, i))
      result = pi_gittree_set_add_head(&s->work.set, s->repository, s->tree, s->request->paths[i], err);
  int done = result == 0 ? pi_gittree_slice_load(&s->work, file.ptr, err) : -1;
  result = done == 0 ? load_index(s, file.ptr, err) : done < 0 ? -1 : 0;
  git_buf_dispose(&file);
  pi_gittree_set_sort(&s->work.set);
  for (size_t i = 0; i < s->work.set.count; i++)
    if (pi_gittree_work_exempts(&s->work, s->work.set.nodes[i].path)) s->work.set.nodes[i].flags |= PI_GITTREE_EXEMPT;
  return result;
}

static int walk(session *s, pi_err *err) {
  int result = 0;
  for (size_t i = 0; result == 0 && i < s->request->count; i++)
    if (!pi_gittree_work_covers(&s->work, i)) result = pi_gittree_work_walk(&s->work, s->request->paths[i], err);
  pi_gittree_set_sort(&s->work.set);
  /* What a sparse checkout leaves out is as the index has it. */
  for (size_t i = 0; i < s->work.set.count; i++) {
    pi_gittree_node *node = &s->work.set.nodes[i];
    bool absent = (node->flags & PI_GITTREE_SKIPPED) && node->work.mode == 0;
    if (!absent || pi_gittree_work_displaces(&s->work, node->path)) continue;
    if (node->flags & PI_GITTREE_INTENDED) node->index.mode = 0; /* nothing yet */
    node->work = node->index;
  }
  return result;
}

static bool differ(const pi_gittree_version *a, const pi_gittree_version *b) {
  return a->mode != b->mode || (a->mode != 0 && !git_oid_equal(&a->id, &b->id));
}

static const char *staged_kind(const pi_gittree_node *node) {
  static const pi_gittree_version absent = {0};
  bool intended = node->flags & PI_GITTREE_INTENDED;
  return differ(&node->head, intended ? &absent : &node->index) ? "staged" : NULL;
}

static const char *work_kind(const pi_gittree_node *node) {
  if (node->index.mode == 0) return node->work.mode != 0 || (node->flags & PI_GITTREE_EMBEDDED) ? "untracked" : NULL;
  if (node->flags & PI_GITTREE_FILTERED) return "filtered";
  if (node->flags & PI_GITTREE_INTENDED) return "unstaged";
  bool changed = differ(&node->index, &node->work);
  bool submodule = node->index.mode == GIT_FILEMODE_COMMIT && node->work.mode == GIT_FILEMODE_COMMIT;
  if (submodule) return changed || (node->flags & PI_GITTREE_UNSETTLED) ? "submodule" : NULL;
  if (!changed) return NULL;
  if (node->flags & PI_GITTREE_SKIPPED) return "skip-worktree";
  return node->flags & PI_GITTREE_ASSUMED ? "assume-unchanged" : "unstaged";
}

static int add_change(pi_gittree_state *state, const pi_gittree_node *node, const char *kind, pi_err *err) {
  bool embedded = (node->flags & PI_GITTREE_EMBEDDED) && kind != NULL && strcmp(kind, "untracked") == 0;
  if (kind == NULL) return 0;
  char *path = NULL;
  if (asprintf(&path, embedded ? "%s/" : "%s", node->path) < 0) return pi_err_os(err, ENOMEM, "compare", node->path);
  state->changes[state->count++] = (pi_gittree_change){path, kind};
  return 0;
}

static int add_changes(pi_gittree_state *state, const pi_gittree_node *node, pi_err *err) {
  if (node->flags & PI_GITTREE_EXEMPT) return 0;
  if (node->flags & PI_GITTREE_UNMERGED) return add_change(state, node, "unmerged", err);
  if (add_change(state, node, staged_kind(node), err) < 0) return -1;
  return add_change(state, node, work_kind(node), err);
}

static int tell_changes(pi_gittree_state *state, const session *s, pi_err *err) {
  const pi_gittree_set *set = &s->work.set;
  state->changes = calloc(2 * set->count + 1, sizeof *state->changes); /* at most two a path */
  if (state->changes == NULL) return pi_err_os(err, ENOMEM, "compare", s->root);
  for (size_t i = 0; i < set->count; i++)
    if (add_changes(state, &set->nodes[i], err) < 0) return -1;
  return 0;
}

static int tell_ids(pi_gittree_state *state, const session *s, pi_err *err) {
  if (!s->request->ids) return 0;
  state->ids = calloc(s->request->count + 1, sizeof *state->ids);
  if (state->ids == NULL) return pi_err_os(err, ENOMEM, "compare", s->root);
  for (size_t i = 0; i < s->request->count; i++) {
    git_oid id;
    int found = pi_gittree_set_id(&id, &s->work.set, s->request->paths[i], err);
    if (found < 0) return -1;
    if (found) (void)git_oid_tostr(state->ids[i], sizeof state->ids[i], &id);
  }
  return 0;
}

/* libgit2 looks for attributes where it takes the work tree to be. (Set to what it is already, libgit2 1.5 leaks.) */
static int move_workdir(session *s, pi_err *err) {
  const char *known = git_repository_workdir(s->repository);
  size_t size = strlen(s->root);
  if (strncmp(known, s->root, size) == 0 && strcmp(known + size, "/") == 0) return 0;
  return git_repository_set_workdir(s->repository, s->root, 0) < 0 ? pi_gittree_fail(err, "read", s->root) : 0;
}

static int start(session *s, pi_err *err) {
  const char *dir = s->request->dir;
  git_oid commit;
  if (pi_gittree_open(&s->repository, dir, err) < 0 || pi_gittree_root(&s->root, s->repository, dir, err) < 0)
    return -1;
  if (s->root == NULL) return pi_err_set(err, "EBARE", "read %s: a bare repository has no work tree", dir);
  if (move_workdir(s, err) < 0) return -1;
  s->work.root = s->root;
  s->work.paths = s->request->paths;
  s->work.count = s->request->count;
  s->work.exempt = s->request->exempt;
  s->work.exempt_count = s->request->exempt_count;
  if (pi_gittree_head_tree(&s->tree, &commit, s->repository, dir, err) < 0) return -1;
  if (pi_gittree_settings_read(&s->work.settings, s->repository, dir, err) < 0) return -1;
  return 0;
}

/* Prepares the memory, and tells whether it has the answer: 1, 0, or -1. */
static int recall(pi_gittree_state *state, session *s, pi_err *err) {
  const pi_gittree_request *request = s->request;
  if (request->memo == NULL) return 0;
  pi_gittree_memo_start(&s->memo, request->settle);
  if (pi_gittree_recall_heads(&s->heads, request, s->repository, s->tree, err) < 0) return -1;
  if (pi_gittree_recall_key(&s->memo, request, &s->work, s->heads, err) < 0) return -1;
  s->work.memo = &s->memo;
  if (!pi_gittree_memo_fits(&s->memo, request->memo, &s->work)) return pi_gittree_recall_watch(&s->memo, &s->work, err);
  if (!request->ids) return 1;
  state->ids = calloc(request->count + 1, sizeof *state->ids);
  if (state->ids == NULL) return pi_err_os(err, ENOMEM, "compare", s->root);
  for (size_t i = 0; i < request->count; i++)
    if (!git_oid_is_zero(&s->heads[i]) && git_oid_streq(&s->heads[i], PI_GITTREE_EMPTY_TREE) != 0)
      (void)git_oid_tostr(state->ids[i], sizeof state->ids[i], &s->heads[i]);
  return 1;
}

static int compare(pi_gittree_state *state, session *s, pi_err *err) {
  if (add_common_rules(s, err) < 0 || load(s, err) < 0 || walk(s, err) < 0) return -1;
  if (tell_changes(state, s, err) < 0 || tell_ids(state, s, err) < 0) return -1;
  if (s->request->memo != NULL && state->count == 0) pi_gittree_memo_write(&s->memo, s->request->memo);
  return 0;
}

static void finish(session *s) {
  pi_gittree_memo_release(&s->memo);
  free(s->heads);
  pi_gittree_ignore_release(&s->work.rules);
  pi_gittree_set_release(&s->work.set);
  pi_gittree_settings_release(&s->work.settings);
  git_tree_free(s->tree);
  git_repository_free(s->repository);
  free(s->root);
  free(s);
}

int pi_gittree_state_read(pi_gittree_state *state, const pi_gittree_request *request, pi_err *err) {
  memset(state, 0, sizeof *state);
  session *s = calloc(1, sizeof *s);
  if (s == NULL) return pi_err_os(err, ENOMEM, "read", request->dir);
  s->request = request;
  int result = start(s, err);
  if (result == 0) result = recall(state, s, err);
  if (result == 0) result = compare(state, s, err);
  finish(s);
  return result < 0 ? -1 : 0;
}

void pi_gittree_state_release(pi_gittree_state *state) {
  for (size_t i = 0; i < state->count; i++) free(state->changes[i].path);
  free(state->changes);
  free(state->ids);
  memset(state, 0, sizeof *state);
}
