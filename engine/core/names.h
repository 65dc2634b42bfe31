/* A growing list of strings, for functions that return several names. It owns its strings. And names of someone else
 * that only want an order. */
#ifndef PIENV_CORE_NAMES_H
#define PIENV_CORE_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

typedef struct pi_names {
  char **items; /* any bytes but NUL */
  size_t count, capacity;
} pi_names;

/* The empty list; owns nothing yet. */
void pi_names_init(pi_names *names);

/* Appends a copy of `name`. -1: no memory ("ENOMEM"). */
int pi_names_add(pi_names *names, const char *name, pi_err *err);

/* Sorts by bytes (strcmp), whatever the locale is. */
void pi_names_sort(pi_names *names);

/* A name that is someone else's: any bytes. */
typedef struct pi_names_view {
  const char *bytes;
  size_t size;
  uint64_t head; /* pi_names_order's: the first bytes as a number */
} pi_names_view;

/* Sorts by bytes; of two names one of which begins with the other the shorter one comes first. */
void pi_names_order(pi_names_view *views, size_t count);

/* Frees everything and leaves the empty list; safe twice. */
void pi_names_release(pi_names *names);

#endif
