/* Archives read member by member: see archive_tar.h. libarchive takes the tar apart; what it lets pass is refused here.
 */
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "core/archive_tar.h"
#include "core/io.h"

void pi_archive_reader_init(pi_archive_reader *r, const char *path, const pi_archive_limits *limits, pi_err *err) {
  *r = (pi_archive_reader){.path = path, .limits = *limits, .fd = -1, .err = err};
  pi_names_init(&r->names);
}

void pi_archive_reader_release(pi_archive_reader *r) {
  archive_entry_free(r->entry);
  r->entry = NULL;
  (void)archive_read_free(r->archive);
  r->archive = NULL;
  pi_gzip_reader_release(r->gzip);
  r->gzip = NULL;
  pi_names_release(&r->names);
  pi_io_close(&r->fd);
}

/* Any error; -1. */
static int fail(pi_archive_reader *r, const char *code, const char *reason) {
  return pi_err_set(r->err, code, "read archive %s: %s", r->path, reason);
}

int pi_archive_reader_refuse(pi_archive_reader *r, const char *code, const char *name, const char *reason) {
  return pi_err_set(r->err, code, "read archive %s: member %s: %s", r->path, name, reason);
}

/* A pipe without a writer must not hold us up, and a device may never end. */
static int open_file(pi_archive_reader *r) {
  struct stat st;
  r->fd = pi_io_open(AT_FDCWD, r->path, O_RDONLY | O_NONBLOCK, 0);
  if (r->fd < 0 || fstat(r->fd, &st) < 0) return pi_err_os(r->err, errno, "read archive", r->path);
  if (S_ISDIR(st.st_mode)) return pi_err_os(r->err, EISDIR, "read archive", r->path);
  return S_ISREG(st.st_mode) ? 0 : fail(r, "EINVAL", "not a regular file");
}

/* The next unpacked block, for libarchive or for the check of what follows: its size, 0 at the end, -1. */
static la_ssize_t next_block(pi_archive_reader *r, const void **block) {
  size_t size;
  if (pi_gzip_reader_next(r->gzip, block, &size, r->err) < 0) {
    r->source_failed = true;
    return -1;
  }
  if (size == 0) r->source_ended = true;
  const unsigned char *bytes = *block;
  size_t content = size;
  while (content > 0 && bytes[content - 1] == 0) content--;
  if (content > 0) r->content = r->delivered + content;
  r->delivered += size;
  return (la_ssize_t)size;
}

static la_ssize_t on_read(struct archive *archive, void *context, const void **block) {
  (void)archive;
  return next_block(context, block);
}

/* What is wrong the next reading says, which follows: of a failure here libarchive takes no notice, it asks for ever.
 */
static la_int64_t on_skip(struct archive *archive, void *context, la_int64_t most) {
  pi_archive_reader *r = context;
  uint64_t skipped;
  (void)archive;
  (void)pi_gzip_reader_skip(r->gzip, (uint64_t)most, &skipped, NULL);
  r->delivered += skipped;
  return (la_int64_t)skipped;
}

/* What libarchive reports, in our words. */
static int tar_failed(pi_archive_reader *r) {
  if (r->source_failed) return -1; /* the error is set */
  if (archive_errno(r->archive) == ENOMEM) return pi_err_os(r->err, ENOMEM, "read archive", r->path);
  if (archive_format(r->archive) == 0) return fail(r, "EFORMAT", "not a tar archive");
  if (r->source_ended) return fail(r, "ETRUNCATED", "it is cut off inside of a member");
  const char *reason = archive_error_string(r->archive);
  return fail(r, "EFORMAT", reason != NULL ? reason : "damaged");
}

int pi_archive_reader_open(pi_archive_reader *r) {
  if (open_file(r) < 0) return -1;
  if (pi_gzip_reader_open(&r->gzip, r->fd, r->path, r->limits.bytes, r->limits.ratio, r->err) < 0) return -1;
  if (!r->passes_over) pi_gzip_reader_run_ahead(r->gzip);
  r->archive = archive_read_new();
  r->entry = archive_entry_new(); /* ours, because libarchive does not look whether it got one */
  if (r->archive == NULL || r->entry == NULL) return pi_err_os(r->err, ENOMEM, "read archive", r->path);
  if (archive_read_support_format_tar(r->archive) != ARCHIVE_OK ||
      archive_read_set_read_callback(r->archive, on_read) != ARCHIVE_OK ||
      (r->passes_over && archive_read_set_skip_callback(r->archive, on_skip) != ARCHIVE_OK) ||
      archive_read_set_callback_data(r->archive, r) != ARCHIVE_OK || archive_read_open1(r->archive) != ARCHIVE_OK)
    return tar_failed(r);
  return 0;
}

/* The mark of the end is two empty blocks; libarchive is content with one, or none. After it only zeros may come, and
 * nothing that is not packed. */
static int check_end(pi_archive_reader *r, uint64_t mark) {
  const void *block;
  la_ssize_t size = 1;
  while (size > 0 && r->content <= mark) size = next_block(r, &block);
  if (size < 0) return -1;
  if (r->content > mark) return fail(r, "ETRAILING", "something follows the mark of its end");
  if (r->delivered < mark + 1024) return fail(r, "ETRUNCATED", "the mark of its end is missing");
  const char *duplicate = pi_archive_duplicate(&r->names);
  if (duplicate != NULL) return pi_archive_reader_refuse(r, "EDUPLICATE", duplicate, "is there twice");
  return 0;
}

static int check_type(pi_archive_reader *r, struct archive_entry *entry) {
  const char *type = NULL;
  switch (archive_entry_filetype(entry)) {
    case AE_IFREG:
    case AE_IFDIR: break;
    case AE_IFLNK: type = "a symbolic link"; break;
    case AE_IFCHR:
    case AE_IFBLK: type = "a device"; break;
    case AE_IFIFO: type = "a pipe"; break;
    default: type = "neither a file nor a folder";
  }
  if (archive_entry_hardlink(entry) != NULL) type = "a hard link";
  if (archive_entry_sparse_count(entry) > 0) type = "a file with holes";
  if (type == NULL) return 0;
  return pi_err_set(r->err, "ETYPE", "read archive %s: member %s is %s", r->path, r->name, type);
}

static int take_entry(pi_archive_reader *r, struct archive_entry *entry) {
  const char *name = archive_entry_pathname(entry);
  const char *problem = name != NULL ? pi_archive_clean_name(r->name, name) : "its name cannot be read";
  if (problem != NULL) return pi_archive_reader_refuse(r, "ENAME", name != NULL ? name : "?", problem);
  if (check_type(r, entry) < 0) return -1;
  bool folder = archive_entry_filetype(entry) == AE_IFDIR;
  if (!folder && strcmp(r->name, ".") == 0) return pi_archive_reader_refuse(r, "ENAME", name, "its name is empty");
  if (r->names.count >= r->limits.members)
    return fail(r, "ELIMIT", "holds more members than the limit 'members' allows");
  int64_t size = archive_entry_size(entry);
  if (size < 0) return pi_archive_reader_refuse(r, "EFORMAT", r->name, "its size is negative");
  if ((uint64_t)size > r->limits.bytes)
    return pi_archive_reader_refuse(r, "ELIMIT", r->name, "says it is larger than the limit 'bytes' allows");
  r->present = (pi_archive_member){.name = r->name,
                                   .folder = folder,
                                   .size = (uint64_t)size,
                                   .mode = (unsigned)archive_entry_perm(entry) & 07777,
                                   .mtime = archive_entry_mtime(entry)};
  return pi_names_add(&r->names, r->name, r->err);
}

int pi_archive_reader_next(pi_archive_reader *r, const pi_archive_member **out) {
  if (r->names.count > 0 && archive_read_data_skip(r->archive) != ARCHIVE_OK) return tar_failed(r);
  uint64_t begin = (uint64_t)archive_filter_bytes(r->archive, 0);
  int result = archive_read_next_header2(r->archive, r->entry);
  if (result == ARCHIVE_EOF) return check_end(r, begin);
  if (result != ARCHIVE_OK) return tar_failed(r);
  if (take_entry(r, r->entry) < 0) return -1;
  *out = &r->present;
  return 1;
}

int pi_archive_reader_data(pi_archive_reader *r, const void **bytes, size_t *size) {
  la_int64_t offset;
  int result = archive_read_data_block(r->archive, bytes, size, &offset);
  if (result == ARCHIVE_EOF) *size = 0;
  return result == ARCHIVE_OK || result == ARCHIVE_EOF ? 0 : tar_failed(r);
}
