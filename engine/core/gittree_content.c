/* Ids of files of the work tree: see gittree_content.h. */
#include "core/gittree_content.h"

#include <fcntl.h>
#include <limits.h>
#include <nettle/sha1.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/gittree_eol.h"
#include "core/gittree_repo.h"
#include "core/io.h"

enum { BLOCK = 1 << 16 };

static bool setting(git_config *config, const char *name, bool otherwise) {
  int value = otherwise;
  return git_config_get_bool(&value, config, name) == 0 ? value != 0 : otherwise;
}

/* core.autocrlf may also be the word "input"; for what git reads from files that is the same as true. */
static bool auto_crlf(git_config *config) {
  git_config_entry *entry = NULL;
  bool input = git_config_get_entry(&entry, config, "core.autocrlf") == 0 && strcasecmp(entry->value, "input") == 0;
  git_config_entry_free(entry);
  return input || setting(config, "core.autocrlf", false);
}

int pi_gittree_settings_read(pi_gittree_settings *settings, git_repository *repository, const char *dir, pi_err *err) {
  memset(settings, 0, sizeof *settings);
  settings->repository = repository;
  if (git_repository_config_snapshot(&settings->config, repository) < 0)
    return pi_gittree_fail(err, "read settings of", dir);
  settings->file_mode = setting(settings->config, "core.filemode", true);
  settings->symlinks = setting(settings->config, "core.symlinks", true);
  settings->auto_crlf = auto_crlf(settings->config);
  git_error_clear();
  return 0;
}

void pi_gittree_settings_release(pi_gittree_settings *settings) {
  git_config_free(settings->config);
  memset(settings, 0, sizeof *settings);
}

static void hash_start(struct sha1_ctx *hash, const char *type, size_t size) {
  char head[64];
  int head_size = snprintf(head, sizeof head, "%s %zu", type, size);
  sha1_init(hash);
  sha1_update(hash, (size_t)head_size + 1, (const uint8_t *)head);
}

void pi_gittree_hash(git_oid *id, const char *type, const void *bytes, size_t size) {
  struct sha1_ctx hash;
  hash_start(&hash, type, size);
  sha1_update(&hash, size, bytes);
  sha1_digest(&hash, GIT_OID_RAWSZ, id->id);
}

/* A file that grows or shrinks while it is read is being written: any id of it is as good as another, and the id must
 * only not be that of what it was before. Bytes that are missing count as zeros, those too many do not count. */
static int hash_file(git_oid *id, int fd, size_t size, const char *path, pi_err *err) {
  struct sha1_ctx hash;
  uint8_t *block = malloc(BLOCK);
  ssize_t got = 0;
  if (block == NULL) return pi_err_os(err, ENOMEM, "read", path);
  hash_start(&hash, "blob", size);
  while ((got = pi_io_read(fd, block, BLOCK)) > 0) sha1_update(&hash, (size_t)got, block);
  sha1_digest(&hash, GIT_OID_RAWSZ, id->id);
  free(block);
  return got < 0 ? pi_err_os(err, errno, "read", path) : 0;
}

/* The whole file, to be freed by the caller. */
static int read_whole(char **text, size_t *size, int fd, const char *path, pi_err *err) {
  size_t got = 0;
  ssize_t n = 0;
  *text = malloc(*size + 1);
  if (*text == NULL) return pi_err_os(err, ENOMEM, "read", path);
  while (got < *size && (n = pi_io_read(fd, *text + got, *size - got)) > 0) got += (size_t)n;
  *size = got;
  return n < 0 ? pi_err_os(err, errno, "read", path) : 0;
}

/* git leaves the ends of lines of a file alone that was committed with CR LF, where it has to guess whether it is text.
 */
static int index_has_crlf(bool *has, const pi_gittree_node *node, const pi_gittree_settings *settings, pi_err *err) {
  git_blob *blob = NULL;
  *has = false;
  if (!S_ISREG(node->index.mode) || git_oid_is_zero(&node->index.id)) return 0;
  if (git_blob_lookup(&blob, settings->repository, &node->index.id) < 0)
    return pi_gittree_fail(err, "read", node->path);
  *has = pi_gittree_eol_is_crlf_text(git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob));
  git_blob_free(blob);
  return 0;
}

/* The id of a file whose content may be converted. */
static int hash_text(pi_gittree_node *node, const pi_gittree_settings *settings, pi_gittree_rules rules, int fd,
                     size_t size, pi_err *err) {
  char *text = NULL;
  int result = read_whole(&text, &size, fd, node->path, err);
  bool has_crlf = false;
  if (result == 0 && rules.ident && memmem(text, size, "$Id:", 4) != NULL) node->flags |= PI_GITTREE_FILTERED;
  bool converts = result == 0 && pi_gittree_eol_converts(rules.eol, text, size);
  if (converts && rules.eol == PI_GITTREE_EOL_GUESS) result = index_has_crlf(&has_crlf, node, settings, err);
  if (converts && !has_crlf) size = pi_gittree_eol_convert(text, size);
  if (result == 0) pi_gittree_hash(&node->work.id, "blob", text, size);
  free(text);
  return result;
}

static int read_file(pi_gittree_node *node, const pi_gittree_settings *settings, int fd, size_t size, pi_err *err) {
  pi_gittree_rules rules;
  if (pi_gittree_rules_read(&rules, settings, node->path, err) < 0) return -1;
  if (rules.filtered) node->flags |= PI_GITTREE_FILTERED;
  if (rules.filtered || (rules.eol == PI_GITTREE_EOL_NONE && !rules.ident))
    return hash_file(&node->work.id, fd, size, node->path, err);
  return hash_text(node, settings, rules, fd, size, err);
}

/* As git takes a mode from a file: where the file system cannot hold it, the index is right. */
static uint32_t mode_of(const pi_gittree_node *node, const pi_gittree_settings *settings, mode_t mode) {
  if (!settings->symlinks && node->index.mode == GIT_FILEMODE_LINK) return GIT_FILEMODE_LINK;
  if (!settings->file_mode) return S_ISREG(node->index.mode) ? node->index.mode : (uint32_t)GIT_FILEMODE_BLOB;
  return mode & S_IXUSR ? GIT_FILEMODE_BLOB_EXECUTABLE : GIT_FILEMODE_BLOB;
}

static int read_link(pi_gittree_node *node, int dir, const char *name, pi_err *err) {
  char target[PATH_MAX];
  ssize_t size = readlinkat(dir, name, target, sizeof target);
  if (size < 0) return errno == ENOENT || errno == EINVAL ? 0 : pi_err_os(err, errno, "read link", node->path);
  pi_gittree_hash(&node->work.id, "blob", target, (size_t)size);
  node->work.mode = GIT_FILEMODE_LINK;
  return 0;
}

int pi_gittree_content_read(pi_gittree_node *node, const pi_gittree_settings *settings, int dir, const char *name,
                            const struct stat *status, pi_err *err) {
  struct stat now;
  if (S_ISLNK(status->st_mode)) return read_link(node, dir, name, err);
  if (!S_ISREG(status->st_mode)) return 0;
  int fd = pi_io_open(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
  if (fd < 0) return errno == ENOENT || errno == ELOOP ? 0 : pi_err_os(err, errno, "open", node->path);
  int result = fstat(fd, &now);
  if (result < 0)
    result = pi_err_os(err, errno, "read", node->path);
  else if (S_ISREG(now.st_mode))
    result = read_file(node, settings, fd, (size_t)now.st_size, err);
  node->work.mode = mode_of(node, settings, now.st_mode);
  pi_io_close(&fd);
  return result;
}
