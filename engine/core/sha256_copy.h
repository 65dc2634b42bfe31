/* A copy whose digest is known when it is done, in one pass over the bytes.
 *
 * The calling thread reads and writes, a second one hashes what was read (sha256_ring.h), so that the whole takes the
 * longer of the two times and 2 MiB of memory, whatever the size. A small file is not worth a thread.
 * What is to be looked for in the file is looked for by the first thread, which has time for it. */
#ifndef PIENV_CORE_SHA256_COPY_H
#define PIENV_CORE_SHA256_COPY_H

#include <stdint.h>

#include "core/err.h"
#include "core/fs.h"
#include "core/search.h"
#include "core/sha256.h"

/* Copies the regular file `from` (never a symbolic link: "ELOOP") to `to`, which must not exist ("EEXIST"; callers
 * stage and rename). `digest` and *size are of the bytes that were written. put: as for pi_fs_copy. Where the file
 * system can, the two files share their blocks. -1: "copy <from> to <to>: <reason>", nothing is left; "ECHANGED" where
 * the source changed meanwhile, "EINTR" where a signal is pending. `search`: open, gets all bytes; NULL: none is. */
int pi_sha256_copy(unsigned char digest[PI_SHA256_SIZE], uint64_t *size, const char *from, const char *to,
                   const pi_fs_put *put, pi_searcher *search, pi_err *err);

#endif
