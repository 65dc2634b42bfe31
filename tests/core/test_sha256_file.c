/* Digests of files: right at all sizes, with a second thread and without, and that a failure ends both. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../lib/scratch.h"
#include "../lib/hashing.h"
#include "core/interrupt.h"
#include "core/sha256_ring.h"

enum { BLOCK = PI_SHA256_RING_BLOCK, RING = PI_SHA256_RING_SLOTS * BLOCK };

static const size_t SIZES[] = {0,       1,       BLOCK - 1, BLOCK, BLOCK + 1, MIB - 1,          MIB,
                               MIB + 1, 2 * MIB, RING - 1,  RING,  RING + 1,  RING + 3 * BLOCK, 9 * MIB + 12345};

/* Reads are counted from 1 in each call; 0 is no read. */
static struct {
  int count, fails, /* which one fails with EIO */
      acts;         /* before which one `act` is called */
  void (*act)(void);
  size_t most; /* bytes that one gives; 0: as many as it is asked for */
} reads;
static size_t largest; /* request for memory */
static char path[128];

ssize_t __real_read(int fd, void *bytes, size_t size);
ssize_t __wrap_read(int fd, void *bytes, size_t size);
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

ssize_t __wrap_read(int fd, void *bytes, size_t size) {
  reads.count++;
  if (reads.count == reads.acts) reads.act();
  if (reads.count == reads.fails) {
    errno = EIO;
    return -1;
  }
  return __real_read(fd, bytes, reads.most > 0 && size > reads.most ? reads.most : size);
}

void *__wrap_malloc(size_t size) {
  if (size > largest) largest = size;
  return __real_malloc(size);
}

static int setup(void **state) {
  reset_threads();
  memset(&reads, 0, sizeof reads);
  if (scratch_setup(state) != 0) return -1;
  (void)snprintf(path, sizeof path, "%s", in_scratch("file"));
  return 0;
}

static void assert_right(void) {
  unsigned char digest[PI_SHA256_SIZE], want[PI_SHA256_SIZE];
  pi_err err = {"", ""};
  largest = 0;
  if (pi_sha256_file(digest, path, &err) < 0) fail_msg("%s", err.message);
  plain_digest(want, path);
  assert_memory_equal(digest, want, sizeof digest);
}

static void assert_right_at(size_t size) {
  put_bytes(path, "wbe", size);
  assert_right();
}

static void assert_fails(const char *code) {
  unsigned char digest[PI_SHA256_SIZE] = {42};
  pi_err err = {"", ""};
  reads.count = 0;
  assert_int_equal(pi_sha256_file(digest, path, &err), -1);
  assert_string_equal(err.code, code);
  assert_int_equal(strncmp(err.message, "read ", 5), 0);
  assert_int_equal(digest[0], 42);
}

static void digests_are_right_at_every_size(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof SIZES / sizeof SIZES[0]; i++) assert_right_at(SIZES[i]);
}

static void without_a_thread_they_are_the_same(void **state) {
  (void)state;
  no_threads = true;
  for (size_t i = 0; i < sizeof SIZES / sizeof SIZES[0]; i++) assert_right_at(SIZES[i]);
  assert_int_equal(threads, 0);
}

static void a_small_file_takes_one_block_and_no_thread(void **state) {
  (void)state;
  assert_right_at(MIB);
  assert_int_equal(threads, 0);
  assert_in_range(largest, BLOCK, BLOCK + 4 * KIB);
  assert_right_at(MIB + 1);
  assert_int_equal(threads, 1);
  assert_in_range(largest, RING, RING + 4 * KIB);
}

static void short_reads_change_nothing(void **state) {
  (void)state;
  reads.most = 10000;
  assert_right_at(MIB);
  assert_right_at(RING + 1);
  assert_int_equal(threads, 1);
}

static void append_to_it(void) { put_bytes(path, "abe", RING + 1); }

static void cut_it(void) { (void)truncate(path, 10); }

static void a_file_that_grows_or_shrinks_is_read_to_its_end(void **state) {
  (void)state;
  reads.acts = 1;
  reads.act = append_to_it;
  assert_right_at(10);
  assert_int_equal(threads, 0);
  reads.count = 0;
  reads.act = cut_it;
  assert_right_at(RING);
  assert_int_equal(threads, 1);
}

static void a_read_that_fails_ends_it(void **state) {
  (void)state;
  static const size_t sizes[] = {10, 9 * MIB};
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    put_bytes(path, "wbe", sizes[i]);
    for (reads.fails = 1; reads.fails < (i == 0 ? 3 : 38); reads.fails++) assert_fails("EIO");
  }
  assert_int_equal(threads, 37);
  reads.fails = 0;
  assert_right();
}

static void interrupt(void) { pi_interrupt_request(SIGINT); }

static void a_signal_ends_it(void **state) {
  (void)state;
  static const int moments[] = {1, 2, 9, 20, 37};
  put_bytes(path, "wbe", 9 * MIB);
  reads.act = interrupt;
  for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
    reads.acts = moments[i];
    assert_fails("EINTR");
    assert_int_equal(reads.count, moments[i]);
    assert_int_equal(pi_interrupt_take(), SIGINT);
  }
  reads.acts = 0;
  assert_right();
}

static void signals_stay_with_the_first_thread(void **state) {
  (void)state;
  assert_right_at(RING);
  assert_int_equal(threads, 1);
  assert_false(signals_common);
  assert_false(all_blocked());
}

#define hashing(test) cmocka_unit_test_setup_teardown(test, setup, scratch_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      hashing(digests_are_right_at_every_size),
      hashing(without_a_thread_they_are_the_same),
      hashing(a_small_file_takes_one_block_and_no_thread),
      hashing(short_reads_change_nothing),
      hashing(a_file_that_grows_or_shrinks_is_read_to_its_end),
      hashing(a_read_that_fails_ends_it),
      hashing(a_signal_ends_it),
      hashing(signals_stay_with_the_first_thread),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
