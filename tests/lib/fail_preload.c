/* The failing allocator of whole programs: preloaded, it counts what the program and its libraries, libc's too, ask
 * malloc, calloc, realloc and aligned_alloc for, and fails the N-th request. tests/fault/sweep.bash sets
 *
 *   FAIL_PRELOAD_PROGRAM  the program that is meant; its children are left alone
 *   FAIL_PRELOAD_REPORT   file for one line a request ("call NUMBER PROCESS malloc SITE"), when none is failed, or for
 *                         "fault NUMBER ..." as soon as one is; SITE says where the request came from, in letters
 *   FAIL_PRELOAD_AT       N; 0: none
 *   FAIL_PRELOAD_ONWARD   set: every request from the N-th on fails
 *
 * The first memory of the Lua state, which it would cut its blocks from (engine/host/arena.h), is refused, so that each
 * of them is a request. Requests before the constructor are the loader's. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

enum { ARENA = 1 << 20 }; /* bytes: WHOLE of engine/host/arena.c */

static atomic_bool active;
static atomic_ulong requests;
static unsigned long failing;
static bool onward;
static int report = -1;

/* Without allocating, and in one write: threads and the forks of the program share the file. */
static void note(const char *what, unsigned long number, const void *site) {
  char line[96], letters[2 * sizeof site + 1];
  uintptr_t address = (uintptr_t)site;
  for (size_t i = 0; i < 2 * sizeof site; i++) letters[i] = (char)('g' + (address >> 4 * i & 15));
  letters[sizeof letters - 1] = '\0';
  int size = snprintf(line, sizeof line, "%s\t%lu\t1\tmalloc\t%s\n", what, number, letters);
  if (write(report, line, (size_t)size) != size) abort();
}

static bool must_fail(const void *site) {
  if (!atomic_load(&active)) return false;
  unsigned long n = atomic_fetch_add(&requests, 1) + 1;
  if (failing == 0) note("call", n, site);
  if (failing == 0 || n < failing || (n > failing && !onward)) return false;
  if (n == failing) note("fault", n, site);
  errno = ENOMEM;
  return true;
}

__attribute__((constructor)) static void start(void) {
  const char *program = getenv("FAIL_PRELOAD_PROGRAM"), *file = getenv("FAIL_PRELOAD_REPORT");
  const char *at = getenv("FAIL_PRELOAD_AT");
  char self[4096];
  ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);
  if (program == NULL || file == NULL || at == NULL || size < 0) return;
  self[size] = '\0';
  if (strcmp(self, program) != 0) return;
  report = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (report < 0) abort();
  failing = strtoul(at, NULL, 10);
  onward = getenv("FAIL_PRELOAD_ONWARD") != NULL;
  atomic_store(&active, true);
}

void *malloc(size_t size) { return must_fail(__builtin_return_address(0)) ? NULL : __libc_malloc(size); }

void *calloc(size_t count, size_t size) {
  return must_fail(__builtin_return_address(0)) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *block, size_t size) {
  bool asks = size != 0; /* else it frees */
  return asks && must_fail(__builtin_return_address(0)) ? NULL : __libc_realloc(block, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  return must_fail(__builtin_return_address(0)) ? NULL : __libc_memalign(alignment, size);
}

void *mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset) {
  if (atomic_load(&active) && size == ARENA && fd < 0) {
    errno = ENOMEM;
    return MAP_FAILED;
  }
  /* Flags and descriptor as they are: the call is passed on, not used. */
  return (void *)syscall(SYS_mmap, address, size, protection, flags, fd, offset);  // NOLINT(performance-no-int-to-ptr)
}
