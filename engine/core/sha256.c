/* SHA-256: see sha256.h. */
#include <mbedtls/sha256.h>
#include <nettle/sha2.h>
#include <string.h>

#include "core/cpu.h"
#include "core/sha256.h"

_Static_assert(sizeof(struct sha256_ctx) <= sizeof(((pi_sha256 *)0)->u.state), "nettle's context fits");
_Static_assert(sizeof(mbedtls_sha256_context) <= sizeof(((pi_sha256 *)0)->u.state), "mbedTLS's context fits");

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

int pi_sha256_accelerated(void) {
  static int known = -1; /* the answer never changes; a race writes the same value twice */
  if (known < 0) {
    pi_cpu cpu;
    pi_cpu_native(&cpu); /* without the override: nettle asks the processor, too */
    known = pi_cpu_has(&cpu, "sha") || pi_cpu_has(&cpu, "sha2");
  }
  return known;
}
