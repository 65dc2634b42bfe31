/* libarchive kept in bounds, and the rules for names: see archive_tar.h. */
#include <locale.h>
#include <setjmp.h>
#include <string.h>

#include "core/archive_tar.h"

/* What libarchive calls when it gets no memory for a string; it prints and ends the process. The linker puts this
 * function in its place (cmake/Dependencies.cmake); a shared libarchive keeps its own. */
_Noreturn void __wrap___archive_errx(int status, const char *message); /* NOLINT(*-reserved-identifier,cert-dcl*) */

static _Thread_local jmp_buf *no_memory;

_Noreturn void __wrap___archive_errx(int status, const char *message) { /* NOLINT(*-reserved-identifier,cert-dcl*) */
  (void)status;
  (void)message;
  if (no_memory == NULL) abort();
  longjmp(*no_memory, 1);
}

int pi_archive_guarded(int (*body)(void *context), void *context, const char *verb, const char *path, pi_err *err) {
  jmp_buf way_out;
  volatile int result = -1;
  locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
  locale_t before = uselocale(utf8); /* where there is no such locale, pax names that are not ASCII are refused */
  no_memory = &way_out;
  if (setjmp(way_out) == 0)
    result = body(context);
  else
    (void)pi_err_os(err, ENOMEM, verb, path);
  no_memory = NULL;
  (void)uselocale(before);
  if (utf8 != (locale_t)0) freelocale(utf8);
  return result;
}

const char *pi_archive_clean_name(char out[PI_ARCHIVE_NAME_SIZE], const char *name) {
  size_t size = 0;
  if (name[0] == '\0') return "its name is empty";
  if (name[0] == '/') return "its name is absolute";
  if (strlen(name) >= PI_ARCHIVE_NAME_SIZE) return "its name is too long";
  for (const char *part = name; *part != '\0';) {
    size_t length = strcspn(part, "/");
    if (length == 2 && part[0] == '.' && part[1] == '.') return "its name leads upward ('..')";
    if (length > 1 || (length == 1 && part[0] != '.')) {
      if (size > 0) out[size++] = '/';
      memcpy(out + size, part, length);
      size += length;
    }
    part += length;
    if (*part == '/') part++;
  }
  if (size == 0) out[size++] = '.';
  out[size] = '\0';
  return NULL;
}

const char *pi_archive_duplicate(pi_names *names) {
  pi_names_sort(names);
  for (size_t i = 1; i < names->count; i++)
    if (strcmp(names->items[i - 1], names->items[i]) == 0) return names->items[i];
  return NULL;
}
