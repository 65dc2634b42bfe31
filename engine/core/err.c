/* Errors of the core: see err.h. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/err.h"

/* What the platform must tell of an errno value. */
static const char *os_errno_name(int errnum);
static const char *os_errno_reason(int errnum);

int pi_err_set(pi_err *err, const char *code, const char *format, ...) {
  if (err == NULL) return -1;
  va_list args;
  va_start(args, format);
  (void)vsnprintf(err->message, sizeof err->message, format, args);
  va_end(args);
  (void)snprintf(err->code, sizeof err->code, "%s", code);
  return -1;
}

int pi_err_os(pi_err *err, int errnum, const char *verb, const char *path) {
  return pi_err_set(err, pi_err_name(errnum), "%s %s: %s", verb, path, os_errno_reason(errnum));
}

int pi_err_os_pair(pi_err *err, int errnum, const char *verb, const char *from, const char *to) {
  return pi_err_set(err, pi_err_name(errnum), "%s %s to %s: %s", verb, from, to, os_errno_reason(errnum));
}

const char *pi_err_name(int errnum) {
  const char *name = os_errno_name(errnum);
  return name != NULL ? name : "EUNKNOWN";
}

const char *pi_err_reason(int errnum) { return os_errno_reason(errnum); }

#if defined(__GLIBC__) && (__GLIBC__ > 2 || (__GLIBC__ == 2 && __GLIBC_MINOR__ >= 32))

static const char *os_errno_name(int errnum) { return strerrorname_np(errnum); }

static const char *os_errno_reason(int errnum) {
  const char *reason = strerrordesc_np(errnum);
  return reason != NULL ? reason : "unknown error";
}

#else

static const char *os_errno_name(int errnum) {
  static const struct {
    int errnum;
    const char *name;
  } names[] = {
      {ENOENT, "ENOENT"}, {EACCES, "EACCES"},       {EPERM, "EPERM"},           {EEXIST, "EEXIST"},
      {EXDEV, "EXDEV"},   {ENOSPC, "ENOSPC"},       {EDQUOT, "EDQUOT"},         {EIO, "EIO"},
      {EINTR, "EINTR"},   {EMFILE, "EMFILE"},       {ENFILE, "ENFILE"},         {EROFS, "EROFS"},
      {EISDIR, "EISDIR"}, {ENOTDIR, "ENOTDIR"},     {EINVAL, "EINVAL"},         {ENOMEM, "ENOMEM"},
      {EBUSY, "EBUSY"},   {ENOTEMPTY, "ENOTEMPTY"}, {EOPNOTSUPP, "EOPNOTSUPP"}, {ELOOP, "ELOOP"},
      {EMLINK, "EMLINK"}, {EAGAIN, "EAGAIN"},       {EPIPE, "EPIPE"},           {ETXTBSY, "ETXTBSY"},
      {EBADF, "EBADF"},
  };
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (names[i].errnum == errnum) return names[i].name;
  return NULL;
}

static const char *os_errno_reason(int errnum) { return strerror(errnum); }

#endif
