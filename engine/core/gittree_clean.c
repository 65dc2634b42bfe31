/* A memory of a clean tree, looked up without libgit2: see gittree_plain.h. */
#include <stdlib.h>
#include <string.h>

#include "core/gittree_plain.h"
#include "core/gittree_recall.h"
#include "core/gittree_work.h"

/* The ids at HEAD as the key has them. */
static git_oid *raw_ids(const pi_gittree_known *head, size_t count) {
  git_oid *ids = calloc(count + 1, sizeof *ids);
  for (size_t i = 0; ids != NULL && i < count; i++)
    if (head->entries[i].id[0] != '\0' && git_oid_fromstr(&ids[i], head->entries[i].id) < 0) {
      free(ids);
      return NULL;
    }
  return ids;
}

static bool fits(const pi_gittree_request *request, const pi_gittree_known *head, const git_oid *ids) {
  pi_gittree_work *work = calloc(1, sizeof *work);
  pi_gittree_memo memo = {0};
  pi_sha256 hash;
  if (work == NULL) return false;
  work->root = head->root;
  work->paths = request->paths;
  work->count = request->count;
  work->exempt = request->exempt;
  work->exempt_count = request->exempt_count;
  pi_gittree_recall_question(&hash, request, head->root, head->gitdir, ids);
  pi_sha256_final(&hash, memo.key);
  bool result = pi_gittree_memo_fits(&memo, request->memo, work);
  free(work);
  return result;
}

/* A clean tree would have the ids of HEAD; without files there is none. */
static bool tell(pi_gittree_state *state, const pi_gittree_request *request, const pi_gittree_known *head) {
  memset(state, 0, sizeof *state);
  if (!request->ids) return true;
  state->ids = calloc(request->count + 1, sizeof *state->ids);
  for (size_t i = 0; state->ids != NULL && i < request->count; i++)
    if (strcmp(head->entries[i].id, PI_GITTREE_EMPTY_TREE) != 0)
      memcpy(state->ids[i], head->entries[i].id, sizeof state->ids[i]);
  return state->ids != NULL;
}

bool pi_gittree_plain_state(pi_gittree_state *state, const pi_gittree_request *request, const pi_gittree_known *head) {
  pi_gittree_head present;
  if (request->memo == NULL) return false;
  if (head == NULL) {
    if (!pi_gittree_plain_head(&present, request->dir, request->paths, request->count)) return false;
    const pi_gittree_known known = {present.root, present.gitdir, present.entries};
    bool clean = pi_gittree_plain_state(state, request, &known);
    pi_gittree_head_release(&present);
    return clean;
  }
  git_oid *ids = raw_ids(head, request->count);
  bool clean = ids != NULL && fits(request, head, ids) && tell(state, request, head);
  free(ids);
  return clean;
}
