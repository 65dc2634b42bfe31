/* Repositories: libgit2 started, opened, its failures told. See gittree.h and gittree_repo.h. */
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/gittree.h"
#include "core/gittree_repo.h"

/* Extensions of a repository that libgit2 1.5 refuses and that change nothing for who reads objects and the index:
 * objects that are missing in a partial clone are told as such, and settings of a single work tree are read by
 * pi_gittree_open. */
static const char *const harmless[] = {"partialclone", "preciousobjects", "worktreeconfig"};

int pi_gittree_start(pi_err *err) {
  if (pi_gittree_guard_memory() != 0) return pi_err_set(err, "EREPO", "start libgit2: it refuses an allocator");
  if (git_libgit2_init() < 1) return pi_err_set(err, "EREPO", "start libgit2: it cannot initialise itself");
  /* Nothing of the repository is run, so that it may belong to anybody. */
  if (git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0) == 0 &&
      git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, harmless, sizeof harmless / sizeof harmless[0]) == 0) {
    pi_gittree_guard_files(true);
    return 0;
  }
  (void)pi_gittree_fail(err, "start", "libgit2");
  (void)git_libgit2_shutdown();
  return -1;
}

void pi_gittree_stop(void) {
  pi_gittree_guard_files(false);
  (void)git_libgit2_shutdown();
}

int pi_gittree_fail(pi_err *err, const char *verb, const char *path) {
  const git_error *last = git_error_last();
  const char *refused = pi_gittree_refused();
  if (refused != NULL) return pi_err_set(err, "EINVAL", "%s %s: %s is not a regular file", verb, path, refused);
  if (last == NULL) return pi_err_set(err, "EREPO", "%s %s: libgit2 failed without a reason", verb, path);
  const char *code = last->klass == GIT_ERROR_NOMEMORY ? "ENOMEM" : "EREPO";
  return pi_err_set(err, code, "%s %s: %s", verb, path, last->message);
}

/* The value of a setting, or NULL; the caller frees the entry. */
static git_config_entry *setting(git_config *config, const char *name) {
  git_config_entry *entry = NULL;
  return git_config_get_entry(&entry, config, name) == 0 ? entry : NULL;
}

static bool comes_from_worktree(git_config *config, const char *name) {
  git_config_entry *entry = setting(config, name);
  bool found = entry != NULL && entry->level == GIT_CONFIG_LEVEL_APP && strcmp(entry->value, "false") != 0;
  git_config_entry_free(entry);
  return found;
}

/* Adds the file config.worktree of the work tree. What it says about the place of the work tree comes too late, because
 * libgit2 has decided that already: git itself must read such a repository. */
static int add_worktree_file(git_config *config, git_repository *repository, const char *dir, pi_err *err) {
  git_buf folder = {0};
  char *file = NULL;
  int status = git_repository_item_path(&folder, repository, GIT_REPOSITORY_ITEM_GITDIR);
  if (status == 0 && asprintf(&file, "%sconfig.worktree", folder.ptr) < 0) {
    git_buf_dispose(&folder);
    return pi_err_os(err, ENOMEM, "read settings of", dir);
  }
  if (status == 0) status = git_config_add_file_ondisk(config, file, GIT_CONFIG_LEVEL_APP, repository, 1);
  free(file);
  git_buf_dispose(&folder);
  if (status < 0 && status != GIT_ENOTFOUND) return pi_gittree_fail(err, "read settings of", dir);
  if (comes_from_worktree(config, "core.worktree") || comes_from_worktree(config, "core.bare"))
    return pi_err_set(err, "EREPO", "open %s: its config.worktree says where the work tree is", dir);
  return 0;
}

/* A linked work tree or a sparse checkout may have settings of its own. */
static int add_worktree_settings(git_repository *repository, const char *dir, pi_err *err) {
  git_config *config = NULL;
  int enabled = 0;
  if (git_repository_config(&config, repository) < 0) return pi_gittree_fail(err, "read settings of", dir);
  bool wanted = git_config_get_bool(&enabled, config, "extensions.worktreeconfig") == 0 && enabled;
  int result = wanted ? add_worktree_file(config, repository, dir, err) : 0;
  git_config_free(config);
  return result;
}

int pi_gittree_open(git_repository **repository, const char *dir, pi_err *err) {
  struct stat status;
  if (stat(dir, &status) < 0) return pi_err_os(err, errno, "open", dir);
  git_error_clear();
  pi_gittree_forget_refused();
  int result = git_repository_open_ext(repository, dir, 0, NULL);
  if (result == GIT_ENOTFOUND && pi_gittree_refused() == NULL)
    return pi_err_set(err, "ENOTREPO", "open %s: no git repository holds it", dir);
  if (result < 0) return pi_gittree_fail(err, "open", dir);
  if (add_worktree_settings(*repository, dir, err) == 0) return 0;
  git_repository_free(*repository);
  *repository = NULL;
  return -1;
}

/* The nearest folder above `path`, itself included, that has a file ".git", as a linked work tree has; cuts `path`. */
static bool cut_at_link(char *path) {
  char name[PATH_MAX];
  struct stat status;
  for (char *end = path + strlen(path);; end = strrchr(path, '/')) {
    if (end == NULL) return false;
    *end = '\0';
    if (snprintf(name, sizeof name, "%s/.git", path) >= (int)sizeof name) return false;
    if (lstat(name, &status) == 0) return S_ISREG(status.st_mode);
  }
}

static char *without_slash(char *path) {
  size_t size = path != NULL ? strlen(path) : 0;
  if (size > 1 && path[size - 1] == '/') path[size - 1] = '\0';
  return path;
}

/* A linked work tree may have been moved, or be mounted elsewhere, and the repository then has its old place: git takes
 * the folder where it found the link, and so is done here. */
int pi_gittree_root(char **root, git_repository *repository, const char *dir, pi_err *err) {
  const char *folder = git_repository_workdir(repository);
  *root = NULL;
  if (folder == NULL) return 0;
  if (git_repository_is_worktree(repository)) {
    *root = realpath(dir, NULL);
    if (*root == NULL) return pi_err_os(err, errno, "resolve", dir);
    if (cut_at_link(*root)) return 0;
    free(*root);
  }
  *root = without_slash(strdup(folder));
  return *root != NULL ? 0 : pi_err_os(err, ENOMEM, "open", dir);
}

int pi_gittree_head_tree(git_tree **tree, git_oid *commit, git_repository *repository, const char *dir, pi_err *err) {
  git_reference *head = NULL;
  git_commit *object = NULL;
  *tree = NULL;
  git_error_clear();
  int result = git_repository_head(&head, repository);
  if (result == GIT_EUNBORNBRANCH) return 0;
  if (result == 0) {
    *commit = *git_reference_target(head); /* git_repository_head resolves symbolic references */
    result = git_commit_lookup(&object, repository, commit);
  }
  if (result == 0) result = git_commit_tree(tree, object);
  git_commit_free(object);
  git_reference_free(head);
  return result == 0 ? 0 : pi_gittree_fail(err, "read HEAD of", dir);
}

/* git_tree_entry_bypath cannot be used: an object that is missing is the same to it as a path that is not there. */
int pi_gittree_find(git_tree_entry **entry, git_repository *repository, const git_tree *tree, const char *path,
                    pi_err *err) {
  git_tree *inner = NULL;
  int result = 0;
  *entry = NULL;
  for (const char *part = path; result == 0;) {
    char name[NAME_MAX + 1];
    size_t size = strcspn(part, "/");
    const git_tree_entry *found = NULL;
    if (size < sizeof name) {
      (void)snprintf(name, sizeof name, "%.*s", (int)size, part);
      found = git_tree_entry_byname(inner != NULL ? inner : tree, name);
    }
    if (found == NULL) break;
    if (part[size] == '\0') {
      result = git_tree_entry_dup(entry, found) == 0 ? 1 : -1;
    } else {
      git_tree *next = NULL;
      if (git_tree_entry_type(found) != GIT_OBJECT_TREE) break;
      result = git_tree_lookup(&next, repository, git_tree_entry_id(found));
      git_tree_free(inner);
      inner = next;
      part += size + 1;
    }
  }
  git_tree_free(inner);
  return result < 0 ? pi_gittree_fail(err, "look up", path) : result;
}
