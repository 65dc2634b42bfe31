/* A memory of clean work trees: see gittree_memo.h. */
#include "core/gittree_memo.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/gittree_slice.h"
#include "core/gittree_work.h"
#include "core/io.h"
#include "core/names.h"

/* Bytes of this machine: who shares the file with another kind of machine finds a memory that does not fit. */
typedef struct record {
  uint64_t device, inode, size, mtime, ctime; /* nanoseconds */
  uint64_t names;                             /* of a folder, or the index: digest of what it holds */
  uint32_t mode;                              /* 0: there is nothing */
  uint32_t path_size;                         /* with its NUL; the path follows */
} record;

static const char MAGIC[16] = "pienv-gittree-2";

enum { MOST_BYTES = 1 << 28 };

void pi_gittree_memo_start(pi_gittree_memo *memo, int settle) { memo->settled = (int64_t)time(NULL) - settle; }

static uint64_t nanoseconds(const struct timespec *t) {
  return (uint64_t)t->tv_sec * 1000000000u + (uint64_t)t->tv_nsec;
}

static record facts_of(const struct stat *facts) {
  record r = {0};
  if (facts == NULL) return r;
  r.device = (uint64_t)facts->st_dev;
  r.inode = (uint64_t)facts->st_ino;
  r.mtime = nanoseconds(&facts->st_mtim);
  r.ctime = nanoseconds(&facts->st_ctim);
  r.mode = facts->st_mode;
  r.size = S_ISDIR(facts->st_mode) ? 0 : (uint64_t)facts->st_size;
  return r;
}

static bool same_facts(const record *a, const record *b) {
  return a->device == b->device && a->inode == b->inode && a->size == b->size && a->mtime == b->mtime &&
         a->ctime == b->ctime && a->mode == b->mode;
}

static bool is_settled(const pi_gittree_memo *memo, const struct stat *facts) {
  return facts == NULL || (facts->st_mtim.tv_sec < memo->settled && facts->st_ctim.tv_sec < memo->settled);
}

static void add(pi_gittree_memo *memo, record r, const char *path) {
  r.path_size = (uint32_t)strlen(path) + 1;
  size_t needed = memo->size + sizeof r + r.path_size;
  if (memo->unfit || needed > MOST_BYTES) {
    memo->unfit = true;
    return;
  }
  if (needed > memo->capacity) {
    char *grown = realloc(memo->records, 2 * needed);
    if (grown == NULL) {
      memo->unfit = true;
      return;
    }
    memo->records = grown;
    memo->capacity = 2 * needed;
  }
  memcpy(memo->records + memo->size, &r, sizeof r);
  memcpy(memo->records + memo->size + sizeof r, path, r.path_size);
  memo->size = needed;
}

void pi_gittree_memo_file(pi_gittree_memo *memo, const char *path, const struct stat *facts) {
  if (!is_settled(memo, facts)) memo->unfit = true;
  add(memo, facts_of(facts), path);
}

void pi_gittree_memo_watch(pi_gittree_memo *memo, int root, const char *path) {
  struct stat facts;
  pi_gittree_memo_file(memo, path, fstatat(root, path, &facts, AT_SYMLINK_NOFOLLOW) == 0 ? &facts : NULL);
  /* What is behind a link is another file. */
  if (fstatat(root, path, &facts, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(facts.st_mode)) memo->unfit = true;
}

void pi_gittree_memo_index(pi_gittree_memo *memo, const char *path, const struct stat *facts, uint64_t digest) {
  record r = facts_of(facts);
  if (!is_settled(memo, facts)) r.mtime = 0; /* its content is compared the next time */
  r.names = digest;
  add(memo, r, path);
}

static bool is_folder(const struct dirent *entry, int folder) {
  struct stat facts;
  if (entry->d_type != DT_UNKNOWN) return entry->d_type == DT_DIR;
  return fstatat(folder, entry->d_name, &facts, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(facts.st_mode);
}

/* Adds a name with its kind, unless it is one that does not count. */
static int add_name(pi_names *names, const struct dirent *entry, int folder, const pi_gittree_work *work,
                    const char *path) {
  char text[PATH_MAX];
  const char *name = entry->d_name;
  if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strcmp(name, ".git") == 0) return 0;
  if (snprintf(text, sizeof text, "%s%s%s", path, path[0] != '\0' ? "/" : "", name) >= (int)sizeof text) return -1;
  if (pi_gittree_work_exempts(work, text)) return 0;
  (void)snprintf(text, sizeof text, "%c%s", is_folder(entry, folder) ? 'd' : 'f', name);
  return pi_names_add(names, text, NULL);
}

static uint64_t digest_of(pi_names *names) {
  unsigned char digest[PI_SHA256_SIZE];
  uint64_t result;
  pi_sha256 hash;
  pi_names_sort(names);
  pi_sha256_init(&hash);
  for (size_t i = 0; i < names->count; i++) pi_sha256_update(&hash, names->items[i], strlen(names->items[i]) + 1);
  pi_sha256_final(&hash, digest);
  memcpy(&result, digest, sizeof result);
  return result;
}

/* The digest of the names in the folder `name` of `parent`; false when it cannot be listed. */
static bool list(uint64_t *digest, int parent, const char *name, const pi_gittree_work *work, const char *path) {
  int fd = pi_io_open(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
  DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
  struct dirent *entry;
  pi_names names;
  bool ok = folder != NULL;
  pi_names_init(&names);
  while (ok && (errno = 0, entry = readdir(folder)) != NULL) ok = add_name(&names, entry, fd, work, path) == 0;
  ok = ok && errno == 0;
  if (ok) *digest = digest_of(&names);
  pi_names_release(&names);
  if (folder != NULL)
    (void)closedir(folder);
  else
    pi_io_close(&fd);
  return ok;
}

void pi_gittree_memo_folder(pi_gittree_memo *memo, const pi_gittree_work *work, int folder) {
  struct stat facts;
  record r;
  if (fstat(folder, &facts) < 0) {
    memo->unfit = true;
    return;
  }
  r = facts_of(&facts);
  if (!is_settled(memo, &facts)) r.mtime = 0; /* its names are compared the next time */
  if (!list(&r.names, folder, ".", work, work->path)) memo->unfit = true;
  add(memo, r, work->path);
}

static bool record_fits(const record *r, const char *path, int root, const pi_gittree_work *work) {
  const char *name = path[0] != '\0' ? path : ".";
  struct stat facts;
  uint64_t names;
  if (fstatat(root, name, &facts, AT_SYMLINK_NOFOLLOW) < 0)
    return r->mode == 0 && (errno == ENOENT || errno == ENOTDIR);
  record now = facts_of(&facts);
  if (same_facts(r, &now)) return true;
  if (S_ISREG(r->mode) && r->names != 0) return pi_gittree_slice_digest(&names, path, work) && names == r->names;
  return S_ISDIR(r->mode) && S_ISDIR(now.mode) && list(&names, root, name, work, path) && names == r->names;
}

bool pi_gittree_memo_check(const unsigned char key[PI_SHA256_SIZE], const char *bytes, size_t size, int root,
                           const pi_gittree_work *work) {
  size_t at = sizeof MAGIC + PI_SHA256_SIZE;
  if (size < at || memcmp(bytes, MAGIC, sizeof MAGIC) != 0 || memcmp(bytes + sizeof MAGIC, key, PI_SHA256_SIZE) != 0)
    return false;
  while (at < size) {
    record r;
    if (size - at < sizeof r) return false;
    memcpy(&r, bytes + at, sizeof r);
    at += sizeof r;
    if (r.path_size == 0 || r.path_size > size - at || bytes[at + r.path_size - 1] != '\0') return false;
    if (!record_fits(&r, bytes + at, root, work)) return false;
    at += r.path_size;
  }
  return true;
}

/* The end of the file is the digest of what stands before it. */
static bool is_whole(const char *bytes, size_t size) {
  unsigned char digest[PI_SHA256_SIZE];
  pi_sha256 hash;
  if (size < PI_SHA256_SIZE) return false;
  pi_sha256_init(&hash);
  pi_sha256_update(&hash, bytes, size - PI_SHA256_SIZE);
  pi_sha256_final(&hash, digest);
  return memcmp(digest, bytes + size - PI_SHA256_SIZE, PI_SHA256_SIZE) == 0;
}

bool pi_gittree_memo_fits(const pi_gittree_memo *memo, const char *name, const pi_gittree_work *work) {
  pi_fs_bytes bytes = {0};
  pi_fs_stat stat;
  if (pi_fs_read_nofollow(&bytes, &stat, name, MOST_BYTES, NULL) < 0) return false;
  int root = pi_io_open(AT_FDCWD, work->root, O_RDONLY | O_DIRECTORY, 0);
  bool own = stat.uid == geteuid() || stat.uid == 0; /* what others wrote is not believed */
  bool fits = own && root >= 0 && is_whole(bytes.bytes, bytes.size) &&
              pi_gittree_memo_check(memo->key, bytes.bytes, bytes.size - PI_SHA256_SIZE, root, work);
  pi_io_close(&root);
  pi_fs_bytes_release(&bytes);
  return fits;
}

void pi_gittree_memo_write(const pi_gittree_memo *memo, const char *name) {
  const size_t head = sizeof MAGIC + PI_SHA256_SIZE, size = head + memo->size + PI_SHA256_SIZE;
  const pi_fs_put put = {.mode = -1};
  char *bytes = memo->unfit ? NULL : malloc(size);
  pi_sha256 hash;
  if (bytes == NULL) return;
  memcpy(bytes, MAGIC, sizeof MAGIC);
  memcpy(bytes + sizeof MAGIC, memo->key, PI_SHA256_SIZE);
  if (memo->size > 0) memcpy(bytes + head, memo->records, memo->size);
  pi_sha256_init(&hash);
  pi_sha256_update(&hash, bytes, head + memo->size);
  pi_sha256_final(&hash, (unsigned char *)bytes + head + memo->size);
  (void)pi_fs_write(name, bytes, size, &put, NULL);
  free(bytes);
}

void pi_gittree_memo_release(pi_gittree_memo *memo) {
  free(memo->records);
  memset(memo, 0, sizeof *memo);
}
