/* Unpacking ahead of the reader, in a thread: see archive_gzip.h.
 *
 * A gzip member that fits a block is unpacked by libdeflate, at several times the speed of zlib; one that does not (as
 * other programs write them: the whole archive is one) by zlib, piece by piece. Which it is, is found out by trying. */
#include <libdeflate.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "core/archive_gzip.h"
#include "core/interrupt.h"
#include "core/io.h"
#include "core/thread.h"

enum {
  BLOCK = 4 << 20,            /* unpacked bytes at a time, at most */
  PACKED = BLOCK + BLOCK / 8, /* no member of that many bytes is packed to more; twice that are read at a time */
  SMALL = 64 << 10,           /* a small file needs no large blocks */
  BLOCKS = 3,                 /* one that is read, one that is ready, one that is filled */
  SLACK = 1000000             /* bytes without a look at the ratio: small files may be packed very small */
};

typedef struct block {
  unsigned char *bytes;
  size_t size;
} block;

struct pi_gzip_reader {
  const char *path;
  pthread_t thread;
  bool started;
  pthread_mutex_t lock;
  pthread_cond_t made, taken;
  bool stop, ended;      /* guarded; ended: no block will come, and err tells why when result is -1 */
  uint64_t wanted_from;  /* guarded; what is unpacked before this byte is passed over */
  size_t most_made;      /* guarded; how many blocks there may be at a time, that of the reader included */
  size_t making, taking; /* guarded; ever growing, block n is blocks[n % BLOCKS]; `taking` is the one that is read */
  block blocks[BLOCKS];
  bool reading;   /* does the reader hold a block? */
  uint64_t given; /* unpacked bytes that the reader got or passed over */

  /* of the thread until it has ended */
  int fd, result;
  uint64_t most_bytes, most_ratio, packed, unpacked; /* limits, and what came so far */
  uint64_t pass_to;                                  /* wanted_from, as it was when this block was begun */
  unsigned char *input;
  size_t room, begin, end; /* of input, and of what is unread in it */
  size_t block_room;
  bool input_ended, in_member, streaming;
  struct libdeflate_decompressor *decompressor;
  z_stream z;
  bool z_open;
  pi_err err;
};

static int fail(pi_gzip_reader *r, const char *code, const char *reason) {
  return pi_err_set(&r->err, code, "read archive %s: %s", r->path, reason);
}

/* Reads on until `input` holds a whole packed block, or all that there is. */
static int fill(pi_gzip_reader *r) {
  if (r->end - r->begin >= r->room / 2 || r->input_ended) return 0;
  memmove(r->input, r->input + r->begin, r->end - r->begin);
  r->end -= r->begin;
  r->begin = 0;
  while (r->end < r->room) {
    ssize_t n = pi_io_read(r->fd, r->input + r->end, r->room - r->end);
    if (n < 0) return pi_err_os(&r->err, errno, "read archive", r->path);
    if (n == 0) r->input_ended = true;
    if (n == 0) break;
    r->end += (size_t)n;
  }
  return 0;
}

static int check_limits(pi_gzip_reader *r, size_t packed, size_t unpacked) {
  r->packed += packed;
  r->unpacked += unpacked;
  if (r->unpacked > r->most_bytes) return fail(r, "ELIMIT", "unpacks to more bytes than the limit 'bytes' allows");
  if (r->unpacked > SLACK && (r->unpacked - SLACK) / r->most_ratio > r->packed)
    return fail(r, "ELIMIT", "unpacks to more times its size than the limit 'ratio' allows");
  return 0;
}

/* A member's begin: 1 there is one, 0 the file ends here, -1. */
static int begin_member(pi_gzip_reader *r) {
  bool first = r->packed == 0;
  size_t size = r->end - r->begin;
  if (size == 0 && !first) return 0;
  bool magic = size >= 2 && r->input[r->begin] == 0x1f && r->input[r->begin + 1] == 0x8b;
  if (!magic) return first ? fail(r, "EFORMAT", "not a gzip file") : fail(r, "ETRAILING", "other bytes follow its end");
  r->in_member = true;
  return 1;
}

/* Unpacks a whole member, where that works: 1 it did, 0 it is not one that fits, -1. */
static int unpack_member(pi_gzip_reader *r, block *b) {
  size_t packed, unpacked;
  if (r->streaming || libdeflate_gzip_decompress_ex(r->decompressor, r->input + r->begin, r->end - r->begin, b->bytes,
                                                    r->block_room, &packed, &unpacked) != LIBDEFLATE_SUCCESS)
    return 0;
  b->size = unpacked;
  r->begin += packed;
  r->in_member = false;
  return check_limits(r, packed, unpacked) < 0 ? -1 : 1;
}

/* Passes over packed bytes, those in `input` first. */
static int pass(pi_gzip_reader *r, size_t packed) {
  size_t here = r->end - r->begin < packed ? r->end - r->begin : packed;
  r->begin += here;
  if (here == packed) return 0;
  if (r->input_ended) return fail(r, "ETRUNCATED", "it is cut off: its compressed data ends early");
  return lseek(r->fd, (off_t)(packed - here), SEEK_CUR) < 0 ? pi_err_os(&r->err, errno, "read archive", r->path) : 0;
}

/* Passes over a member that nobody wants, where it tells its sizes: 1 it did, 0, -1. The block gets its size only. */
static int pass_member(pi_gzip_reader *r, block *b) {
  size_t packed, unpacked;
  if (!pi_gzip_member_sizes(r->input + r->begin, r->end - r->begin, &packed, &unpacked)) return 0;
  if (r->unpacked + unpacked > r->pass_to) return 0;
  b->size = unpacked;
  r->in_member = false;
  return pass(r, packed) < 0 || check_limits(r, packed, unpacked) < 0 ? -1 : 1;
}

static int inflate_failed(pi_gzip_reader *r, int result) {
  if (result == Z_MEM_ERROR) return pi_err_os(&r->err, ENOMEM, "read archive", r->path);
  if (result == Z_BUF_ERROR && r->input_ended)
    return fail(r, "ETRUNCATED", "it is cut off: its compressed data ends early");
  return fail(r, "EFORMAT", r->z.msg != NULL ? r->z.msg : "damaged compressed data");
}

/* Unpacks a piece of a member. The first that is too large stands for the rest of the file: no more is tried. */
static int inflate_piece(pi_gzip_reader *r, block *b, bool begun) {
  z_stream *z = &r->z;
  r->streaming = true;
  if (!begun && inflateReset(z) != Z_OK) return fail(r, "EFAULT", "zlib is in no state to go on");
  z->next_in = r->input + r->begin;
  z->avail_in = (uInt)(r->end - r->begin);
  z->next_out = b->bytes;
  z->avail_out = (uInt)r->block_room;
  int result = inflate(z, Z_NO_FLUSH);
  if (result != Z_OK && result != Z_STREAM_END) return inflate_failed(r, result);
  b->size = r->block_room - z->avail_out;
  if (result == Z_STREAM_END) r->in_member = false;
  size_t packed = r->end - r->begin - z->avail_in;
  r->begin += packed;
  return check_limits(r, packed, b->size);
}

/* Fills one block, which may stay empty: 1, 0 at the end, -1. */
static int make_block(pi_gzip_reader *r, block *b) {
  bool begun = r->in_member;
  b->size = 0;
  if (fill(r) < 0) return -1;
  int more = begun ? 1 : begin_member(r);
  if (more <= 0) return more;
  int whole = begun ? 0 : pass_member(r, b);
  if (whole == 0 && !begun) whole = unpack_member(r, b);
  if (whole != 0) return whole;
  return inflate_piece(r, b, begun) < 0 ? -1 : 1;
}

static void *work(void *context) {
  pi_gzip_reader *r = context;
  (void)pthread_mutex_lock(&r->lock);
  for (;;) {
    while (!r->stop && r->making - r->taking >= r->most_made) (void)pthread_cond_wait(&r->taken, &r->lock);
    if (r->stop) break;
    r->pass_to = r->wanted_from;
    (void)pthread_mutex_unlock(&r->lock);
    int more = make_block(r, &r->blocks[r->making % BLOCKS]);
    (void)pthread_mutex_lock(&r->lock);
    if (more > 0) r->making++;
    if (more <= 0) r->ended = true;
    if (more < 0) r->result = -1;
    (void)pthread_cond_signal(&r->made);
    if (more <= 0) break;
  }
  (void)pthread_mutex_unlock(&r->lock);
  return NULL;
}

static int start_thread(pi_gzip_reader *r) {
  int reason = pi_thread_start(&r->thread, work, r);
  r->started = reason == 0;
  return reason;
}

static size_t between(uint64_t value, size_t least, size_t most) {
  return value < least ? least : value > most ? most : (size_t)value;
}

/* Returns an errno value, or 0. */
static int allocate(pi_gzip_reader *r) {
  enum { GZIP_ONLY = 16 }; /* added to the window size */
  struct stat st;
  if (fstat(r->fd, &st) < 0) return errno;
  r->room = 2 * between((uint64_t)st.st_size, SMALL, PACKED);
  r->block_room = between(r->most_bytes, SMALL, BLOCK);
  for (size_t i = 0; i < BLOCKS; i++)
    if ((r->blocks[i].bytes = malloc(r->block_room)) == NULL) return ENOMEM;
  r->input = malloc(r->room);
  r->decompressor = libdeflate_alloc_decompressor();
  r->z_open = inflateInit2(&r->z, MAX_WBITS + GZIP_ONLY) == Z_OK;
  return r->input != NULL && r->decompressor != NULL && r->z_open ? 0 : ENOMEM;
}

int pi_gzip_reader_open(pi_gzip_reader **out, int fd, const char *path, uint64_t bytes, uint64_t ratio, pi_err *err) {
  pi_gzip_reader *r = calloc(1, sizeof *r);
  *out = NULL;
  if (r == NULL) return pi_err_os(err, ENOMEM, "read archive", path);
  *r = (pi_gzip_reader){.path = path, .fd = fd, .most_bytes = bytes, .most_ratio = ratio, .most_made = 1};
  (void)pthread_mutex_init(&r->lock, NULL);
  (void)pthread_cond_init(&r->made, NULL);
  (void)pthread_cond_init(&r->taken, NULL);
  int reason = allocate(r);
  if (reason == 0) reason = start_thread(r);
  if (reason != 0) {
    pi_gzip_reader_release(r);
    return pi_err_os(err, reason, "read archive", path);
  }
  *out = r;
  return 0;
}

void pi_gzip_reader_run_ahead(pi_gzip_reader *r) {
  (void)pthread_mutex_lock(&r->lock);
  r->most_made = BLOCKS;
  (void)pthread_cond_signal(&r->taken);
  (void)pthread_mutex_unlock(&r->lock);
}

/* Gives back the block that was read (`used`) and waits for the next: 1, 0 at the end. */
static bool wait_for_block(pi_gzip_reader *r, bool used) {
  (void)pthread_mutex_lock(&r->lock);
  if (used) r->taking++;
  (void)pthread_cond_signal(&r->taken);
  while (r->making == r->taking && !r->ended) (void)pthread_cond_wait(&r->made, &r->lock);
  bool more = r->making > r->taking;
  (void)pthread_mutex_unlock(&r->lock);
  return more;
}

/* Nothing follows: why. */
static int ended(pi_gzip_reader *r, pi_err *err) {
  r->reading = false;
  if (r->result < 0 && err != NULL) *err = r->err;
  return r->result;
}

int pi_gzip_reader_next(pi_gzip_reader *r, const void **bytes, size_t *size, pi_err *err) {
  *bytes = NULL;
  *size = 0;
  do {
    if (pi_interrupt_pending() != 0) return pi_err_os(err, EINTR, "read archive", r->path);
    if (!wait_for_block(r, r->reading)) return ended(r, err);
    r->reading = true;
    *bytes = r->blocks[r->taking % BLOCKS].bytes;
    *size = r->blocks[r->taking % BLOCKS].size;
  } while (*size == 0);
  r->given += *size;
  return 0;
}

int pi_gzip_reader_skip(pi_gzip_reader *r, uint64_t most, uint64_t *skipped, pi_err *err) {
  *skipped = 0;
  (void)pthread_mutex_lock(&r->lock);
  r->wanted_from = r->given + most;
  (void)pthread_mutex_unlock(&r->lock);
  while (*skipped < most) {
    if (pi_interrupt_pending() != 0) return pi_err_os(err, EINTR, "read archive", r->path);
    if (!wait_for_block(r, r->reading)) return ended(r, err);
    size_t size = r->blocks[r->taking % BLOCKS].size;
    r->reading = size <= most - *skipped; /* otherwise it is left for the next call, of which it may be part */
    if (!r->reading) break;
    *skipped += size;
    r->given += size;
  }
  return 0;
}

void pi_gzip_reader_release(pi_gzip_reader *r) {
  if (r == NULL) return;
  (void)pthread_mutex_lock(&r->lock);
  r->stop = true;
  (void)pthread_cond_signal(&r->taken);
  (void)pthread_mutex_unlock(&r->lock);
  if (r->started) (void)pthread_join(r->thread, NULL);
  for (size_t i = 0; i < BLOCKS; i++) free(r->blocks[i].bytes);
  free(r->input);
  libdeflate_free_decompressor(r->decompressor);
  if (r->z_open) (void)inflateEnd(&r->z);
  (void)pthread_cond_destroy(&r->taken);
  (void)pthread_cond_destroy(&r->made);
  (void)pthread_mutex_destroy(&r->lock);
  free(r);
}
