/* Object files: see object.h. This file maps them and tells the formats apart; object_elf.c and its fellows read.
 *
 * Mapping was chosen over reading windows: tables lie anywhere, and the loader's view of them is offsets into the
 * image. Its price is SIGBUS where the file shrinks meanwhile. The handler jumps back to pi_object_read for an address
 * in the mapping that this thread reads, and gives every other SIGBUS its default effect. Between sigsetjmp and the end
 * of the parse nothing is owned but the object's memory blocks, which are linked before the image is touched again. */
#include "core/object.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/io.h"
#include "core/object_reader.h"

typedef struct guard {
  const char *start;
  size_t size;
  sigjmp_buf back;
} guard;

static _Thread_local guard *volatile active;

static void on_bus_error(int signal_number, siginfo_t *info, void *context) {
  (void)context;
  const char *address = info->si_addr;
  if (active != NULL && address >= active->start && address < active->start + active->size) siglongjmp(active->back, 1);
  (void)signal(signal_number, SIG_DFL); /* the access is repeated, and ends the process */
}

/* Once for the process: a handler that came and went would race with other threads. */
static int install_handler(void) {
  static volatile sig_atomic_t installed;
  if (installed) return 0;
  struct sigaction action = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO};
  (void)sigemptyset(&action.sa_mask);
  if (sigaction(SIGBUS, &action, NULL) < 0) return -1;
  installed = 1;
  return 0;
}

static int compare_symbols(const void *a, const void *b) {
  const pi_object_symbol *left = a, *right = b;
  int order = strcmp(left->name, right->name);
  return order != 0 ? order : (int)left->undefined - (int)right->undefined;
}

/* The first bytes in the order in which they stand, whatever the file's byte order. */
static uint32_t magic_of(const object_reader *r) {
  uint32_t magic = 0;
  for (size_t i = 0; i < 4 && r->size >= 4; i++) magic = magic << 8 | r->bytes[i];
  return magic;
}

static int parse(object_reader *r) {
  switch (magic_of(r)) {
    case 0x7F454C46: return object_read_elf(r);
    case 0xCAFEBABE:
    case 0xCAFEBABF: return object_read_fat(r);
    case 0xFEEDFACE:
    case 0xFEEDFACF:
    case 0xCEFAEDFE:
    case 0xCFFAEDFE: return object_read_macho(r);
    default: break;
  }
  if (r->size >= 2 && memcmp(r->bytes, "MZ", 2) == 0) return object_read_pe(r);
  return object_fail(r, "EFORMAT", "not an ELF, Mach-O or PE file");
}

/* Only the object's own memory is touched here. */
static void sort_symbols(pi_object *o) {
  pi_object_slice *slices = o->slices.items;
  if (o->symbols.count > 1) qsort(o->symbols.items, o->symbols.count, sizeof(pi_object_symbol), compare_symbols);
  for (size_t i = 0; i < o->slices.count; i++) sort_symbols(&slices[i].object);
}

int pi_object_parse(pi_object *o, const void *bytes, size_t size, const char *path, pi_err *err) {
  memset(o, 0, sizeof *o);
  object_reader r = {.o = o, .owner = o, .bytes = bytes, .size = size, .path = path, .err = err};
  int result = parse(&r);
  if (result == 0) sort_symbols(o);
  return result;
}

static int parse_mapped(pi_object *o, const void *bytes, size_t size, const char *path, pi_err *err) {
  guard g = {.start = bytes, .size = size};
  if (install_handler() < 0) return pi_err_os(err, errno, "handle SIGBUS for", path);
  active = &g;
  int result = -1;
  if (sigsetjmp(g.back, 1) == 0) {
    object_reader r = {.o = o, .owner = o, .bytes = bytes, .size = size, .path = path, .err = err};
    result = parse(&r);
  } else {
    pi_err_set(err, "ETRUNCATED", "read %s: the file shrank while it was read", path);
  }
  active = NULL;
  return result;
}

int pi_object_read(pi_object *o, const char *path, pi_err *err) {
  struct stat status;
  int result = -1;
  memset(o, 0, sizeof *o);
  int fd = pi_io_open(AT_FDCWD, path, O_RDONLY | O_NONBLOCK, 0); /* a pipe is told by fstat, not waited for */
  if (fd < 0) return pi_err_os(err, errno, "open", path);
  if (fstat(fd, &status) < 0) {
    pi_err_os(err, errno, "stat", path);
    goto out;
  }
  if (S_ISDIR(status.st_mode)) {
    pi_err_os(err, EISDIR, "read", path);
    goto out;
  }
  if (!S_ISREG(status.st_mode) || status.st_size == 0) {
    pi_err_set(err, "EFORMAT", "read %s: %s", path,
               S_ISREG(status.st_mode) ? "the file is empty" : "not a regular file");
    goto out;
  }
  size_t size = (size_t)status.st_size;
  void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (bytes == MAP_FAILED) {
    pi_err_os(err, errno, "map", path);
    goto out;
  }
  result = parse_mapped(o, bytes, size, path, err);
  (void)munmap(bytes, size);
  if (result == 0) sort_symbols(o);
out:
  (void)close(fd);
  return result;
}
