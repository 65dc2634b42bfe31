/* Archives written: see archive.h. libarchive makes the headers, archive_gzip.c packs what comes out of it. */
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "core/archive_tar.h"
#include "core/fs.h"
#include "core/interrupt.h"
#include "core/io.h"
#include "core/tmpfile.h"

enum { BLOCK = 256 * 1024 };

typedef struct writing {
  const char *to;
  const pi_archive_source *sources;
  size_t count;
  const pi_archive_put *put;
  pi_archive_sum *archive_sum, *sums;
  pi_err *err;

  pi_tmpfile file;
  pi_gzip_writer *gzip;
  struct archive *archive;
  struct archive_entry *entry;
  pi_names names;
  unsigned char *block;
  int in;      /* the present member's file */
  bool broken; /* the sink takes no more */
} writing;

static int refuse(writing *w, const char *code, const char *name, const char *reason) {
  return pi_err_set(w->err, code, "write %s: member %s: %s", w->to, name, reason);
}

static int check_names(writing *w) {
  char clean[PI_ARCHIVE_NAME_SIZE];
  for (size_t i = 0; i < w->count; i++) {
    const char *name = w->sources[i].name, *problem = pi_archive_clean_name(clean, name);
    if (problem == NULL && (strcmp(clean, name) != 0 || strcmp(clean, ".") == 0))
      problem = "its name has '.', double slashes or a slash at its end";
    if (problem != NULL) return refuse(w, "ENAME", name, problem);
    if (pi_names_add(&w->names, name, w->err) < 0) return -1;
  }
  const char *duplicate = pi_archive_duplicate(&w->names);
  return duplicate == NULL ? 0 : refuse(w, "EDUPLICATE", duplicate, "is given twice");
}

/* Tells libarchive no reason: for that it would need memory. */
static la_ssize_t on_write(struct archive *archive, void *context, const void *bytes, size_t size) {
  (void)archive;
  writing *w = context;
  if (!w->broken && pi_gzip_writer_write(w->gzip, bytes, size, w->err) == 0) return (la_ssize_t)size;
  w->broken = true;
  return -1;
}

/* What libarchive reports, in our words. */
static int tar_failed(writing *w, const char *name) {
  int reason = archive_errno(w->archive);
  if (w->broken) return -1; /* the error is set */
  if (reason == ENOMEM) return pi_err_os(w->err, ENOMEM, "write", w->to);
  if (reason == ENAMETOOLONG)
    return refuse(w, "ENAMETOOLONG", name, "its name is too long for ustar; the format 'pax' holds it");
  if (reason == ERANGE) return refuse(w, "EFBIG", name, "it is too large for ustar; the format 'pax' holds it");
  const char *text = archive_error_string(w->archive);
  return refuse(w, "EFORMAT", name, text != NULL ? text : "the archive cannot hold it");
}

static int open_tar(writing *w) {
  w->archive = archive_write_new();
  w->entry = archive_entry_new();
  w->block = malloc(BLOCK);
  if (w->archive == NULL || w->entry == NULL || w->block == NULL) return pi_err_os(w->err, ENOMEM, "write", w->to);
  int result =
      w->put->pax ? archive_write_set_format_pax_restricted(w->archive) : archive_write_set_format_ustar(w->archive);
  if (result != ARCHIVE_OK || archive_write_set_bytes_per_block(w->archive, 0) != ARCHIVE_OK ||
      archive_write_open(w->archive, w, NULL, on_write, NULL) != ARCHIVE_OK)
    return tar_failed(w, "?");
  return 0;
}

static int put_header(writing *w, const pi_archive_source *source, uint64_t size) {
  struct archive_entry *e = archive_entry_clear(w->entry);
  archive_entry_set_pathname(e, source->name);
  archive_entry_set_filetype(e, AE_IFREG);
  archive_entry_set_perm(e, source->mode & 0777);
  archive_entry_set_size(e, (la_int64_t)size);
  archive_entry_set_mtime(e, w->put->mtime, 0);
  return archive_write_header(w->archive, e) == ARCHIVE_OK ? 0 : tar_failed(w, source->name);
}

static int put_data(writing *w, pi_sha256 *hash, const void *bytes, size_t size, const char *name) {
  pi_sha256_update(hash, bytes, size);
  return archive_write_data(w->archive, bytes, size) == (la_ssize_t)size ? 0 : tar_failed(w, name);
}

static int look(writing *w, pi_fs_stat *facts, const char *path) {
  struct stat st;
  if (fstat(w->in, &st) < 0) return pi_err_os(w->err, errno, "read", path);
  if (S_ISDIR(st.st_mode)) return pi_err_os(w->err, EISDIR, "read", path);
  if (!S_ISREG(st.st_mode)) return pi_err_set(w->err, "EINVAL", "read %s: not a regular file", path);
  pi_fs_stat_from(facts, &st);
  return 0;
}

/* A pipe without a writer must not hold us up, and a device may never end. */
static int open_source(writing *w, pi_fs_stat *facts, const pi_archive_source *source) {
  w->in = pi_io_open(AT_FDCWD, source->path, O_RDONLY | O_NONBLOCK | (source->nofollow ? O_NOFOLLOW : 0), 0);
  return w->in < 0 ? pi_err_os(w->err, errno, "read", source->path) : look(w, facts, source->path);
}

/* The header has told the size, and the digest should be that of one state of the file. */
static int check_unchanged(writing *w, const pi_fs_stat *before, uint64_t size, const char *path) {
  pi_fs_stat now = {0};
  if (look(w, &now, path) < 0) return -1;
  if (size == before->size && now.size == before->size && now.mtime_ns == before->mtime_ns) return 0;
  return pi_err_set(w->err, "ECHANGED", "read %s: the file changed while it was read", path);
}

static int put_file(writing *w, pi_sha256 *hash, uint64_t *size, const pi_archive_source *source) {
  pi_fs_stat facts = {0};
  *size = 0;
  if (open_source(w, &facts, source) < 0 || put_header(w, source, facts.size) < 0) return -1;
  for (;;) {
    ssize_t n = pi_io_read(w->in, w->block, BLOCK);
    if (n < 0 || pi_interrupt_pending() != 0) return pi_err_os(w->err, n < 0 ? errno : EINTR, "read", source->path);
    *size += (uint64_t)n;
    if (n == 0 || *size > facts.size) break;
    if (put_data(w, hash, w->block, (size_t)n, source->name) < 0) return -1;
  }
  int result = check_unchanged(w, &facts, *size, source->path);
  pi_io_close(&w->in);
  return result;
}

static int put_member(writing *w, size_t i) {
  const pi_archive_source *source = &w->sources[i];
  unsigned char digest[PI_SHA256_SIZE];
  pi_sha256 hash;
  pi_sha256_init(&hash);
  w->sums[i].size = source->size;
  if (source->path != NULL) {
    if (put_file(w, &hash, &w->sums[i].size, source) < 0) return -1;
  } else if (put_header(w, source, source->size) < 0 ||
             put_data(w, &hash, source->bytes, source->size, source->name) < 0) {
    return -1;
  }
  pi_sha256_final(&hash, digest);
  pi_sha256_hex(digest, w->sums[i].sha256);
  return 0;
}

static int write_members(void *context) {
  writing *w = context;
  const pi_archive_put *put = w->put;
  pi_gzip_options options = {.level = put->level, .single = put->single, .chunk = put->chunk, .threads = put->threads};
  unsigned char digest[PI_SHA256_SIZE];
  if (check_names(w) < 0 || pi_tmpfile_open(&w->file, w->to, w->err) < 0) return -1;
  if (pi_gzip_writer_open(&w->gzip, w->file.fd, w->to, &options, w->err) < 0 || open_tar(w) < 0) return -1;
  for (size_t i = 0; i < w->count; i++)
    if (put_member(w, i) < 0) return -1;
  if (archive_write_close(w->archive) != ARCHIVE_OK) return tar_failed(w, "(the end)");
  if (pi_gzip_writer_finish(w->gzip, &w->archive_sum->size, digest, w->err) < 0) return -1;
  pi_sha256_hex(digest, w->archive_sum->sha256);
  return 0;
}

static unsigned mode_of(const writing *w) {
  if (w->put->mode >= 0) return (unsigned)w->put->mode;
  return w->file.existing_mode >= 0 ? (unsigned)w->file.existing_mode : 0644;
}

/* libarchive closes what it frees: it writes what is still missing of a member, which the broken sink ends, and only
 * then frees its buffers (archive_write_fail would lose them). */
static void release(writing *w) {
  w->broken = true;
  (void)archive_write_free(w->archive);
  archive_entry_free(w->entry);
  pi_gzip_writer_release(w->gzip);
  pi_names_release(&w->names);
  free(w->block);
  pi_io_close(&w->in);
  pi_tmpfile_release(&w->file);
}

int pi_archive_write(pi_archive_sum *archive, pi_archive_sum *members, const char *to, const pi_archive_source *sources,
                     size_t count, const pi_archive_put *put, pi_err *err) {
  writing w = {.to = to,
               .sources = sources,
               .count = count,
               .put = put,
               .archive_sum = archive,
               .sums = members,
               .err = err,
               .in = -1};
  pi_tmpfile_init(&w.file);
  pi_names_init(&w.names);
  int result = pi_archive_guarded(write_members, &w, "write", to, err);
  if (result == 0) result = pi_tmpfile_commit(&w.file, mode_of(&w), put->sync, err);
  release(&w);
  return result;
}
