/* Sets of paths: see gittree_set.h. */
#include "core/gittree_set.h"

#include <stdlib.h>
#include <string.h>

#include "core/gittree_content.h"

pi_gittree_node *pi_gittree_set_add(pi_gittree_set *set, const char *path, size_t size, pi_err *err) {
  if (set->count == set->capacity) {
    size_t capacity = set->capacity * 2 + 64;
    pi_gittree_node *grown = realloc(set->nodes, capacity * sizeof *grown);
    if (grown == NULL) return (void)pi_err_os(err, ENOMEM, "compare", path), NULL;
    set->nodes = grown;
    set->capacity = capacity;
  }
  pi_gittree_node *node = &set->nodes[set->count];
  memset(node, 0, sizeof *node);
  node->path = strndup(path, size);
  if (node->path == NULL) return (void)pi_err_os(err, ENOMEM, "compare", path), NULL;
  set->count++;
  return node;
}

static int by_path(const void *a, const void *b) {
  return strcmp(((const pi_gittree_node *)a)->path, ((const pi_gittree_node *)b)->path);
}

/* Of the versions of an unmerged path, only one has an id. */
static void merge(pi_gittree_node *into, const pi_gittree_node *from) {
  if (from->head.mode != 0) into->head = from->head;
  if (from->index.mode != 0 && (into->index.mode == 0 || !git_oid_is_zero(&from->index.id))) into->index = from->index;
  if (from->work.mode != 0) into->work = from->work;
  into->flags |= from->flags;
}

void pi_gittree_set_sort(pi_gittree_set *set) {
  size_t kept = 0;
  if (set->count > 0) qsort(set->nodes, set->count, sizeof *set->nodes, by_path);
  for (size_t i = 0; i < set->count; i++) {
    if (kept > 0 && by_path(&set->nodes[kept - 1], &set->nodes[i]) == 0) {
      merge(&set->nodes[kept - 1], &set->nodes[i]);
      free(set->nodes[i].path);
    } else {
      set->nodes[kept++] = set->nodes[i];
    }
  }
  set->count = set->sorted = kept;
}

/* The first sorted node whose path is not before the first `size` bytes of `path` and the byte `last` (0: none). */
static size_t lower_bound(const pi_gittree_set *set, const char *path, size_t size, char last) {
  size_t low = 0, high = set->sorted;
  while (low < high) {
    size_t middle = (low + high) / 2;
    const char *other = set->nodes[middle].path;
    int order = strncmp(other, path, size);
    if (order == 0) order = (unsigned char)other[size] - (unsigned char)last;
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

pi_gittree_node *pi_gittree_set_find(const pi_gittree_set *set, const char *path) {
  size_t i = lower_bound(set, path, strlen(path), '\0');
  return i < set->sorted && strcmp(set->nodes[i].path, path) == 0 ? &set->nodes[i] : NULL;
}

static bool is_beneath(const char *path, const char *folder, size_t size) {
  return strncmp(path, folder, size) == 0 && path[size] == '/';
}

bool pi_gittree_set_tracks_beneath(const pi_gittree_set *set, const char *folder) {
  size_t size = strlen(folder);
  for (size_t i = lower_bound(set, folder, size, '/'); i < set->sorted; i++) {
    if (!is_beneath(set->nodes[i].path, folder, size)) return false;
    if (set->nodes[i].index.mode != 0) return true;
  }
  return false;
}

void pi_gittree_set_cut(pi_gittree_set *set, size_t count) {
  while (set->count > count) free(set->nodes[--set->count].path);
}

void pi_gittree_set_release(pi_gittree_set *set) {
  pi_gittree_set_cut(set, 0);
  free(set->nodes);
  memset(set, 0, sizeof *set);
}

/* What this path would be if it were committed now. */
static pi_gittree_version committed(const pi_gittree_node *node) {
  if (node->flags & PI_GITTREE_EXEMPT) return node->head;
  return node->work;
}

typedef struct range {
  size_t first, last; /* behind the last node */
} range;

static range beneath(const pi_gittree_set *set, const char *path) {
  range r = {0, set->sorted};
  size_t size = strlen(path);
  if (strcmp(path, ".") == 0) return r;
  r.first = r.last = lower_bound(set, path, size, '/');
  while (r.last < set->sorted && is_beneath(set->nodes[r.last].path, path, size)) r.last++;
  return r;
}

/* The nodes of the range that share the part behind `prefix` with its first one. */
static range group_of(const pi_gittree_set *set, range r, size_t prefix) {
  const char *name = set->nodes[r.first].path + prefix;
  size_t size = strcspn(name, "/");
  range group = {r.first, r.first + 1};
  while (name[size] == '/' && group.last < r.last && strncmp(set->nodes[group.last].path + prefix, name, size + 1) == 0)
    group.last++;
  return group;
}

/* The paths are sorted as git sorts a tree's entries: a folder as if its name ended with "/". */
static int build_tree(git_oid *id, const pi_gittree_set *set, range r, size_t prefix, pi_err *err);

static int append_entry(git_buf *buffer, const pi_gittree_version *version, const char *name, size_t size) {
  char head[16];
  size_t head_size = (size_t)snprintf(head, sizeof head, "%o ", (unsigned)version->mode);
  size_t needed = buffer->size + head_size + size + 1 + GIT_OID_RAWSZ;
  if (buffer->ptr == NULL || needed > buffer->reserved) {
    char *grown = realloc(buffer->ptr, needed * 2);
    if (grown == NULL) return -1;
    buffer->ptr = grown;
    buffer->reserved = needed * 2;
  }
  char *at = buffer->ptr + buffer->size;
  memcpy(at, head, head_size);
  memcpy(at + head_size, name, size);
  at[head_size + size] = '\0';
  memcpy(at + head_size + size + 1, version->id.id, GIT_OID_RAWSZ);
  buffer->size = needed;
  return 0;
}

/* One entry of a tree: a file, or the tree of a folder unless it holds nothing. */
static int add_group(git_buf *buffer, const pi_gittree_set *set, range group, size_t prefix, pi_err *err) {
  const pi_gittree_node *first = &set->nodes[group.first];
  const char *name = first->path + prefix;
  size_t size = strcspn(name, "/");
  pi_gittree_version version = committed(first);
  if (name[size] == '/') {
    int found = build_tree(&version.id, set, group, prefix + size + 1, err);
    if (found < 0) return -1;
    version.mode = found ? GIT_FILEMODE_TREE : 0;
  }
  if (version.mode == 0 || append_entry(buffer, &version, name, size) == 0) return 0;
  return pi_err_os(err, ENOMEM, "compare", first->path);
}

static int build_tree(git_oid *id, const pi_gittree_set *set, range r, size_t prefix, pi_err *err) {
  git_buf buffer = {0};
  int result = 0;
  while (result == 0 && r.first < r.last) {
    range group = group_of(set, r, prefix);
    result = add_group(&buffer, set, group, prefix, err);
    r.first = group.last;
  }
  if (result == 0 && buffer.size > 0) {
    pi_gittree_hash(id, "tree", buffer.ptr, buffer.size);
    result = 1;
  }
  free(buffer.ptr);
  return result;
}

int pi_gittree_set_id(git_oid *id, const pi_gittree_set *set, const char *path, pi_err *err) {
  const pi_gittree_node *node = pi_gittree_set_find(set, path);
  if (node != NULL && committed(node).mode != 0) {
    *id = committed(node).id;
    return 1;
  }
  return build_tree(id, set, beneath(set, path), strcmp(path, ".") == 0 ? 0 : strlen(path) + 1, err);
}
