/* Bytes from and to a child: see process.h. A captured stream is a ring of its last bytes, a stream of lines a buffer
 * of one line's greatest length, so memory never depends on how much a child writes. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/process_internal.h"

enum { FIRST_CAPACITY = 4096, LEAST_RING = 65536 };

int pi_process_stream_open(pi_process_stream *s, const pi_process_output *output, pi_err *err) {
  s->sink = output->sink;
  s->limit = output->limit;
  s->watch = output->watch && output->sink == PI_SINK_CAPTURE;
  if (s->sink != PI_SINK_LINES) return 0;
  s->capacity = PI_PROCESS_LINE_MAX;
  s->bytes = malloc(s->capacity);
  return s->bytes != NULL ? 0 : pi_err_os(err, ENOMEM, "capture", "output");
}

/* A ring smaller than a pipe would read in tiny steps; pi_process_stream_finish cuts it to the limit. */
static size_t ring_size(const pi_process_stream *s) { return s->limit > LEAST_RING ? s->limit : LEAST_RING; }

/* Doubles the buffer of a captured stream; it is full and not yet a ring, so the bytes stay where they are. */
static int grow(pi_process_stream *s, pi_err *err) {
  size_t most = ring_size(s), wanted = s->capacity == 0 ? FIRST_CAPACITY : s->capacity * 2;
  if (s->capacity > most / 2) wanted = most;
  char *bytes = realloc(s->bytes, wanted);
  if (bytes == NULL) return pi_err_os(err, ENOMEM, "capture", "output");
  s->bytes = bytes;
  s->capacity = wanted;
  return 0;
}

/* Where the next bytes go. */
static int make_room(pi_process_stream *s, char **at, size_t *room, pi_err *err) {
  if (s->sink == PI_SINK_LINES && s->start > 0) {
    memmove(s->bytes, s->bytes + s->start, s->size - s->start);
    s->size -= s->start;
    s->start = 0;
  }
  if (s->size == s->capacity && s->sink == PI_SINK_CAPTURE && s->capacity < ring_size(s) && grow(s, err) < 0) return -1;
  size_t offset = s->size < s->capacity ? s->size : s->start;
  *at = s->bytes + offset;
  *room = s->capacity - offset;
  return 0;
}

/* Counts n bytes that were read to where make_room said. */
static void accept(pi_process_stream *s, const char *at, size_t n) {
  s->fresh_at = (size_t)(at - s->bytes);
  s->fresh = s->watch ? n : 0;
  if (s->size < s->capacity) {
    s->size += n;
  } else {
    s->start = (s->start + n) % s->capacity;
    s->dropped += n;
  }
}

static void close_end(int *fd) {
  if (*fd >= 0) (void)close(*fd);
  *fd = -1;
}

int pi_process_stream_read(pi_process_stream *s, bool at_end, pi_err *err) {
  char *at;
  size_t room;
  pi_process_event news;
  if (at_end) close_end(&s->fd);
  if (s->fd < 0 || pi_process_stream_news(s, &news)) return 0; /* news is handed out before more is read */
  if (make_room(s, &at, &room, err) < 0) return -1;
  ssize_t n = read(s->fd, at, room);
  if (n > 0) accept(s, at, (size_t)n);
  if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) close_end(&s->fd);
  return 0;
}

/* The next line: up to a newline, or a full buffer, or what stands before the end. */
static bool next_line(const pi_process_stream *s, pi_process_event *event) {
  if (s->sink != PI_SINK_LINES || s->size == s->start) return false;
  event->type = PI_EVENT_LINE;
  event->text = s->bytes + s->start;
  const char *newline = memchr(event->text, '\n', s->size - s->start);
  event->size = newline != NULL ? (size_t)(newline - event->text) : s->size - s->start;
  event->partial = newline == NULL && s->fd >= 0;
  return newline != NULL || s->fd < 0 || event->size == s->capacity;
}

bool pi_process_stream_news(const pi_process_stream *s, pi_process_event *event) {
  if (s->fresh == 0) return next_line(s, event);
  event->type = PI_EVENT_PIECE;
  event->text = s->bytes + s->fresh_at;
  event->size = s->fresh;
  event->partial = false;
  return true;
}

void pi_process_stream_skip(pi_process_stream *s, const pi_process_event *event) {
  if (event->type == PI_EVENT_PIECE) {
    s->fresh = 0;
    return;
  }
  s->start += event->size;
  if (s->start < s->size && !event->partial) s->start++; /* the newline */
}

static void reverse(char *bytes, size_t from, size_t to) {
  for (; from + 1 < to; from++, to--) {
    char kept = bytes[from];
    bytes[from] = bytes[to - 1];
    bytes[to - 1] = kept;
  }
}

/* Closes the end, unrolls the ring and cuts it to its last `limit` bytes. */
void pi_process_stream_finish(pi_process_stream *s) {
  close_end(&s->fd);
  if (s->sink != PI_SINK_CAPTURE) return;
  if (s->start > 0) {
    reverse(s->bytes, 0, s->start);
    reverse(s->bytes, s->start, s->size);
    reverse(s->bytes, 0, s->size);
  }
  s->fresh_at = s->size - s->fresh; /* the last that came */
  s->start = s->size > s->limit ? s->size - s->limit : 0;
  s->dropped += s->start;
}

void pi_process_stream_release(pi_process_stream *s) {
  close_end(&s->fd);
  free(s->bytes);
  s->bytes = NULL;
  s->size = s->start = s->capacity = 0;
}

int pi_process_feed_open(pi_process_feed *f, const pi_process_spec *spec, pi_err *err) {
  if (spec->input == NULL || spec->input_size == 0) return 0;
  f->bytes = malloc(spec->input_size);
  if (f->bytes == NULL) return pi_err_os(err, ENOMEM, "feed", spec->argv[0]);
  memcpy(f->bytes, spec->input, spec->input_size);
  f->size = spec->input_size;
  return 0;
}

/* A child that does not read its input (EPIPE) is no failure: whether it needed it shows in its exit code. */
void pi_process_feed_write(pi_process_feed *f) {
  if (f->fd < 0) return;
  ssize_t n = write(f->fd, f->bytes + f->sent, f->size - f->sent);
  if (n > 0) f->sent += (size_t)n;
  if (f->sent == f->size || (n < 0 && errno != EAGAIN && errno != EINTR)) pi_process_feed_release(f);
}

void pi_process_feed_release(pi_process_feed *f) {
  close_end(&f->fd);
  free(f->bytes);
  f->bytes = NULL;
  f->size = f->sent = 0;
}
