/* The one error shape of the core.
 *
 * Every core function that can fail returns 0 or -1 (or a documented count) and takes a `pi_err *err` as its last
 * argument, which may be NULL. On failure it holds
 *   code     a symbolic name: "ENOENT" for a failed system call, an own upper-case word otherwise ("EFORMAT")
 *   message  "<verb> <path>: <reason>", one sentence without a final full stop, bytes as given (paths may hold any)
 * Nothing in the core prints or exits. A pi_err owns no memory. */
#ifndef PIENV_CORE_ERR_H
#define PIENV_CORE_ERR_H

#include <errno.h>

#define PI_ERR_CODE_SIZE 24
#define PI_ERR_MESSAGE_SIZE 8704 /* two paths of PATH_MAX bytes and a sentence */

typedef struct pi_err {
  char code[PI_ERR_CODE_SIZE];
  char message[PI_ERR_MESSAGE_SIZE];
} pi_err;

/* Fills *err; always returns -1, so that `return pi_err_set(...)` reads as what it is. */
int pi_err_set(pi_err *err, const char *code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Fills *err for a failed system call: code "ENOENT", message "<verb> <path>: No such file or directory".
 * Takes the errno value as an argument, because calls in between may change it. Always returns -1. */
int pi_err_os(pi_err *err, int errnum, const char *verb, const char *path);

/* The same for a call that takes two paths: message "<verb> <from> to <to>: No such file or directory". */
int pi_err_os_pair(pi_err *err, int errnum, const char *verb, const char *from, const char *to);

/* "ENOENT" for ENOENT; "EUNKNOWN" for a number without a name. The string is static. */
const char *pi_err_name(int errnum);

/* "No such file or directory" for ENOENT. The string is static. */
const char *pi_err_reason(int errnum);

#include "core/banned.h"
#endif
