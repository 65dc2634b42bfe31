/* A file of records that a thread reads and indexes, and whose lines it looks through, while the caller does something
 * else.
 *
 *   pi_records_ahead *ahead;
 *   pi_records_ahead_start(&ahead, path, &err);
 *   ...
 *   pi_records_ahead_take(ahead, &records, &bytes, &stat, &err);    waits; then both are the caller's to release
 *
 * or pi_records_ahead_release(ahead) where nobody wants it any more. */
#ifndef PIENV_CORE_RECORDS_AHEAD_H
#define PIENV_CORE_RECORDS_AHEAD_H

#include "core/fs.h"
#include "core/records.h"

typedef struct pi_records_ahead pi_records_ahead;

/* Begins; where no thread can be had, all is done at once. -1: no memory ("ENOMEM"). */
int pi_records_ahead_start(pi_records_ahead **ahead, const char *path, pi_err *err);

/* Waits, hands out the records and the bytes that they lie in, and frees the rest. -1, and nothing is handed out: what
 * pi_fs_read_nofollow or pi_records_open said. */
int pi_records_ahead_take(pi_records_ahead *ahead, pi_records *records, pi_fs_bytes *bytes, pi_fs_stat *stat,
                          pi_err *err);

/* Waits and frees everything; NULL is fine. */
void pi_records_ahead_release(pi_records_ahead *ahead);

#endif
