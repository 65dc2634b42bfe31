/* Which records tell how their files are, asked of many at once and answered by several threads. The fields of such a
 * record:
 *
 *   BASE TAB PRINTS TAB TEXT TAB LAST
 *
 * PRINTS are the first digits of the fingerprint (fs.h) of each list of files, one behind the other; TEXT may hold
 * tabs.
 *
 *   pi_records_look look;
 *   pi_records_look_init(&look, folder, 2);      two lists of files each, in this open folder
 *   pi_records_look_ask(&look, &question, &err);   of a line that pi_records_look_read has read, or of a key
 *   pi_records_look_file(&look, "src/a.c", &err);  the files of its first list
 *   pi_records_look_end_list(&look, &err);         then those of the second one, ended, too
 *   ...                                            more questions
 *   pi_records_look_answer(&look, 2);              look.questions[i].holds
 *   pi_records_look_release(&look);
 *
 * Lines, keys, texts and paths are the caller's, and stay as they are until the answers are there. */
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
  pi_records_bytes key; /* of the line, which is looked for with the answer; NULL: the line is here */
  pi_records_line line;
  const char *prints;
  size_t digits; /* of each list */
  size_t first;  /* place of its first path */
  size_t tag;    /* the caller's */
  bool holds;    /* the line is whole, and the files are as it tells */
} pi_records_question;

typedef struct pi_records_look {
  int folder;
  size_t lists;
  pi_records_question *questions;
  size_t count, capacity;
  const char **paths; /* NULL behind each list */
  size_t path_count, path_capacity;
  const pi_records *records;   /* where keys are looked for */
  pi_records_bytes base, text; /* that their lines must have */
} pi_records_look;

/* No question yet; owns nothing. */
void pi_records_look_init(pi_records_look *look, int folder, size_t lists);

/* Reads a line into a question, and what its TEXT is; false where it is of another shape or has another BASE. */
bool pi_records_look_read(pi_records_question *question, pi_records_bytes *text, const pi_records_line *line,
                          size_t lists, pi_records_bytes base);

/* Each -1: no memory ("ENOMEM"). A question must have all its lists before there is an answer. */
int pi_records_look_ask(pi_records_look *look, const pi_records_question *question, pi_err *err);
int pi_records_look_file(pi_records_look *look, const char *path, pi_err *err);
int pi_records_look_end_list(pi_records_look *look, pi_err *err);

/* Takes back the last question, with what there is of its lists. */
void pi_records_look_drop(pi_records_look *look);

/* Answers all questions, with at most so many threads, the caller's among them; fewer where that is no gain. */
void pi_records_look_answer(pi_records_look *look, unsigned threads);

/* Frees everything and leaves no question; safe twice. */
void pi_records_look_release(pi_records_look *look);

#endif
