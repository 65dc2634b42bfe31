/* tar archives packed with gzip: written to the byte the same from the same content, read with suspicion.
 *
 *   pi_archive_write     any number of files and byte strings into one archive, which takes its place at once
 *   pi_archive_list      what an archive holds; reads and checks all of it
 *   pi_archive_extract   one file of an archive, by blocks, which takes its place at once
 *
 * Memory is that of the blocks in flight (archive_gzip.h), whatever the files' size is. Reading takes the tar dialects
 * of libarchive (ustar, pax, GNU), packed as one or several gzip members, and refuses by these codes:
 *   EFORMAT     not gzip, not tar, or damaged         ETRUNCATED  cut off, or without the mark of a tar archive's end
 *   ETRAILING   something follows its end             ELIMIT      more bytes, members or compression than allowed
 *   ENAME       an absolute name, "..", an empty one   ETYPE      a link, device, pipe, or file with holes
 *   EDUPLICATE  two members with the same name
 * Names are compared and given without "." and double slashes: "./a//b" is "a/b", and the root folder is ".". */
#ifndef PIENV_CORE_ARCHIVE_H
#define PIENV_CORE_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/sha256.h"

/* One file to be written: `path`, a regular file, or, where that is NULL, `size` bytes. */
typedef struct pi_archive_source {
  const char *name; /* in the archive, in the form above */
  const char *path;
  const void *bytes;
  size_t size;
  unsigned mode; /* 0 to 0777 */
  bool nofollow; /* a symbolic link at `path` is "ELOOP", not followed */
} pi_archive_source;

typedef struct pi_archive_put {
  int level;        /* 0 to 12, of libdeflate: see archive_gzip.h for these four */
  bool single;      /* one gzip member for all */
  size_t chunk;     /* bytes that are packed at a time */
  unsigned threads; /* these do not change the bytes */
  bool pax;         /* names and sizes that ustar cannot hold get a pax header; otherwise they are refused */
  int64_t mtime;    /* of every member, seconds since 1970, 0 to PI_ARCHIVE_MTIME_MOST */
  int mode;         /* of the archive, 0 to 0777; -1: that of the file it replaces, 0644 for a new one */
  bool sync;        /* is on disk when the function returns */
} pi_archive_put;

#define PI_ARCHIVE_MTIME_MOST 077777777777

typedef struct pi_archive_sum {
  uint64_t size;
  char sha256[PI_SHA256_HEX_SIZE];
} pi_archive_sum;

/* Writes the archive `to`: the members in the given order, owner and group 0 without names. *archive: of the file
 * itself; `members`: an array of `count` for those of the members. -1: "write <to>: <reason>", nothing is left behind
 * and an older archive is as it was. Codes beside those of open(): "ENAME", "EDUPLICATE"; "ENAMETOOLONG" and "EFBIG"
 * for what the format cannot hold; "ECHANGED" a file changed while it was read. */
int pi_archive_write(pi_archive_sum *archive, pi_archive_sum *members, const char *to, const pi_archive_source *sources,
                     size_t count, const pi_archive_put *put, pi_err *err);

typedef struct pi_archive_limits {
  uint64_t bytes;   /* unpacked, headers included */
  uint64_t members; /* at least 1 */
  uint64_t ratio;   /* unpacked bytes for a packed one; the first million does not count; at least 1 */
} pi_archive_limits;

typedef struct pi_archive_member {
  char *name;
  bool folder; /* otherwise a regular file */
  uint64_t size;
  unsigned mode; /* permission bits, 0 to 07777 */
  int64_t mtime; /* seconds since 1970 */
} pi_archive_member;

typedef struct pi_archive_members {
  pi_archive_member *items;
  size_t count, room;
} pi_archive_members;

/* Adds what the archive holds, in its order; out must be empty. -1: "read archive <path>: <reason>". */
int pi_archive_list(pi_archive_members *out, const char *path, const pi_archive_limits *limits, pi_err *err);

/* Frees and leaves the empty list; safe twice. */
void pi_archive_members_release(pi_archive_members *members);

typedef struct pi_archive_take {
  pi_archive_limits limits;
  const char *sha256; /* what the member must be: 64 lower-case digits, or NULL */
  int64_t size;       /* its size, or -1 */
  int mode;           /* of the new file, 0 to 0777; -1: the member's, without setuid, setgid and sticky */
  bool sync;
} pi_archive_take;

/* What pi_archive_extract made: by these facts the file is known again, whoever may have replaced it since. */
typedef struct pi_archive_taken {
  pi_archive_sum sum; /* of the member */
  int64_t mtime_ns;   /* since 1970 */
  uint64_t inode;
} pi_archive_taken;

/* Writes the file `member` of an archive to `to`. With an expected digest nothing after it is read; without one
 * the whole archive is checked before the file takes its place. -1: "read archive <path>:
 * <reason>" or "write <to>: <reason>"; nothing is left behind. Codes beside those above: "ENOMEMBER", "ESIZE",
 * "EDIGEST". */
int pi_archive_extract(pi_archive_taken *out, const char *path, const char *member, const char *to,
                       const pi_archive_take *take, pi_err *err);

#endif
