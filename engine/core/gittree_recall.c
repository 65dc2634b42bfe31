/* The key of a memory: see gittree_recall.h. */
#include "core/gittree_recall.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/gittree_plain.h"
#include "core/gittree_repo.h"

int pi_gittree_recall_heads(git_oid **ids, const pi_gittree_request *request, git_repository *repository,
                            const git_tree *tree, pi_err *err) {
  *ids = calloc(request->count + 1, sizeof **ids);
  if (*ids == NULL) return pi_err_os(err, ENOMEM, "read", request->dir);
  for (size_t i = 0; tree != NULL && i < request->count; i++) {
    git_tree_entry *entry = NULL;
    bool all = strcmp(request->paths[i], ".") == 0;
    int found = all ? 0 : pi_gittree_find(&entry, repository, tree, request->paths[i], err);
    if (found < 0) return -1;
    if (all) (*ids)[i] = *git_tree_id(tree);
    if (found) (*ids)[i] = *git_tree_entry_id(entry);
    git_tree_entry_free(entry);
  }
  return 0;
}

/* With the NUL, so that two texts are never one. */
static void add_text(pi_sha256 *hash, const char *text) {
  pi_sha256_update(hash, text != NULL ? text : "\1", text != NULL ? strlen(text) + 1 : 2);
}

static void add_list(pi_sha256 *hash, const char *const *list, size_t count) {
  pi_sha256_update(hash, &count, sizeof count);
  for (size_t i = 0; i < count; i++) add_text(hash, list[i]);
}

/* Settings that say how files are read and which are ignored. */
static int add_setting(const git_config_entry *entry, void *hash) {
  bool counts = strncmp(entry->name, "core.", 5) == 0 || strncmp(entry->name, "filter.", 7) == 0;
  if (!counts) return 0;
  add_text(hash, entry->name);
  add_text(hash, entry->value);
  return 0;
}

/* The files of settings, outside the repository: at most three. */
static size_t settings_files(char files[3][PATH_MAX]) {
  const char *folder = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
  bool xdg = folder != NULL && folder[0] != '\0';
  size_t count = 0;
  (void)snprintf(files[count++], PATH_MAX, "/etc/gitconfig");
  if (home != NULL) (void)snprintf(files[count++], PATH_MAX, "%s/.gitconfig", home);
  if (xdg || home != NULL)
    (void)snprintf(files[count++], PATH_MAX, "%s%s/git/config", xdg ? folder : home, xdg ? "" : "/.config");
  return count;
}

/* Is this file of settings all that it says: no link, no includes? */
static bool is_plain_file(const char *file, bool own) {
  pi_fs_bytes bytes = {0};
  pi_fs_stat stat;
  struct stat facts;
  if (lstat(file, &facts) < 0) return !own && errno == ENOENT;
  if (file[0] != '/' || !S_ISREG(facts.st_mode) || pi_fs_read(&bytes, &stat, file, 0, NULL) < 0) return false;
  char *text = strndup(bytes.bytes, bytes.size);
  bool plain = text != NULL && strlen(text) == bytes.size &&
               (own ? pi_gittree_plain_settings(text) : strcasestr(text, "include") == NULL);
  free(text);
  pi_fs_bytes_release(&bytes);
  return plain;
}

/* The repository's own settings. */
static bool own_settings(char file[PATH_MAX], git_repository *repository) {
  return snprintf(file, PATH_MAX, "%sconfig", git_repository_commondir(repository)) < PATH_MAX;
}

/* Do the facts of a few files stand for all settings? Then the next look need not read them. */
static bool has_plain_settings(git_repository *repository) {
  char files[3][PATH_MAX], own[PATH_MAX];
  size_t count = settings_files(files);
  bool plain = getuid() == geteuid() && own_settings(own, repository) && is_plain_file(own, true);
  for (size_t i = 0; plain && i < count; i++) plain = is_plain_file(files[i], false);
  return plain;
}

void pi_gittree_recall_question(pi_sha256 *hash, const pi_gittree_request *request, const char *root,
                                const char *gitdir, const void *heads) {
  pi_sha256_init(hash);
  add_text(hash, root);
  add_text(hash, gitdir);
  add_list(hash, request->paths, request->count);
  add_list(hash, request->exempt, request->exempt_count);
  pi_sha256_update(hash, heads, request->count * GIT_OID_RAWSZ);
  add_text(hash, getenv("HOME"));
  add_text(hash, getenv("XDG_CONFIG_HOME"));
}

int pi_gittree_recall_key(pi_gittree_memo *memo, const pi_gittree_request *request, const pi_gittree_work *work,
                          const git_oid *heads, pi_err *err) {
  char gitdir[PATH_MAX];
  const char *folder = git_repository_path(work->settings.repository);
  pi_sha256 hash;
  if (realpath(folder, gitdir) == NULL) return pi_err_os(err, errno, "resolve", folder);
  pi_gittree_recall_question(&hash, request, work->root, gitdir, heads);
  if (!has_plain_settings(work->settings.repository) &&
      git_config_foreach(work->settings.config, add_setting, &hash) < 0)
    return pi_gittree_fail(err, "read settings of", work->root);
  pi_sha256_final(&hash, memo->key);
  return 0;
}

/* Their facts are of no use where the settings themselves are part of the key. */
static void watch_settings(pi_gittree_memo *memo, git_repository *repository) {
  char files[3][PATH_MAX], own[PATH_MAX];
  size_t count = settings_files(files);
  if (!own_settings(own, repository) || !has_plain_settings(repository)) return;
  pi_gittree_memo_watch(memo, AT_FDCWD, own);
  for (size_t i = 0; i < count; i++) pi_gittree_memo_watch(memo, AT_FDCWD, files[i]);
}

/* The file that a setting names, else the one that git takes then. */
static void watch_setting(pi_gittree_memo *memo, git_config *config, const char *name, const char *file) {
  git_buf path = {0};
  char own[PATH_MAX];
  const char *folder = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
  bool xdg = folder != NULL && folder[0] != '\0';
  if (git_config_get_path(&path, config, name) == 0) {
    if (path.ptr[0] != '/') memo->unfit = true;
    pi_gittree_memo_watch(memo, AT_FDCWD, path.ptr);
  } else if ((xdg || home != NULL) && snprintf(own, sizeof own, "%s%s/git/%s", xdg ? folder : home,
                                               xdg ? "" : "/.config", file) < (int)sizeof own) {
    pi_gittree_memo_watch(memo, AT_FDCWD, own);
  }
  git_buf_dispose(&path);
  git_error_clear();
}

static int watch_item(pi_gittree_memo *memo, git_repository *repository, git_repository_item_t item, const char *file,
                      pi_err *err) {
  git_buf folder = {0};
  char path[PATH_MAX];
  if (git_repository_item_path(&folder, repository, item) < 0) return pi_gittree_fail(err, "find", file);
  if (snprintf(path, sizeof path, "%s%s", folder.ptr, file) < (int)sizeof path)
    pi_gittree_memo_watch(memo, AT_FDCWD, path);
  else
    memo->unfit = true;
  git_buf_dispose(&folder);
  return 0;
}

int pi_gittree_recall_watch(pi_gittree_memo *memo, const pi_gittree_work *work, pi_err *err) {
  git_repository *repository = work->settings.repository;
  git_config *config = work->settings.config;
  watch_settings(memo, repository);
  pi_gittree_memo_watch(memo, AT_FDCWD, "/etc/gitattributes");
  watch_setting(memo, config, "core.excludesfile", "ignore");
  watch_setting(memo, config, "core.attributesfile", "attributes");
  if (watch_item(memo, repository, GIT_REPOSITORY_ITEM_INFO, "exclude", err) < 0) return -1;
  return watch_item(memo, repository, GIT_REPOSITORY_ITEM_INFO, "attributes", err);
}
