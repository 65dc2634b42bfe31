/* Lists of strings: see names.h. */
#include <stdlib.h>
#include <string.h>

#include "core/names.h"

void pi_names_init(pi_names *names) { *names = (pi_names){NULL, 0, 0}; }

static int grow(pi_names *names) {
  if (names->count < names->capacity) return 0;
  size_t capacity = names->capacity != 0 ? 2 * names->capacity : 16;
  char **items = realloc(names->items, capacity * sizeof *items);
  if (items == NULL) return -1;
  names->items = items;
  names->capacity = capacity;
  return 0;
}

int pi_names_add(pi_names *names, const char *name, pi_err *err) {
  char *copy = grow(names) == 0 ? strdup(name) : NULL;
  if (copy == NULL) return pi_err_os(err, ENOMEM, "remember", name);
  names->items[names->count++] = copy;
  return 0;
}

static int compare(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

void pi_names_sort(pi_names *names) {
  if (names->count > 1) qsort(names->items, names->count, sizeof *names->items, compare);
}

/* The first bytes, the first one as the highest: most names differ in them, and numbers are compared at once. */
static uint64_t head_of(const pi_names_view *view) {
  uint64_t head = 0;
  for (size_t i = 0; i < sizeof head; i++) head = head << 8 | (i < view->size ? (unsigned char)view->bytes[i] : 0);
  return head;
}

static int compare_views(const void *a, const void *b) {
  const pi_names_view *x = a, *y = b;
  if (x->head != y->head) return x->head < y->head ? -1 : 1;
  int order = memcmp(x->bytes, y->bytes, x->size < y->size ? x->size : y->size);
  return order != 0 ? order : (x->size > y->size) - (x->size < y->size);
}

void pi_names_order(pi_names_view *views, size_t count) {
  for (size_t i = 0; i < count; i++) views[i].head = head_of(&views[i]);
  if (count > 1) qsort(views, count, sizeof *views, compare_views);
}

void pi_names_release(pi_names *names) {
  for (size_t i = 0; i < names->count; i++) free(names->items[i]);
  free(names->items);
  pi_names_init(names);
}
