/* Which records tell how their files are, asked of many at once and answered by several threads. The fields of such a
 * record:
 *
 *   BASE TAB PRINTS TAB TEXT TAB LAST
 *
 * PRINTS are the first digits of the fingerprint (fs.h) of each list of files, one behind the other; TEXT may hold
 * tabs.
 *
 *   pi_records_look look;
 *   pi_records_look_init(&look, &records, folder, 2);   two lists of files each, in this open folder
 *   look.base = ...; look.text = ...;
 *   pi_records_look_ask(&look, line, key, tag, &err);   of a line of the records, which has this key or does not hold
 *   pi_records_look_file(&look, "src/a.c", &err);       the files of its first list
 *   pi_records_look_end_list(&look, &err);              then those of the second one, ended, too
 *   ...                                                 more questions
 *   pi_records_look_answer(&look, 2);
 *   if (pi_records_look_holds(&look, i)) ...            of records.last[i]
 *   pi_records_look_release(&look);
 *
 * They are answered in the order of the records, not of the questions: so the same files are looked at one after the
 * other in every run, and the memory of system and processor suits that. Records, keys, texts and paths are the
 * caller's, and stay as they are until the answers are there. */
#ifndef PIENV_CORE_RECORDS_LOOK_H
#define PIENV_CORE_RECORDS_LOOK_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/records.h"

enum { PI_RECORDS_THREADS_MOST = 8 };

/* Bytes of the caller's. */
typedef struct pi_records_bytes {
  const char *at;
  size_t size;
} pi_records_bytes;

typedef struct pi_records_question {
  pi_records_bytes key; /* that its line must have */
  size_t first;         /* place of its first path; SIZE_MAX: nobody has asked */
  size_t tag;           /* the caller's */
  bool holds;           /* its line is whole, and the files are as it tells */
} pi_records_question;

typedef struct pi_records_look {
  const pi_records *records;
  int folder;
  size_t lists;
  pi_records_bytes base, text;    /* that a line must have; text NULL: any */
  pi_records_question *questions; /* as many as the records have lines; NULL before the first one */
  pi_records_question *latest;
  size_t asked;       /* questions */
  const char **paths; /* NULL behind each list */
  size_t path_count, path_capacity;
} pi_records_look;

/* What a line of the form above holds. */
typedef struct pi_records_fields {
  const char *prints;
  size_t digits; /* of each list */
  pi_records_bytes text;
} pi_records_fields;

/* No question yet; owns nothing. */
void pi_records_look_init(pi_records_look *look, const pi_records *records, int folder, size_t lists);

/* Reads a line; false where it is of another form, or has another BASE or TEXT. */
bool pi_records_look_read(pi_records_fields *fields, const pi_records_look *look, const pi_records_line *line);

/* Was this line asked about? It can be only once. */
bool pi_records_look_is_asked(const pi_records_look *look, const pi_records_line *line);

/* Each -1: no memory ("ENOMEM"). A question must have all its lists before there is an answer. */
int pi_records_look_ask(pi_records_look *look, const pi_records_line *line, pi_records_bytes key, size_t tag,
                        pi_err *err);
int pi_records_look_file(pi_records_look *look, const char *path, pi_err *err);
int pi_records_look_end_list(pi_records_look *look, pi_err *err);

/* Takes back the latest question, with what there is of its lists. */
void pi_records_look_drop(pi_records_look *look);

/* Answers all questions, with at most so many threads, the caller's among them; fewer where that is no gain. */
void pi_records_look_answer(pi_records_look *look, unsigned threads);

/* Does records->last[at] hold? false where nobody has asked. */
bool pi_records_look_holds(const pi_records_look *look, size_t at);

/* Frees everything and leaves no question; safe twice. */
void pi_records_look_release(pi_records_look *look);

#endif
