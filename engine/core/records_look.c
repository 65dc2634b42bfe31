/* Many records against their files: see records_look.h. */
#include "core/records_look.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/sha256.h"
#include "core/thread.h"

/* Records that a thread takes at once: so few that none waits long for another one, and so many that they seldom
 * meet. Below ALONE a thread takes longer to start than to be done without. */
enum { BATCH = 64, ALONE = 8 * BATCH };

/* No place of a path. */
static const size_t NOT_ASKED = SIZE_MAX;

void pi_records_look_init(pi_records_look *look, const pi_records *records, int folder, size_t lists) {
  *look = (pi_records_look){.records = records, .folder = folder, .lists = lists};
}

/* The next field of a line, which begins at *at; *at moves behind it. NULL: it is the last one. */
static const char *take_field(const char **at, const char *end, size_t *size) {
  const char *field = *at, *tab = memchr(field, '\t', (size_t)(end - field));
  if (tab == NULL) return NULL;
  *size = (size_t)(tab - field);
  *at = tab + 1;
  return field;
}

static bool is_same(pi_records_bytes wanted, const char *at, size_t size) {
  return wanted.size == size && memcmp(wanted.at, at, size) == 0;
}

bool pi_records_look_read(pi_records_fields *fields, const pi_records_look *look, const pi_records_line *line) {
  size_t size, digits, rest;
  const char *at = line->fields, *first = take_field(&at, line->end, &size);
  if (first == NULL || !is_same(look->base, first, size)) return false;
  fields->prints = take_field(&at, line->end, &digits);
  if (fields->prints == NULL || digits == 0 || digits % look->lists != 0) return false;
  fields->digits = digits / look->lists;
  fields->text.at = at;
  while (take_field(&at, line->end, &rest) != NULL) continue;
  if (at == fields->text.at) return false;
  fields->text.size = (size_t)(at - 1 - fields->text.at);
  return look->text.at == NULL || is_same(look->text, fields->text.at, fields->text.size);
}

bool pi_records_look_is_asked(const pi_records_look *look, const pi_records_line *line) {
  return look->questions != NULL && look->questions[line - look->records->last].first != NOT_ASKED;
}

static int no_memory(pi_err *err) { return pi_err_os(err, ENOMEM, "look at", "records"); }

int pi_records_look_ask(pi_records_look *look, const pi_records_line *line, pi_records_bytes key, size_t tag,
                        pi_err *err) {
  if (look->questions == NULL) {
    size_t size = look->records->count * sizeof *look->questions;
    look->questions = malloc(size);
    if (look->questions == NULL) return no_memory(err);
    memset(look->questions, 0xff, size); /* NOT_ASKED */
  }
  look->latest = &look->questions[line - look->records->last];
  *look->latest = (pi_records_question){.key = key, .first = look->path_count, .tag = tag};
  look->asked++;
  return 0;
}

static int add_path(pi_records_look *look, const char *path, pi_err *err) {
  if (look->path_count == look->path_capacity) {
    size_t larger = look->path_capacity == 0 ? 4 * BATCH : 2 * look->path_capacity;
    void *moved = realloc((void *)look->paths, larger * sizeof *look->paths);
    if (moved == NULL) return no_memory(err);
    look->paths = moved;
    look->path_capacity = larger;
  }
  look->paths[look->path_count++] = path;
  return 0;
}

int pi_records_look_file(pi_records_look *look, const char *path, pi_err *err) { return add_path(look, path, err); }

int pi_records_look_end_list(pi_records_look *look, pi_err *err) { return add_path(look, NULL, err); }

void pi_records_look_drop(pi_records_look *look) {
  look->path_count = look->latest->first;
  look->latest->first = NOT_ASKED;
  look->asked--;
}

/* The folder of the last path of a list. Where the next one lies in it, too, it is opened: from then on only the last
 * part of a path has to be looked up. */
typedef struct place {
  const char *path; /* of which the first `size` bytes are the folder's */
  size_t size;
  int fd; /* -1: not open */
} place;

enum { PLACES = 4 };

/* What a thread has for itself: two that share a descriptor would wait for its counter of users. */
typedef struct view {
  int root;
  place places[PLACES]; /* of the first lists */
} view;

static void leave(place *p) {
  if (p->fd >= 0) (void)close(p->fd);
  *p = (place){.fd = -1};
}

static int open_folder(int root, const char *path, size_t size) {
  char name[PATH_MAX];
  if (size >= sizeof name) return -1;
  memcpy(name, path, size);
  name[size] = '\0';
  return openat(root, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* The folder from which *name, the whole path or its last part, is to be looked up. */
static int folder_of(view *v, size_t list, const char *path, const char **name) {
  const char *slash = strrchr(path, '/');
  place *p = &v->places[list < PLACES ? list : 0];
  *name = path;
  if (list >= PLACES || slash == NULL || slash == path) return v->root;
  size_t size = (size_t)(slash - path);
  bool again = p->path != NULL && p->size == size && memcmp(p->path, path, size) == 0;
  if (!again) {
    leave(p);
    *p = (place){path, size, -1};
    return v->root;
  }
  if (p->fd < 0) p->fd = open_folder(v->root, path, size);
  if (p->fd < 0) return v->root;
  *name = slash + 1;
  return p->fd;
}

/* Is the list at `*path` as its fingerprint says? *path moves behind the list. */
static bool is_list_same(view *v, size_t list, const char *const **path, const char *print, size_t digits) {
  unsigned char digest[PI_SHA256_SIZE];
  char hex[PI_SHA256_HEX_SIZE];
  int64_t newest = INT64_MIN;
  pi_sha256 hash;
  pi_sha256_init(&hash);
  for (; **path != NULL; ++*path) {
    const char *name;
    int folder = folder_of(v, list, **path, &name);
    if (pi_fs_fingerprint_in(&hash, &newest, folder, name, **path, NULL) < 0) return false;
  }
  ++*path;
  pi_sha256_final(&hash, digest);
  pi_sha256_hex(digest, hex);
  return memcmp(hex, print, digits) == 0;
}

static bool is_held(view *v, const pi_records_look *look, size_t at) {
  const pi_records_question *q = &look->questions[at];
  const pi_records_line *line = &look->records->last[at];
  const char *const *path = look->paths + q->first;
  pi_records_fields fields;
  if (!pi_records_is_of(line, q->key.at, q->key.size) || !pi_records_is_whole(line)) return false;
  if (!pi_records_look_read(&fields, look, line) || fields.digits >= PI_SHA256_HEX_SIZE) return false;
  for (size_t i = 0; i < look->lists; i++)
    if (!is_list_same(v, i, &path, fields.prints + i * fields.digits, fields.digits)) return false;
  return true;
}

typedef struct work {
  const pi_records_look *look;
  atomic_size_t next; /* the first place that nobody has taken */
} work;

static void answer_with(view *v, work *w) {
  const pi_records_look *look = w->look;
  size_t count = look->records->count;
  for (size_t at; (at = atomic_fetch_add(&w->next, BATCH)) < count;)
    for (size_t i = at; i < at + BATCH && i < count; i++)
      if (look->questions[i].first != NOT_ASKED) look->questions[i].holds = is_held(v, look, i);
}

static void *answer_some(void *argument) {
  work *w = argument;
  view v = {.root = openat(w->look->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  int own = v.root;
  if (own < 0) v.root = w->look->folder;
  for (size_t i = 0; i < PLACES; i++) v.places[i].fd = -1;
  answer_with(&v, w);
  for (size_t i = 0; i < PLACES; i++) leave(&v.places[i]);
  if (own >= 0) (void)close(own);
  return NULL;
}

static unsigned start(pthread_t *threads, unsigned most, work *w) {
  unsigned started = 0;
  while (started < most && pi_thread_start(&threads[started], answer_some, w) == 0) started++;
  return started; /* without them it only takes longer */
}

void pi_records_look_answer(pi_records_look *look, unsigned threads) {
  pthread_t others[PI_RECORDS_THREADS_MOST];
  work w = {.look = look};
  if (look->asked == 0) return;
  if (threads > PI_RECORDS_THREADS_MOST) threads = PI_RECORDS_THREADS_MOST;
  (void)pi_sha256_accelerated(); /* found out before several ask at once */
  unsigned started = threads > 1 && look->asked >= ALONE ? start(others, threads - 1, &w) : 0;
  (void)answer_some(&w);
  for (unsigned i = 0; i < started; i++) (void)pthread_join(others[i], NULL);
}

bool pi_records_look_holds(const pi_records_look *look, size_t at) {
  return pi_records_look_is_asked(look, &look->records->last[at]) && look->questions[at].holds;
}

void pi_records_look_release(pi_records_look *look) {
  free(look->questions);
  free((void *)look->paths);
  pi_records_look_init(look, look->records, look->folder, look->lists);
}
