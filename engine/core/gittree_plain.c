/* Work trees of the usual kind: see gittree_plain.h. */
#include "core/gittree_plain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/fs.h"

enum { HEX = 2 * PI_GITTREE_RAW_ID, MOST_TEXT = 1 << 24 };

static bool join(char out[PATH_MAX], const char *folder, const char *name) {
  return snprintf(out, PATH_MAX, name[0] == '/' ? "%.0s%s" : "%s/%s", folder, name) < PATH_MAX;
}

/* A small file as text, to be freed; NULL where there is none, or it holds a NUL byte. */
static char *read_text(const char *folder, const char *name) {
  char path[PATH_MAX];
  pi_fs_bytes bytes = {0};
  pi_fs_stat stat;
  if (!join(path, folder, name) || pi_fs_read(&bytes, &stat, path, MOST_TEXT, NULL) < 0) return NULL;
  char *text = memchr(bytes.bytes, 0, bytes.size) == NULL ? strndup(bytes.bytes, bytes.size) : NULL;
  pi_fs_bytes_release(&bytes);
  return text;
}

/* Does each place of this word go on so? */
static bool always(const char *text, const char *word, const char *rest) {
  for (const char *at = text; (at = strcasestr(at, word)) != NULL; at += strlen(word))
    if (strncmp(at + strlen(word), rest, strlen(rest)) != 0) return false;
  return true;
}

bool pi_gittree_plain_settings(const char *text) {
  static const char *const others[] = {"include", "worktree", "extensions"};
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
    if (strcasestr(text, others[i]) != NULL) return false;
  return always(text, "bare", " = false\n") && always(text, "repositoryformatversion", " = 0\n");
}

static bool from_hex(unsigned char id[PI_GITTREE_RAW_ID], const char *hex) {
  for (size_t i = 0; i < PI_GITTREE_RAW_ID; i++) {
    unsigned value = 0;
    for (size_t k = 2 * i; k < 2 * i + 2; k++) {
      const char *found = hex[k] != '\0' ? strchr("0123456789abcdef", hex[k]) : NULL;
      if (found == NULL) return false;
      value = value << 4 | (unsigned)(found - "0123456789abcdef");
    }
    id[i] = (unsigned char)value;
  }
  return true;
}

/* An id alone on a line. */
static bool read_id(unsigned char id[PI_GITTREE_RAW_ID], const char *text) {
  return from_hex(id, text) && (strcmp(text + HEX, "\n") == 0 || text[HEX] == '\0');
}

static char *cut_line(char *text, const char *start) {
  size_t size = strlen(start);
  if (text == NULL || strncmp(text, start, size) != 0) return NULL;
  char *end = strchr(text, '\n');
  if (end != NULL && end[1] != '\0') return NULL;
  if (end != NULL) *end = '\0';
  return text[size] != '\0' ? text + size : NULL;
}

/* The folder that a file of one line names, from `base`. */
static bool follow(char out[PATH_MAX], const char *base, const char *name, const char *start) {
  char path[PATH_MAX], *text = read_text(base, name);
  const char *target = cut_line(text, start);
  bool ok = target != NULL && join(path, base, target) && realpath(path, out) != NULL;
  free(text);
  return ok;
}

static bool find_folders(pi_gittree_plain *plain, const char *dir) {
  char path[PATH_MAX];
  struct stat facts;
  if (realpath(dir, plain->root) == NULL || !join(path, plain->root, ".git") || lstat(path, &facts) < 0) return false;
  if (S_ISDIR(facts.st_mode)) {
    memcpy(plain->gitdir, path, sizeof path);
    memcpy(plain->commondir, path, sizeof path);
    return join(path, plain->gitdir, "commondir") && lstat(path, &facts) < 0;
  }
  return S_ISREG(facts.st_mode) && follow(plain->gitdir, plain->root, ".git", "gitdir: ") &&
         follow(plain->commondir, plain->gitdir, "commondir", "");
}

/* A branch among the packed ones: "<id> <name>" on a line. */
static bool find_packed(unsigned char id[PI_GITTREE_RAW_ID], const char *commondir, const char *branch) {
  char line[PATH_MAX], *text = read_text(commondir, "packed-refs");
  int size = snprintf(line, sizeof line, " %s\n", branch);
  const char *at = text != NULL && size < (int)sizeof line ? strstr(text, line) : NULL;
  bool ok = at != NULL && at - text >= HEX && (at - text == HEX || at[-HEX - 1] == '\n') && from_hex(id, at - HEX);
  free(text);
  return ok;
}

static bool find_branch(pi_gittree_plain *plain, const char *branch) {
  char path[PATH_MAX];
  struct stat facts;
  if (strncmp(branch, "refs/heads/", 11) != 0 || strstr(branch, "..") != NULL) return false;
  if (!join(path, plain->commondir, branch)) return false;
  if (lstat(path, &facts) < 0) return errno == ENOENT && find_packed(plain->commit, plain->commondir, branch);
  char *text = read_text(plain->commondir, branch);
  bool ok = text != NULL && read_id(plain->commit, text);
  free(text);
  return ok;
}

static bool find_head(pi_gittree_plain *plain) {
  char *text = read_text(plain->gitdir, "HEAD");
  bool ok = text != NULL && read_id(plain->commit, text);
  const char *branch = ok ? NULL : cut_line(text, "ref: ");
  if (branch != NULL) ok = find_branch(plain, branch);
  free(text);
  return ok;
}

bool pi_gittree_plain_find(pi_gittree_plain *plain, const char *dir) {
  if (!find_folders(plain, dir)) return false;
  char *settings = read_text(plain->commondir, "config");
  bool ok = settings != NULL && pi_gittree_plain_settings(settings);
  free(settings);
  return ok && find_head(plain);
}

/* The entry of this name in a tree: its mode and id; 1, 0 where it is not there, -1 where the tree is damaged. */
static int find_entry(unsigned *mode, unsigned char id[PI_GITTREE_RAW_ID], const pi_gittree_object *tree,
                      const char *name, size_t size) {
  const char *at = tree->bytes, *end = tree->bytes + tree->size;
  while (at < end) {
    const char *space = memchr(at, ' ', (size_t)(end - at));
    const char *stop = space != NULL ? memchr(space, 0, (size_t)(end - space)) : NULL;
    if (stop == NULL || end - stop <= PI_GITTREE_RAW_ID) return -1;
    if ((size_t)(stop - space - 1) == size && memcmp(space + 1, name, size) == 0) {
      *mode = (unsigned)strtoul(at, NULL, 8);
      memcpy(id, stop + 1, PI_GITTREE_RAW_ID);
      return 1;
    }
    at = stop + 1 + PI_GITTREE_RAW_ID;
  }
  return 0;
}

static bool is_tree(unsigned mode) { return mode == 040000; }

static bool read_tree(pi_gittree_object *tree, pi_gittree_objects *objects, const unsigned char *id) {
  if (!pi_gittree_object_read(tree, objects, id)) return false;
  if (tree->type == PI_GITTREE_TREE) return true;
  free(tree->bytes);
  tree->bytes = NULL;
  return false;
}

/* As find_entry, of a path with several parts. */
static int find_path(unsigned *mode, unsigned char id[PI_GITTREE_RAW_ID], pi_gittree_objects *objects,
                     const pi_gittree_object *root, const char *path) {
  pi_gittree_object inner = {0};
  const pi_gittree_object *tree = root;
  int found;
  for (;;) {
    size_t size = strcspn(path, "/");
    found = find_entry(mode, id, tree, path, size);
    if (found != 1 || path[size] == '\0') break;
    free(inner.bytes);
    inner.bytes = NULL;
    if (!is_tree(*mode)) return 0;
    if (!read_tree(&inner, objects, id)) return -1;
    tree = &inner;
    path += size + 1;
  }
  free(inner.bytes);
  return found;
}

static const char *type_of(unsigned mode) {
  if (is_tree(mode)) return "tree";
  return mode == 0160000 ? "commit" : "blob";
}

static void to_hex(char hex[PI_GITTREE_HEX_SIZE], const unsigned char id[PI_GITTREE_RAW_ID]) {
  for (size_t i = 0; i < PI_GITTREE_RAW_ID; i++) (void)snprintf(hex + 2 * i, 3, "%02x", id[i]);
}

static bool look_up(pi_gittree_head *head, pi_gittree_objects *objects, const pi_gittree_object *root,
                    const unsigned char *root_id, const char *const *paths) {
  for (size_t i = 0; i < head->count; i++) {
    unsigned char id[PI_GITTREE_RAW_ID];
    unsigned mode = 040000;
    bool all = strcmp(paths[i], ".") == 0;
    int found = all ? 1 : find_path(&mode, id, objects, root, paths[i]);
    if (found < 0) return false;
    if (found == 0) continue;
    head->entries[i].type = type_of(mode);
    to_hex(head->entries[i].id, all ? root_id : id);
  }
  return true;
}

/* The commit's tree: its first line is "tree <id>". */
static bool read_root(pi_gittree_object *tree, unsigned char id[PI_GITTREE_RAW_ID], pi_gittree_objects *objects,
                      const unsigned char *commit) {
  pi_gittree_object object;
  if (!pi_gittree_object_read(&object, objects, commit)) return false;
  bool ok = object.type == PI_GITTREE_COMMIT && object.size > 5 + HEX && strncmp(object.bytes, "tree ", 5) == 0 &&
            object.bytes[5 + HEX] == '\n' && from_hex(id, object.bytes + 5);
  free(object.bytes);
  return ok && read_tree(tree, objects, id);
}

static bool read_entries(pi_gittree_head *head, const pi_gittree_plain *plain, const char *const *paths) {
  char folder[PATH_MAX];
  unsigned char id[PI_GITTREE_RAW_ID];
  pi_gittree_objects objects;
  pi_gittree_object root = {0};
  if (!join(folder, plain->commondir, "objects")) return false;
  bool ok = pi_gittree_objects_open(&objects, folder) && read_root(&root, id, &objects, plain->commit) &&
            look_up(head, &objects, &root, id, paths);
  free(root.bytes);
  pi_gittree_objects_close(&objects);
  return ok;
}

bool pi_gittree_plain_head(pi_gittree_head *head, const char *dir, const char *const *paths, size_t count) {
  pi_gittree_plain plain;
  memset(head, 0, sizeof *head);
  head->count = count;
  if (!pi_gittree_plain_find(&plain, dir)) return false;
  head->entries = calloc(count + 1, sizeof *head->entries);
  head->root = strdup(plain.root);
  head->commondir = strdup(plain.commondir);
  head->gitdir = strdup(plain.gitdir);
  to_hex(head->commit, plain.commit);
  bool ok = head->entries != NULL && head->root != NULL && head->commondir != NULL && head->gitdir != NULL &&
            read_entries(head, &plain, paths);
  if (!ok) pi_gittree_head_release(head);
  return ok;
}
