/* The key of a memory (gittree_memo.h): all that a state depends on and that is no file of the work tree. Not for
 * others. */
#ifndef PIENV_CORE_GITTREE_RECALL_H
#define PIENV_CORE_GITTREE_RECALL_H

#include "core/gittree_state.h"
#include "core/gittree_work.h"

/* *ids: the objects of the paths asked at HEAD, zero where there is none, to be freed by the caller. */
int pi_gittree_recall_heads(git_oid **ids, const pi_gittree_request *request, git_repository *repository,
                            const git_tree *tree, pi_err *err);

/* Starts the digest that becomes the key: the question, HEAD (an id for each path, zeros where there is none), and the
 * variables that say where rules are. Where the settings are plain (no includes, no links), their files are remembered
 * like others and nothing follows; else the settings themselves do. */
void pi_gittree_recall_question(pi_sha256 *hash, const pi_gittree_request *request, const char *root,
                                const char *gitdir, const void *heads);

/* Sets memo->key from the question, HEAD, the settings, and the variables that say where rules are. */
int pi_gittree_recall_key(pi_gittree_memo *memo, const pi_gittree_request *request, const pi_gittree_work *work,
                          const git_oid *heads, pi_err *err);

/* Remembers the files of rules and attributes outside the work tree. */
int pi_gittree_recall_watch(pi_gittree_memo *memo, const pi_gittree_work *work, pi_err *err);

#endif
