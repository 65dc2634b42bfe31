/* What the parts of archive.h share: libarchive kept in bounds, names, and archives read member by member.
 * Private to archive*.c. */
#ifndef PIENV_CORE_ARCHIVE_TAR_H
#define PIENV_CORE_ARCHIVE_TAR_H

#include "core/archive.h"
#include "core/archive_gzip.h"
#include "core/names.h"

struct archive;
struct archive_entry;

/* Runs `body(context)` with what libarchive needs around it: a locale in which names are UTF-8 (it converts pax names
 * to that of the thread), and a way out when it gets no memory, where it would end the process. All that `body` owns is
 * in `context`, because such a way out skips the rest of it. Returns what `body` does; -1 "ENOMEM" with "<verb>
 * <path>". */
int pi_archive_guarded(int (*body)(void *context), void *context, const char *verb, const char *path, pi_err *err);

#define PI_ARCHIVE_NAME_SIZE 4096 /* with a NUL; longer names are refused */

/* out: `name` without ".", double slashes and a slash at its end, "." for nothing else. Returns why the name is
 * refused, or NULL. */
const char *pi_archive_clean_name(char out[PI_ARCHIVE_NAME_SIZE], const char *name);

/* A name that is there twice, or NULL; sorts the list. */
const char *pi_archive_duplicate(pi_names *names);

typedef struct pi_archive_reader {
  const char *path; /* the caller's */
  pi_archive_limits limits;
  int fd;
  pi_gzip_reader *gzip;
  struct archive *archive;
  struct archive_entry *entry;
  pi_names names;            /* of the members so far */
  pi_archive_member present; /* its name belongs to names */
  char name[PI_ARCHIVE_NAME_SIZE];
  uint64_t delivered; /* unpacked bytes that libarchive was given */
  uint64_t content;   /* those up to the last that is not zero */
  bool passes_over;   /* members that nobody asks for need not be unpacked, nor be whole */
  bool source_ended, source_failed;
  pi_err *err;
} pi_archive_reader;

/* The closed state. */
void pi_archive_reader_init(pi_archive_reader *r, const char *path, const pi_archive_limits *limits, pi_err *err);

/* All of these are called under pi_archive_guarded. The error goes to the err of init. */
int pi_archive_reader_open(pi_archive_reader *r);

/* Goes to the next member: 1 and *out (valid until the next call), 0 the archive is complete and checked to its last
 * byte, -1. */
int pi_archive_reader_next(pi_archive_reader *r, const pi_archive_member **out);

/* The next bytes of the present member, valid until the next call; *size 0 at its end. */
int pi_archive_reader_data(pi_archive_reader *r, const void **bytes, size_t *size);

/* Sets an error about the present member: "read archive <path>: member <name>: <reason>". Always -1. */
int pi_archive_reader_refuse(pi_archive_reader *r, const char *code, const char *name, const char *reason);

/* Safe twice; outside of pi_archive_guarded. */
void pi_archive_reader_release(pi_archive_reader *r);

#endif
