/* gzip for archives: packed by several threads, unpacked by one thread ahead of the reader. Private to archive*.c and
 * to tests. The bytes that are written depend on the content, the level, `single` and `chunk`; never on `threads`. */
#ifndef PIENV_CORE_ARCHIVE_GZIP_H
#define PIENV_CORE_ARCHIVE_GZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/sha256.h"

typedef struct pi_gzip_options {
  int level;        /* 0 to 12, of libdeflate */
  bool single;      /* one gzip member; otherwise one for each chunk, which unpacks faster */
  size_t chunk;     /* bytes, PI_GZIP_CHUNK_LEAST to PI_GZIP_CHUNK_MOST: what one thread packs at a time */
  unsigned threads; /* 1 to PI_GZIP_THREADS_MOST; each takes twice a chunk of memory, and two more chunks in all */
} pi_gzip_options;

#define PI_GZIP_CHUNK_LEAST ((size_t)64 << 10)
#define PI_GZIP_CHUNK_MOST ((size_t)64 << 20)
#define PI_GZIP_THREADS_MOST 64

typedef struct pi_gzip_writer pi_gzip_writer;

/* Begins to write to `fd`, which stays the caller's; `path` is for messages and must live as long. *out is NULL after
 * a failure. -1: "write <path>: <reason>". */
int pi_gzip_writer_open(pi_gzip_writer **out, int fd, const char *path, const pi_gzip_options *options, pi_err *err);

int pi_gzip_writer_write(pi_gzip_writer *w, const void *bytes, size_t size, pi_err *err);

/* Writes what is left. *size, digest: of all that was written to fd. */
int pi_gzip_writer_finish(pi_gzip_writer *w, uint64_t *size, unsigned char digest[PI_SHA256_SIZE], pi_err *err);

/* Stops the threads and frees; NULL is fine. */
void pi_gzip_writer_release(pi_gzip_writer *w);

/* A gzip member of many tells its sizes in an extra field of its header, which other programs pass over: the letters
 * "PI", then both sizes in bytes, four bytes each, the least first: of the whole member, and of what is packed in it.
 * So a reader finds the next member without unpacking this one. */
enum { PI_GZIP_HEADER = 24, PI_GZIP_TRAILER = 8 };

/* What gzip headers say of a level: 2 for the best, 4 for the fastest, 0. */
unsigned char pi_gzip_level_hint(int level);

/* Puts header and trailer around the `deflated` bytes that stand at member + PI_GZIP_HEADER, which hold the `size`
 * bytes of `content`; room for both is the caller's. The member's size. */
size_t pi_gzip_member_finish(unsigned char *member, size_t deflated, const void *content, size_t size, int level);

/* The sizes that the header at `bytes` tells. False where it tells none, or they cannot be. */
bool pi_gzip_member_sizes(const unsigned char *bytes, size_t size, size_t *packed, size_t *unpacked);

typedef struct pi_deflate_joiner pi_deflate_joiner;

/* Makes whole deflate streams into parts of one. *out is NULL when there is no memory. */
void pi_deflate_joiner_open(pi_deflate_joiner **out);

/* Turns the deflate stream in `bytes` into one that another may follow: its last block is no longer marked as the last,
 * and an empty block fills it up to a whole byte. `bytes` has room for PI_DEFLATE_JOIN_ROOM more than *size; the unused
 * bits of its last byte are zero. -1: it is no deflate stream, or no memory. */
#define PI_DEFLATE_JOIN_ROOM 5
int pi_deflate_join(pi_deflate_joiner *joiner, unsigned char *bytes, size_t *size);

void pi_deflate_joiner_release(pi_deflate_joiner *joiner);

typedef struct pi_gzip_reader pi_gzip_reader;

/* Begins to read gzip members from `fd`, which stays the caller's. More than `bytes` unpacked bytes, or more than
 * `ratio` times the packed ones (and a million), is "ELIMIT". -1: "read archive <path>: <reason>". */
int pi_gzip_reader_open(pi_gzip_reader **out, int fd, const char *path, uint64_t bytes, uint64_t ratio, pi_err *err);

/* From now on blocks are unpacked before anybody asks for them; before, each when it is asked for, so that nothing is
 * unpacked, nor looked at, which is then passed over. */
void pi_gzip_reader_run_ahead(pi_gzip_reader *r);

/* The next unpacked bytes, valid until the next call; *size 0 at the end. Codes beside those of read(): "EFORMAT" no
 * gzip file, or a damaged one; "ETRUNCATED"; "ETRAILING" what follows the last member is none; "ELIMIT". */
int pi_gzip_reader_next(pi_gzip_reader *r, const void **bytes, size_t *size, pi_err *err);

/* Passes over up to `most` bytes by whole blocks, and over members that tell their sizes without unpacking them: then
 * nothing vouches for what they hold. *skipped: how many bytes, 0 where the next block has more. -1: as above. */
int pi_gzip_reader_skip(pi_gzip_reader *r, uint64_t most, uint64_t *skipped, pi_err *err);

/* Stops the thread and frees; NULL is fine. */
void pi_gzip_reader_release(pi_gzip_reader *r);

#endif
