/* Packing by several threads: see archive_gzip.h.
 *
 * The caller fills slots in turn, workers pack them in the same turn, and the caller writes the packed ones out, again
 * in that turn, whenever it needs a free slot. All memory is taken at the start, by the caller's thread. */
#include <libdeflate.h>
#include <pthread.h>
#include <zlib.h>

#include "core/archive_gzip.h"
#include "core/interrupt.h"
#include "core/io.h"
#include "core/thread.h"

enum { PLAIN_HEADER = 10 }; /* of the one member that has no sizes */

typedef struct slot {
  unsigned char *in, *out;
  size_t in_size, out_size;
  uint32_t crc; /* of in */
  bool packed;  /* guarded by the lock, as is what belongs to whom */
} slot;

struct pi_gzip_writer {
  int fd;
  const char *path;
  pi_gzip_options options;
  size_t room; /* of a slot's out: what deflate may need, and all that is put around it or behind it */

  pthread_mutex_t lock;
  pthread_cond_t filled, packed;
  bool stop;                         /* guarded */
  size_t filling, packing, draining; /* ever growing; slot n is slots[n % slot_count]. The first two are guarded */

  slot *slots;
  size_t slot_count;
  pthread_t threads[PI_GZIP_THREADS_MOST];
  unsigned started;
  struct libdeflate_compressor *compressors[PI_GZIP_THREADS_MOST];
  size_t compressors_taken; /* guarded */

  pi_deflate_joiner *joiner; /* when single */
  uint32_t crc;              /* of all that was drained, when single */
  uint64_t in_total, out_total;
  pi_sha256 hash;
};

static slot *slot_at(pi_gzip_writer *w, size_t n) { return &w->slots[n % w->slot_count]; }

static void pack(const pi_gzip_writer *w, struct libdeflate_compressor *compressor, slot *s) {
  if (w->options.single) {
    s->out_size = libdeflate_deflate_compress(compressor, s->in, s->in_size, s->out, w->room);
    s->crc = libdeflate_crc32(0, s->in, s->in_size);
  } else {
    unsigned char *deflated = s->out + PI_GZIP_HEADER;
    size_t room = w->room - PI_GZIP_HEADER - PI_GZIP_TRAILER;
    size_t size = libdeflate_deflate_compress(compressor, s->in, s->in_size, deflated, room);
    s->out_size = size > 0 ? pi_gzip_member_finish(s->out, size, s->in, s->in_size, w->options.level) : 0;
  }
}

static void *work(void *context) {
  pi_gzip_writer *w = context;
  (void)pthread_mutex_lock(&w->lock);
  struct libdeflate_compressor *compressor = w->compressors[w->compressors_taken++];
  for (;;) {
    while (!w->stop && w->packing == w->filling) (void)pthread_cond_wait(&w->filled, &w->lock);
    if (w->stop) break;
    slot *s = slot_at(w, w->packing++);
    (void)pthread_mutex_unlock(&w->lock);
    pack(w, compressor, s);
    (void)pthread_mutex_lock(&w->lock);
    s->packed = true;
    (void)pthread_cond_signal(&w->packed);
  }
  (void)pthread_mutex_unlock(&w->lock);
  return NULL;
}

static int start_threads(pi_gzip_writer *w) {
  int reason = 0;
  while (reason == 0 && w->started < w->options.threads) {
    reason = pi_thread_start(&w->threads[w->started], work, w);
    if (reason == 0) w->started++;
  }
  return w->started > 0 ? 0 : reason; /* fewer than wanted is slower, no failure */
}

static int allocate(pi_gzip_writer *w) {
  _Static_assert(PI_DEFLATE_JOIN_ROOM <= PI_GZIP_HEADER + PI_GZIP_TRAILER, "joined streams have room");
  w->slots = calloc(w->slot_count, sizeof *w->slots);
  if (w->slots == NULL) return -1;
  for (unsigned i = 0; i < w->options.threads; i++)
    if ((w->compressors[i] = libdeflate_alloc_compressor(w->options.level)) == NULL) return -1;
  w->room = libdeflate_deflate_compress_bound(w->compressors[0], w->options.chunk) + PI_GZIP_HEADER + PI_GZIP_TRAILER;
  for (size_t i = 0; i < w->slot_count; i++) {
    slot *s = &w->slots[i];
    s->in = malloc(w->options.chunk);
    s->out = malloc(w->room);
    if (s->in == NULL || s->out == NULL) return -1;
  }
  if (w->options.single) pi_deflate_joiner_open(&w->joiner);
  return w->options.single && w->joiner == NULL ? -1 : 0;
}

static int put(pi_gzip_writer *w, const void *bytes, size_t size, pi_err *err) {
  if (pi_interrupt_pending() != 0) return pi_err_os(err, EINTR, "write", w->path);
  if (pi_io_write(w->fd, bytes, size) < 0) return pi_err_os(err, errno, "write", w->path);
  pi_sha256_update(&w->hash, bytes, size);
  w->out_total += size;
  return 0;
}

/* The header that libdeflate writes: no name, no time, the level's hint, no system. */
static int put_header(pi_gzip_writer *w, pi_err *err) {
  unsigned char header[PLAIN_HEADER] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, pi_gzip_level_hint(w->options.level), 0xff};
  return put(w, header, sizeof header, err);
}

static int put_trailer(pi_gzip_writer *w, pi_err *err) {
  unsigned char trailer[PI_GZIP_TRAILER];
  for (unsigned i = 0; i < 4; i++) {
    trailer[i] = (unsigned char)(w->crc >> 8 * i);
    trailer[4 + i] = (unsigned char)(w->in_total >> 8 * i);
  }
  return put(w, trailer, sizeof trailer, err);
}

int pi_gzip_writer_open(pi_gzip_writer **out, int fd, const char *path, const pi_gzip_options *options, pi_err *err) {
  pi_gzip_writer *w = calloc(1, sizeof *w);
  *out = NULL;
  if (w == NULL) return pi_err_os(err, ENOMEM, "write", path);
  w->fd = fd;
  w->path = path;
  w->options = *options;
  w->slot_count = options->threads + 2;
  (void)pthread_mutex_init(&w->lock, NULL);
  (void)pthread_cond_init(&w->filled, NULL);
  (void)pthread_cond_init(&w->packed, NULL);
  pi_sha256_init(&w->hash);
  int reason = allocate(w) < 0 ? ENOMEM : start_threads(w);
  if (reason != 0 || (options->single && put_header(w, err) < 0)) {
    if (reason != 0) pi_err_os(err, reason, "write", path);
    pi_gzip_writer_release(w);
    return -1;
  }
  *out = w;
  return 0;
}

static void submit(pi_gzip_writer *w) {
  (void)pthread_mutex_lock(&w->lock);
  w->filling++;
  (void)pthread_cond_signal(&w->filled);
  (void)pthread_mutex_unlock(&w->lock);
}

/* Writes the oldest slot out, as soon as it is packed, and frees it. */
static int drain(pi_gzip_writer *w, bool last, pi_err *err) {
  slot *s = slot_at(w, w->draining);
  (void)pthread_mutex_lock(&w->lock);
  while (!s->packed) (void)pthread_cond_wait(&w->packed, &w->lock);
  (void)pthread_mutex_unlock(&w->lock);
  if (s->out_size == 0) return pi_err_set(err, "EFAULT", "write %s: a chunk did not fit its bound", w->path);
  if (w->options.single) {
    w->crc = (uint32_t)crc32_combine(w->crc, s->crc, (z_off_t)s->in_size);
    if (!last && pi_deflate_join(w->joiner, s->out, &s->out_size) < 0) return pi_err_os(err, ENOMEM, "write", w->path);
  }
  w->in_total += s->in_size;
  s->in_size = 0;
  s->packed = false;
  w->draining++;
  return put(w, s->out, s->out_size, err);
}

/* A full slot is handed on only when more is to come, so that there always is a last one. */
int pi_gzip_writer_write(pi_gzip_writer *w, const void *bytes, size_t size, pi_err *err) {
  const unsigned char *next = bytes;
  while (size > 0) {
    slot *s = slot_at(w, w->filling);
    if (s->in_size == w->options.chunk) {
      submit(w);
      if (w->filling - w->draining == w->slot_count && drain(w, false, err) < 0) return -1;
      continue;
    }
    size_t n = w->options.chunk - s->in_size;
    if (n > size) n = size;
    memcpy(s->in + s->in_size, next, n);
    s->in_size += n;
    next += n;
    size -= n;
  }
  return 0;
}

int pi_gzip_writer_finish(pi_gzip_writer *w, uint64_t *size, unsigned char digest[PI_SHA256_SIZE], pi_err *err) {
  submit(w);
  while (w->draining < w->filling)
    if (drain(w, w->draining + 1 == w->filling, err) < 0) return -1;
  if (w->options.single && put_trailer(w, err) < 0) return -1;
  *size = w->out_total;
  pi_sha256_final(&w->hash, digest);
  return 0;
}

static void stop_threads(pi_gzip_writer *w) {
  (void)pthread_mutex_lock(&w->lock);
  w->stop = true;
  (void)pthread_cond_broadcast(&w->filled);
  (void)pthread_mutex_unlock(&w->lock);
  while (w->started > 0) (void)pthread_join(w->threads[--w->started], NULL);
}

void pi_gzip_writer_release(pi_gzip_writer *w) {
  if (w == NULL) return;
  stop_threads(w);
  for (size_t i = 0; w->slots != NULL && i < w->slot_count; i++) {
    free(w->slots[i].in);
    free(w->slots[i].out);
  }
  free(w->slots);
  for (unsigned i = 0; i < w->options.threads; i++) libdeflate_free_compressor(w->compressors[i]);
  pi_deflate_joiner_release(w->joiner);
  (void)pthread_cond_destroy(&w->packed);
  (void)pthread_cond_destroy(&w->filled);
  (void)pthread_mutex_destroy(&w->lock);
  free(w);
}
