/* SHA-256 of byte streams and files (FIPS 180-4).
 *
 *   pi_sha256 s;
 *   pi_sha256_init(&s);
 *   pi_sha256_update(&s, bytes, size);        any number of times
 *   pi_sha256_final(&s, digest);              32 bytes; s may be initialised again
 *   pi_sha256_hex(digest, hex);               64 lower-case digits and a NUL
 *
 * The work is done by nettle where the processor has SHA instructions (it uses them), by mbedTLS elsewhere:
 * third_party/README.md tells why. A pi_sha256 owns no memory. */
#ifndef PIENV_CORE_SHA256_H
#define PIENV_CORE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

#define PI_SHA256_SIZE 32
#define PI_SHA256_HEX_SIZE 65

typedef struct pi_sha256 {
  union {
    uint64_t align;
    unsigned char state[128]; /* holds the context of either library; checked when compiled */
  } u;
  int accelerated;
} pi_sha256;

void pi_sha256_init(pi_sha256 *s);

/* Like pi_sha256_init, with the library chosen by the caller: for tests that compare the two. */
void pi_sha256_init_with(pi_sha256 *s, int accelerated);

void pi_sha256_update(pi_sha256 *s, const void *bytes, size_t size);

void pi_sha256_final(pi_sha256 *s, unsigned char digest[PI_SHA256_SIZE]);

void pi_sha256_hex(const unsigned char digest[PI_SHA256_SIZE], char hex[PI_SHA256_HEX_SIZE]);

/* Digest of the whole content of the regular file `path`, read in blocks: of a large file by one thread, while a second
 * one hashes (sha256_file.c, sha256_ring.h). A pipe or a device is refused without waiting for it; a pending signal
 * (interrupt.h) ends it with "EINTR". -1: "open <path>: <reason>", "read ..."; `digest` is as it was. */
int pi_sha256_file(unsigned char digest[PI_SHA256_SIZE], const char *path, pi_err *err);

/* Non-zero where the processor has SHA-256 instructions, found out by CPUID (or the hardware capabilities). */
int pi_sha256_accelerated(void);

#endif
