/* The ids that files of the work tree would have in git. Not for others.
 *
 * The ends of lines are converted as git would (attributes text, eol, crlf; core.autocrlf), exactly. What needs more
 * than that makes the file PI_GITTREE_FILTERED, and its id is that of the bytes on the disk: an attribute `filter`
 * whose driver the settings name, `working-tree-encoding` other than UTF-8, and `ident` in a file that holds "$Id:". */
#ifndef PIENV_CORE_GITTREE_CONTENT_H
#define PIENV_CORE_GITTREE_CONTENT_H

#include <git2.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "core/gittree_set.h"

/* What the settings of a repository say about its files. */
typedef struct pi_gittree_settings {
  git_repository *repository;
  git_config *config;
  bool file_mode; /* core.fileMode: the executable bit counts */
  bool symlinks;  /* core.symlinks: links are links */
  bool auto_crlf; /* core.autocrlf is "true" or "input": text is recognised where no attribute says what a file is */
} pi_gittree_settings;

int pi_gittree_settings_read(pi_gittree_settings *settings, git_repository *repository, const char *dir, pi_err *err);
void pi_gittree_settings_release(pi_gittree_settings *settings);

/* Sets node->work, and PI_GITTREE_FILTERED, from the file or link `name` in the folder `dir`, whose facts are *status.
 * node->work.mode stays 0 where it has vanished meanwhile, and where it is neither a file nor a link. */
int pi_gittree_content_read(pi_gittree_node *node, const pi_gittree_settings *settings, int dir, const char *name,
                            const struct stat *status, pi_err *err);

/* The id of an object's bytes. */
void pi_gittree_hash(git_oid *id, const char *type, const void *bytes, size_t size);

#endif
