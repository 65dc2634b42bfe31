/* Sealed lines of a text, found by their keys:
 *
 *   SUM TAB KEY TAB FIELD TAB FIELD ...
 *
 * SUM: the first PI_RECORDS_SUM digits of the SHA-256 of what follows its tab. Lines of another shape are passed by; of
 * several with one key the last one counts. A line is looked at when it is asked for, not before: an index of ten
 * thousand lines costs one pass over the text.
 *
 *   pi_records r;
 *   pi_records_open(&r, text, size, &err);
 *   if (pi_records_find(&r, key, key_size, &line) && pi_records_is_whole(&line)) ...
 *   pi_records_release(&r);                                                     */
#ifndef PIENV_CORE_RECORDS_H
#define PIENV_CORE_RECORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

#define PI_RECORDS_SUM 16

typedef struct pi_records_line {
  const char *start; /* of SUM; within the text */
  const char *key, *fields;
  const char *end; /* the line feed, or the end of the text */
  bool checked;    /* pi_records_check has looked at its sum, and it is */
  bool whole;
} pi_records_line;

typedef struct pi_records {
  pi_records_line *slots; /* a hash table with open addressing; start NULL: free */
  size_t capacity;        /* a power of two */
  size_t count;           /* keys */
  size_t lines;           /* lines of the shape above */
} pi_records;

/* Indexes the text, which must stay as it is as long as the index is used. -1: no memory ("ENOMEM"); then, too, release
 * is safe. */
int pi_records_open(pi_records *r, const char *text, size_t size, pi_err *err);

/* The last line with this key; false: there is none. */
bool pi_records_find(const pi_records *r, const char *key, size_t size, pi_records_line *line);

/* Is its sum right? */
bool pi_records_is_whole(const pi_records_line *line);

/* Looks at the sums of all last lines now, which spares pi_records_is_whole to do it. */
void pi_records_check(pi_records *r);

/* Frees everything and leaves the empty state; safe twice. */
void pi_records_release(pi_records *r);

#endif
