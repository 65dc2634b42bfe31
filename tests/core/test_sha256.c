/* SHA-256: known answers from FIPS 180-4 / NIST CAVP, on both libraries, streamed in every split. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/sha256.h"

static const struct {
  const char *text, *hex;
} vectors[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
     "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
};

static void assert_hash(int accelerated, const char *text, size_t split, const char *hex) {
  unsigned char digest[PI_SHA256_SIZE];
  char got[PI_SHA256_HEX_SIZE];
  pi_sha256 s;
  pi_sha256_init_with(&s, accelerated);
  pi_sha256_update(&s, text, split);
  pi_sha256_update(&s, text + split, strlen(text) - split);
  pi_sha256_final(&s, digest);
  pi_sha256_hex(digest, got);
  assert_string_equal(got, hex);
}

static void nist_vectors(void **state) {
  (void)state;
  for (int accelerated = 0; accelerated <= 1; accelerated++)
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++)
      for (size_t split = 0; split <= strlen(vectors[i].text); split++)
        assert_hash(accelerated, vectors[i].text, split, vectors[i].hex);
}

static void million_times_a(void **state) {
  (void)state;
  char block[1000], hex[PI_SHA256_HEX_SIZE];
  unsigned char digest[PI_SHA256_SIZE];
  memset(block, 'a', sizeof block);
  for (int accelerated = 0; accelerated <= 1; accelerated++) {
    pi_sha256 s;
    pi_sha256_init_with(&s, accelerated);
    for (int i = 0; i < 1000; i++) pi_sha256_update(&s, block, sizeof block);
    pi_sha256_final(&s, digest);
    pi_sha256_hex(digest, hex);
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  }
}

static void file_and_failures(void **state) {
  (void)state;
  char path[] = "/tmp/pienv-test-sha256-XXXXXX", hex[PI_SHA256_HEX_SIZE];
  unsigned char digest[PI_SHA256_SIZE];
  pi_err err;
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, "abc", 3), 3);
  assert_int_equal(close(fd), 0);
  assert_int_equal(pi_sha256_file(digest, path, &err), 0);
  pi_sha256_hex(digest, hex);
  assert_string_equal(hex, vectors[1].hex);
  assert_int_equal(unlink(path), 0);
  assert_int_equal(pi_sha256_file(digest, path, &err), -1);
  assert_string_equal(err.code, "ENOENT");
  assert_int_equal(pi_sha256_file(digest, "/tmp", &err), -1);
  assert_string_equal(err.code, "EISDIR");
  assert_string_equal(err.message, "read /tmp: Is a directory");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nist_vectors),
      cmocka_unit_test(million_times_a),
      cmocka_unit_test(file_and_failures),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
