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

/* Questions that a thread takes at once: so few that none waits long for another one, and so many that they seldom
 * meet. Below ALONE a thread takes longer to start than to be done without. */
enum { BATCH = 64, ALONE = 8 * BATCH };

void pi_records_look_init(pi_records_look *look, int folder, size_t lists) {
  *look = (pi_records_look){.folder = folder, .lists = lists};
}

/* The next field of a line, which begins at *at; *at moves behind it. NULL: it is the last one. */
static const char *take_field(const char **at, const char *end, size_t *size) {
  const char *field = *at, *tab = memchr(field, '\t', (size_t)(end - field));
  if (tab == NULL) return NULL;
  *size = (size_t)(tab - field);
  *at = tab + 1;
  return field;
}

bool pi_records_look_read(pi_records_question *question, pi_records_bytes *text, const pi_records_line *line,
                          size_t lists, pi_records_bytes base) {
  size_t size, digits, rest;
  const char *at = line->fields, *first = take_field(&at, line->end, &size);
  if (first == NULL || size != base.size || memcmp(first, base.at, size) != 0) return false;
  question->line = *line;
  question->prints = take_field(&at, line->end, &digits);
  if (question->prints == NULL || digits == 0 || digits % lists != 0) return false;
  question->digits = digits / lists;
  text->at = at;
  while (take_field(&at, line->end, &rest) != NULL) continue;
  if (at == text->at) return false;
  text->size = (size_t)(at - 1 - text->at);
  return true;
}

/* Makes room for one more. */
static int reserve(void **items, size_t *capacity, size_t count, size_t size, pi_err *err) {
  if (count < *capacity) return 0;
  size_t larger = *capacity == 0 ? 4 * BATCH : 2 * *capacity;
  void *moved = realloc(*items, larger * size);
  if (moved == NULL) return pi_err_os(err, ENOMEM, "look at", "records");
  *items = moved;
  *capacity = larger;
  return 0;
}

int pi_records_look_ask(pi_records_look *look, const pi_records_question *question, pi_err *err) {
  void *items = look->questions;
  int result = reserve(&items, &look->capacity, look->count, sizeof *look->questions, err);
  look->questions = items;
  if (result < 0) return -1;
  look->questions[look->count] = *question;
  look->questions[look->count++].first = look->path_count;
  return 0;
}

static int add_path(pi_records_look *look, const char *path, pi_err *err) {
  void *items = look->paths;
  int result = reserve(&items, &look->path_capacity, look->path_count, sizeof *look->paths, err);
  look->paths = items;
  if (result < 0) return -1;
  look->paths[look->path_count++] = path;
  return 0;
}

int pi_records_look_file(pi_records_look *look, const char *path, pi_err *err) { return add_path(look, path, err); }

int pi_records_look_end_list(pi_records_look *look, pi_err *err) { return add_path(look, NULL, err); }

void pi_records_look_drop(pi_records_look *look) { look->path_count = look->questions[--look->count].first; }

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

/* Finds the line of a question that has only its key. */
static bool find_line(const pi_records_look *look, pi_records_question *q) {
  pi_records_line line;
  pi_records_bytes text;
  return pi_records_find(look->records, q->key.at, q->key.size, &line) &&
         pi_records_look_read(q, &text, &line, look->lists, look->base) && text.size == look->text.size &&
         memcmp(text.at, look->text.at, text.size) == 0;
}

static bool is_held(view *v, const pi_records_look *look, pi_records_question *q) {
  if (q->key.at != NULL && !find_line(look, q)) return false;
  const char *const *path = look->paths + q->first;
  if (q->digits == 0 || q->digits >= PI_SHA256_HEX_SIZE || !pi_records_is_whole(&q->line)) return false;
  for (size_t i = 0; i < look->lists; i++)
    if (!is_list_same(v, i, &path, q->prints + i * q->digits, q->digits)) return false;
  return true;
}

typedef struct work {
  const pi_records_look *look;
  atomic_size_t next; /* the first question that nobody has taken */
} work;

static void answer_with(view *v, work *w) {
  const pi_records_look *look = w->look;
  for (size_t at; (at = atomic_fetch_add(&w->next, BATCH)) < look->count;)
    for (size_t i = at; i < at + BATCH && i < look->count; i++)
      look->questions[i].holds = is_held(v, look, &look->questions[i]);
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
  if (threads > PI_RECORDS_THREADS_MOST) threads = PI_RECORDS_THREADS_MOST;
  (void)pi_sha256_accelerated(); /* found out before several ask at once */
  unsigned started = threads > 1 && look->count >= ALONE ? start(others, threads - 1, &w) : 0;
  (void)answer_some(&w);
  for (unsigned i = 0; i < started; i++) (void)pthread_join(others[i], NULL);
}

void pi_records_look_release(pi_records_look *look) {
  free(look->questions);
  free((void *)look->paths);
  pi_records_look_init(look, look->folder, look->lists);
}
