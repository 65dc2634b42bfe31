/* What tests of files that are hashed in a second thread share. Include after scratch.h, link with
 * -Wl,--wrap=pthread_create. */
#ifndef PIENV_TESTS_HASHING_H
#define PIENV_TESTS_HASHING_H

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>

#include "core/sha256.h"

enum { KIB = 1024, MIB = 1024 * 1024 };

static bool no_threads;     /* pthread_create fails */
static int threads;         /* how many were started */
static bool signals_common; /* one of them was started with a signal that it may get */

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument);

static bool all_blocked(void) {
  sigset_t blocked;
  (void)pthread_sigmask(SIG_BLOCK, NULL, &blocked);
  return sigismember(&blocked, SIGINT) && sigismember(&blocked, SIGTERM) && sigismember(&blocked, SIGCHLD);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument) {
  if (no_threads) return EAGAIN;
  threads++;
  if (!all_blocked()) signals_common = true;
  return __real_pthread_create(thread, attributes, run, argument);
}

static void reset_threads(void) {
  no_threads = signals_common = false;
  threads = 0;
}

/* Writes a file of bytes that do not repeat with any block. mode: of fopen, "wbe" or "abe". */
static void put_bytes(const char *path, const char *mode, size_t size) {
  FILE *file = fopen(path, mode);
  uint32_t x = 1;
  assert_non_null(file);
  for (size_t i = 0; i < size; i++) {
    x = x * 1664525 + 1013904223;
    assert_int_not_equal(putc_unlocked((int)(x >> 24), file), EOF);
  }
  assert_int_equal(fclose(file), 0);
}

/* The digest of a file, without what is tested: in one thread, and in pieces that fit no block. */
static void plain_digest(unsigned char digest[PI_SHA256_SIZE], const char *path) {
  unsigned char piece[10007];
  FILE *file = fopen(path, "rbe");
  pi_sha256 s;
  size_t n;
  assert_non_null(file);
  pi_sha256_init(&s);
  while ((n = fread(piece, 1, sizeof piece, file)) > 0) pi_sha256_update(&s, piece, n);
  pi_sha256_final(&s, digest);
  assert_int_equal(fclose(file), 0);
}

#endif
