/* A growing list of strings, for functions that return several names. It owns its strings. */
#ifndef PIENV_CORE_NAMES_H
#define PIENV_CORE_NAMES_H

#include <stddef.h>

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

/* Frees everything and leaves the empty list; safe twice. */
void pi_names_release(pi_names *names);

#endif
