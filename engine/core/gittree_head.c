/* Object ids at HEAD: see gittree.h. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/gittree.h"
#include "core/gittree_repo.h"

static void set_entry(pi_gittree_entry *entry, git_object_t type, const git_oid *id) {
  entry->type = git_object_type2string(type);
  (void)git_oid_tostr(entry->id, sizeof entry->id, id);
}

static int look_up(pi_gittree_entry *entry, git_repository *repository, const git_tree *tree, const char *path,
                   pi_err *err) {
  git_tree_entry *found = NULL;
  if (strcmp(path, ".") == 0) {
    set_entry(entry, GIT_OBJECT_TREE, git_tree_id(tree));
    return 0;
  }
  int result = pi_gittree_find(&found, repository, tree, path, err);
  if (result == 1) set_entry(entry, git_tree_entry_type(found), git_tree_entry_id(found));
  git_tree_entry_free(found);
  return result < 0 ? -1 : 0;
}

static int look_up_all(pi_gittree_head *head, git_repository *repository, const char *dir, const char *const *paths,
                       pi_err *err) {
  git_tree *tree = NULL;
  git_oid commit;
  int result = pi_gittree_head_tree(&tree, &commit, repository, dir, err);
  if (tree != NULL) (void)git_oid_tostr(head->commit, sizeof head->commit, &commit);
  for (size_t i = 0; tree != NULL && result == 0 && i < head->count; i++)
    result = look_up(&head->entries[i], repository, tree, paths[i], err);
  git_tree_free(tree);
  return result;
}

/* Two work trees of one repository must get the same text, whatever links and dots lead there. */
static int set_commondir(pi_gittree_head *head, git_repository *repository, pi_err *err) {
  const char *folder = git_repository_commondir(repository);
  head->commondir = realpath(folder, NULL);
  return head->commondir != NULL ? 0 : pi_err_os(err, errno, "resolve", folder);
}

int pi_gittree_head_read(pi_gittree_head *head, const char *dir, const char *const *paths, size_t count, pi_err *err) {
  git_repository *repository = NULL;
  memset(head, 0, sizeof *head);
  head->count = count;
  head->entries = calloc(count + 1, sizeof *head->entries);
  if (head->entries == NULL) return pi_err_os(err, ENOMEM, "open", dir);
  bool ok = pi_gittree_open(&repository, dir, err) == 0 && pi_gittree_root(&head->root, repository, dir, err) == 0 &&
            set_commondir(head, repository, err) == 0 && look_up_all(head, repository, dir, paths, err) == 0;
  git_repository_free(repository);
  return ok ? 0 : -1;
}

void pi_gittree_head_release(pi_gittree_head *head) {
  free(head->root);
  free(head->commondir);
  free(head->gitdir);
  free(head->entries);
  memset(head, 0, sizeof *head);
}
