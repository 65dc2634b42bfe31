/* SHA-256: see sha256.h. */
#include <fcntl.h>
#include <mbedtls/sha256.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/cpu.h"
#include "core/interrupt.h"
#include "core/io.h"
#include "core/sha256.h"

_Static_assert(sizeof(struct sha256_ctx) <= sizeof(((pi_sha256 *)0)->u.state), "nettle's context fits");
_Static_assert(sizeof(mbedtls_sha256_context) <= sizeof(((pi_sha256 *)0)->u.state), "mbedTLS's context fits");

/* Page-aligned, because the kernel copies to such a block a tenth faster than to one anywhere on the stack; small
   enough to stay in the second-level cache until it is hashed. */
enum { READ_BLOCK = 128 * 1024, PAGE = 4096 };

static struct sha256_ctx *nettle_of(pi_sha256 *s) { return (struct sha256_ctx *)(void *)s->u.state; }

static mbedtls_sha256_context *mbedtls_of(pi_sha256 *s) { return (mbedtls_sha256_context *)(void *)s->u.state; }

void pi_sha256_init(pi_sha256 *s) { pi_sha256_init_with(s, pi_sha256_accelerated()); }

void pi_sha256_init_with(pi_sha256 *s, int accelerated) {
  memset(s, 0, sizeof *s);
  s->accelerated = accelerated;
  if (accelerated) {
    sha256_init(nettle_of(s));
  } else {
    mbedtls_sha256_init(mbedtls_of(s));
    (void)mbedtls_sha256_starts_ret(mbedtls_of(s), 0);
  }
}

void pi_sha256_update(pi_sha256 *s, const void *bytes, size_t size) {
  if (s->accelerated)
    sha256_update(nettle_of(s), size, bytes);
  else
    (void)mbedtls_sha256_update_ret(mbedtls_of(s), bytes, size);
}

void pi_sha256_final(pi_sha256 *s, unsigned char digest[PI_SHA256_SIZE]) {
  if (s->accelerated)
    sha256_digest(nettle_of(s), PI_SHA256_SIZE, digest);
  else
    (void)mbedtls_sha256_finish_ret(mbedtls_of(s), digest);
}

void pi_sha256_hex(const unsigned char digest[PI_SHA256_SIZE], char hex[PI_SHA256_HEX_SIZE]) {
  static const char digits[] = "0123456789abcdef";
  for (size_t i = 0; i < PI_SHA256_SIZE; i++) {
    hex[2 * i] = digits[digest[i] >> 4];
    hex[2 * i + 1] = digits[digest[i] & 15];
  }
  hex[PI_SHA256_HEX_SIZE - 1] = '\0';
}

/* A pipe without a writer must not hold us up, and a device may never end. */
static int open_regular(const char *path, pi_err *err) {
  struct stat st;
  int fd = pi_io_open(AT_FDCWD, path, O_RDONLY | O_NONBLOCK, 0);
  if (fd < 0) return pi_err_os(err, errno, "open", path);
  if (fstat(fd, &st) < 0)
    pi_err_os(err, errno, "read", path);
  else if (S_ISDIR(st.st_mode))
    pi_err_os(err, EISDIR, "read", path);
  else if (!S_ISREG(st.st_mode))
    pi_err_set(err, "EINVAL", "read %s: not a regular file", path);
  else
    return fd;
  pi_io_close(&fd);
  return -1;
}

static unsigned char *page_aligned(unsigned char *block) { return block + (PAGE - (uintptr_t)block % PAGE) % PAGE; }

static int hash_blocks(pi_sha256 *s, int fd, unsigned char *block, const char *path, pi_err *err) {
  for (;;) {
    ssize_t n = pi_io_read(fd, block, READ_BLOCK);
    if (n < 0 || pi_interrupt_pending() != 0) return pi_err_os(err, n < 0 ? errno : EINTR, "read", path);
    if (n == 0) return 0;
    pi_sha256_update(s, block, (size_t)n);
  }
}

int pi_sha256_file(unsigned char digest[PI_SHA256_SIZE], const char *path, pi_err *err) {
  pi_sha256 s;
  unsigned char *block = NULL;
  int result = -1;
  int fd = open_regular(path, err);
  if (fd < 0) return -1;
  block = malloc(READ_BLOCK + PAGE - 1);
  if (block == NULL) {
    pi_err_os(err, ENOMEM, "read", path);
    goto out;
  }
  pi_sha256_init(&s);
  if (hash_blocks(&s, fd, page_aligned(block), path, err) < 0) goto out;
  pi_sha256_final(&s, digest);
  result = 0;
out:
  free(block);
  pi_io_close(&fd);
  return result;
}

int pi_sha256_accelerated(void) {
  static int known = -1; /* the answer never changes; a race writes the same value twice */
  if (known < 0) {
    pi_cpu cpu;
    pi_cpu_native(&cpu); /* without the override: nettle asks the processor, too */
    known = pi_cpu_has(&cpu, "sha") || pi_cpu_has(&cpu, "sha2");
  }
  return known;
}
