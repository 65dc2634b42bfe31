/* What an archive holds, and one file of it: see archive.h. */
#include <string.h>
#include <sys/stat.h>

#include "core/archive_tar.h"
#include "core/fs.h"
#include "core/io.h"
#include "core/tmpfile.h"

typedef struct listing {
  pi_archive_reader reader;
  pi_archive_members *out;
} listing;

void pi_archive_members_release(pi_archive_members *members) {
  for (size_t i = 0; i < members->count; i++) free(members->items[i].name);
  free(members->items);
  *members = (pi_archive_members){NULL, 0, 0};
}

static int add_member(pi_archive_members *members, const pi_archive_member *member) {
  if (members->count == members->room) {
    size_t room = members->room * 2 + 16;
    pi_archive_member *grown = realloc(members->items, room * sizeof *grown);
    if (grown == NULL) return -1;
    members->items = grown;
    members->room = room;
  }
  pi_archive_member *added = &members->items[members->count];
  *added = *member;
  added->name = strdup(member->name);
  if (added->name == NULL) return -1;
  members->count++;
  return 0;
}

static int list(void *context) {
  listing *job = context;
  const pi_archive_member *member;
  int more = pi_archive_reader_open(&job->reader);
  if (more < 0) return -1;
  while ((more = pi_archive_reader_next(&job->reader, &member)) > 0)
    if (add_member(job->out, member) < 0) return pi_err_os(job->reader.err, ENOMEM, "read archive", job->reader.path);
  return more;
}

int pi_archive_list(pi_archive_members *out, const char *path, const pi_archive_limits *limits, pi_err *err) {
  listing job = {.out = out};
  pi_archive_reader_init(&job.reader, path, limits, err);
  int result = pi_archive_guarded(list, &job, "read archive", path, err);
  pi_archive_reader_release(&job.reader);
  if (result < 0) pi_archive_members_release(out);
  return result;
}

typedef struct extraction {
  pi_archive_reader reader;
  const char *member, *to;
  const pi_archive_take *take;
  pi_archive_taken *out;
  pi_tmpfile file;
  unsigned mode;
  bool found;
} extraction;

static int check_sum(extraction *job) {
  pi_archive_reader *r = &job->reader;
  const char *expected = job->take->sha256;
  if (expected == NULL || strcmp(expected, job->out->sum.sha256) == 0) return 0;
  return pi_err_set(r->err, "EDIGEST", "read archive %s: member %s: its SHA-256 is %s, expected %s", r->path,
                    job->member, job->out->sum.sha256, expected);
}

static int copy_member(extraction *job) {
  unsigned char digest[PI_SHA256_SIZE];
  const void *bytes;
  size_t size;
  pi_sha256 hash;
  pi_sha256_init(&hash);
  pi_gzip_reader_run_ahead(job->reader.gzip);
  for (;;) {
    if (pi_archive_reader_data(&job->reader, &bytes, &size) < 0) return -1;
    if (size == 0) break;
    pi_sha256_update(&hash, bytes, size);
    if (pi_io_write(job->file.fd, bytes, size) < 0) return pi_err_os(job->reader.err, errno, "write", job->to);
    job->out->sum.size += size;
  }
  pi_sha256_final(&hash, digest);
  pi_sha256_hex(digest, job->out->sum.sha256);
  return 0;
}

static int take_member(extraction *job, const pi_archive_member *member) {
  pi_archive_reader *r = &job->reader;
  int64_t expected = job->take->size;
  job->found = true;
  if (member->folder) return pi_archive_reader_refuse(r, "ETYPE", job->member, "is a folder");
  if (expected >= 0 && (uint64_t)expected != member->size)
    return pi_err_set(r->err, "ESIZE", "read archive %s: member %s: its size is %llu, expected %lld", r->path,
                      job->member, (unsigned long long)member->size, (long long)expected);
  job->mode = job->take->mode >= 0 ? (unsigned)job->take->mode : member->mode & 0777;
  if (pi_tmpfile_open(&job->file, job->to, r->err) < 0 || copy_member(job) < 0) return -1;
  if (job->out->sum.size != member->size)
    return pi_archive_reader_refuse(r, "EFORMAT", job->member, "its size is not as it says");
  return check_sum(job);
}

/* A member with the expected digest is what is wanted, whatever follows; without one the checksums of gzip must vouch
 * for it, and they stand at the end. */
static int extract(void *context) {
  extraction *job = context;
  const pi_archive_member *member;
  job->reader.passes_over = job->take->sha256 != NULL;
  int more = pi_archive_reader_open(&job->reader);
  if (more < 0) return -1;
  while ((more = pi_archive_reader_next(&job->reader, &member)) > 0) {
    if (job->found || strcmp(member->name, job->member) != 0) continue;
    if (take_member(job, member) < 0) return -1;
    if (job->take->sha256 != NULL) return 0;
  }
  if (more == 0 && !job->found)
    return pi_err_set(job->reader.err, "ENOMEMBER", "read archive %s: it holds no member %s", job->reader.path,
                      job->member);
  return more;
}

/* Its time is that of the last byte: neither mode nor place change it. */
static int look(extraction *job) {
  struct stat st;
  pi_fs_stat facts;
  if (fstat(job->file.fd, &st) < 0) return pi_err_os(job->reader.err, errno, "write", job->to);
  pi_fs_stat_from(&facts, &st);
  job->out->mtime_ns = facts.mtime_ns;
  job->out->inode = facts.inode;
  return 0;
}

int pi_archive_extract(pi_archive_taken *out, const char *path, const char *member, const char *to,
                       const pi_archive_take *take, pi_err *err) {
  extraction job = {.member = member, .to = to, .take = take, .out = out};
  *out = (pi_archive_taken){0};
  pi_archive_reader_init(&job.reader, path, &take->limits, err);
  pi_tmpfile_init(&job.file);
  int result = pi_archive_guarded(extract, &job, "read archive", path, err);
  pi_archive_reader_release(&job.reader);
  if (result == 0) result = look(&job);
  if (result == 0) result = pi_tmpfile_commit(&job.file, job.mode, take->sync, err);
  pi_tmpfile_release(&job.file);
  return result;
}
