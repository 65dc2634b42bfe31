/* Sealed lines of a text, found by their keys:
 *
 *   SUM TAB KEY TAB FIELD TAB FIELD ...
 *
 * SUM: the first PI_RECORDS_SUM digits of the SHA-256 of what follows its tab. Lines of another shape are passed by; of
 * several with one key the last one counts. A line is looked at when it is asked for, not before: an index of ten
 * thousand lines costs two passes over the text, of which the first one only counts them.
 *
 *   pi_records r;
 *   pi_records_open(&r, text, size, &err);
 *   line = pi_records_find(&r, key, key_size);
 *   if (line != NULL && pi_records_is_whole(line)) ...
 *   pi_records_release(&r);                                                     */
#ifndef PIENV_CORE_RECORDS_H
#define PIENV_CORE_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

#define PI_RECORDS_SUM 16

typedef struct pi_records_line {
  const char *start; /* of SUM; within the text */
  const char *key, *fields;
  const char *end; /* the line feed, or the end of the text */
  bool checked;    /* pi_records_check has looked at its sum, and it is */
  bool whole;
} pi_records_line;

typedef struct pi_records_slot {
  uint32_t hash;  /* of the key: bits that did not choose the slot */
  uint32_t place; /* in `last`; UINT32_MAX: free */
} pi_records_slot;

typedef struct pi_records {
  pi_records_line *last;  /* of each key */
  size_t count;           /* keys */
  size_t lines;           /* lines of the shape above */
  pi_records_slot *slots; /* a hash table with open addressing */
  size_t capacity;        /* of it: a power of two, or 0 */
} pi_records;

/* Indexes the text, which must stay as it is as long as the index is used. -1: no memory ("ENOMEM"), or more
 * lines than memory is good for; then, too, release is safe. */
int pi_records_open(pi_records *r, const char *text, size_t size, pi_err *err);

/* The last line with this key, within `last`; NULL: there is none. */
const pi_records_line *pi_records_find(const pi_records *r, const char *key, size_t size);

/* The same, but the line may have another key with the same hash, which pi_records_is_of tells: of many keys that are
 * looked for one after the other, this reads a third of the memory. */
const pi_records_line *pi_records_guess(const pi_records *r, const char *key, size_t size);

/* Is this the line's key? */
bool pi_records_is_of(const pi_records_line *line, const char *key, size_t size);

/* Is its sum right? */
bool pi_records_is_whole(const pi_records_line *line);

/* Looks at the sums of all of `last` now, which spares pi_records_is_whole to do it. */
void pi_records_check(pi_records *r);

/* Frees everything and leaves the empty state; safe twice. */
void pi_records_release(pi_records *r);

#endif
