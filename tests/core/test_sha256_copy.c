/* Copies with their digest: the bytes, the digest and the memory at all sizes, and that a failure leaves nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <linux/fs.h>
#include <sys/resource.h>
#include <sys/time.h>

#include "../lib/scratch.h"
#include "../lib/hashing.h"
#include "core/interrupt.h"
#include "core/sha256_copy.h"

static void (*meanwhile)(void); /* called when the copy has begun; NULL: nothing */
static char from[128], to[128];
static const pi_fs_put plain = {.mode = -1};

int __real_ioctl(int fd, unsigned long request, void *argument);
int __wrap_ioctl(int fd, unsigned long request, void *argument);

/* No test shares blocks: what is shown must not depend on the file system of the machine. */
int __wrap_ioctl(int fd, unsigned long request, void *argument) {
  if (request != FICLONE) return __real_ioctl(fd, request, argument);
  if (meanwhile != NULL) meanwhile();
  errno = EOPNOTSUPP;
  return -1;
}

static int setup(void **state) {
  reset_threads();
  meanwhile = NULL;
  if (scratch_setup(state) != 0) return -1;
  (void)snprintf(from, sizeof from, "%s", in_scratch("from"));
  (void)snprintf(to, sizeof to, "%s", in_scratch("to"));
  return 0;
}

static void make_source(size_t size) { put_bytes(from, "wbe", size); }

static bool same_content(void) {
  FILE *a = fopen(from, "rbe"), *b = fopen(to, "rbe");
  assert_true(a != NULL && b != NULL);
  int x, y;
  do x = getc_unlocked(a), y = getc_unlocked(b);
  while (x == y && x != EOF);
  (void)fclose(a);
  (void)fclose(b);
  return x == y;
}

static void assert_copies(size_t size, const pi_fs_put *put) {
  unsigned char digest[PI_SHA256_SIZE], want[PI_SHA256_SIZE];
  uint64_t copied = 0;
  pi_err err = {"", ""};
  make_source((size_t)size);
  if (pi_sha256_copy(digest, &copied, from, to, put, NULL, &err) < 0) fail_msg("%s", err.message);
  assert_int_equal(copied, size);
  assert_true(same_content());
  plain_digest(want, from);
  assert_memory_equal(digest, want, sizeof digest);
  assert_int_equal(unlink(to), 0);
}

static void assert_fails(const char *code) {
  unsigned char digest[PI_SHA256_SIZE];
  uint64_t size;
  pi_err err = {"", ""};
  bool taken = exists(to);
  assert_int_equal(pi_sha256_copy(digest, &size, from, to, &plain, NULL, &err), -1);
  assert_string_equal(err.code, code);
  assert_int_equal(strncmp(err.message, "copy ", 5), 0);
  assert_int_equal(exists(to), taken);
}

static void bytes_and_digest_are_right_at_every_size(void **state) {
  (void)state;
  static const size_t sizes[] = {0, 1, 256 * KIB - 1, 256 * KIB, 256 * KIB + 1, MIB, MIB + 1, 4 * MIB, 9 * MIB + 12345};
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) assert_copies(sizes[i], &plain);
}

/* Writes `text` over the source from `offset` on. */
static void put_text(long offset, const char *text) {
  FILE *file = fopen(from, "r+be");
  assert_true(file != NULL && fseek(file, offset, SEEK_SET) == 0);
  assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
  assert_int_equal(fclose(file), 0);
}

static void what_is_looked_for_is_found_wherever_it_lies(void **state) {
  (void)state;
  static const char text[] = "/users/somebody/work";
  static const long size = 4 * MIB, length = sizeof text - 1;
  const long offsets[] = {0, 256 * KIB - 1, MIB - length / 2, 2 * MIB - length, size - length};
  pi_search_needle needles[] = {{.bytes = text, .size = sizeof text - 1}, {.bytes = "/nowhere/else", .size = 13}};
  unsigned char digest[PI_SHA256_SIZE], want[PI_SHA256_SIZE];
  uint64_t copied;
  pi_searcher search;
  make_source((size_t)size);
  for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) put_text(offsets[i], text);
  assert_int_equal(pi_searcher_open(&search, needles, 2, false), 0);
  assert_int_equal(pi_sha256_copy(digest, &copied, from, to, &plain, &search, NULL), 0);
  pi_searcher_release(&search);
  assert_int_equal(needles[0].count, 5);
  assert_int_equal(needles[1].count, 0);
  assert_true(same_content());
  plain_digest(want, from);
  assert_memory_equal(digest, want, sizeof digest);
}

static void only_a_large_file_is_worth_a_thread(void **state) {
  (void)state;
  assert_copies(MIB, &plain);
  assert_int_equal(threads, 0);
  assert_copies(MIB + 1, &plain);
  assert_int_equal(threads, 1);
}

static void without_a_thread_the_copy_is_the_same(void **state) {
  (void)state;
  no_threads = true;
  assert_copies(9 * MIB + 1, &plain);
}

static void mode_owner_and_sync_are_as_asked_for(void **state) {
  (void)state;
  static const pi_fs_owner nobody = {65534, 65533};
  pi_fs_put put = {.mode = 0440, .sync = true, .owner = geteuid() == 0 ? &nobody : NULL};
  unsigned char digest[PI_SHA256_SIZE];
  uint64_t size;
  struct stat st;
  make_source(33 * MIB); /* more than one hint to the disk */
  assert_int_equal(pi_sha256_copy(digest, &size, from, to, &put, NULL, NULL), 0);
  assert_int_equal(lstat(to, &st), 0);
  assert_int_equal(st.st_mode & 07777, 0440);
  if (put.owner != NULL) assert_int_equal(st.st_uid, 65534);
  assert_int_equal(unlink(to) | chmod(from, 06755), 0);
  assert_int_equal(pi_sha256_copy(digest, &size, from, to, &plain, NULL, NULL), 0);
  assert_int_equal(mode_of(to), 0755);
}

static void copy_large(void) {
  struct rusage before, after;
  unsigned char digest[PI_SHA256_SIZE];
  uint64_t size;
  child_expect(getrusage(RUSAGE_SELF, &before) == 0);
  child_expect(pi_sha256_copy(digest, &size, from, to, &plain, NULL, NULL) == 0);
  child_expect(getrusage(RUSAGE_SELF, &after) == 0);
  child_expect(after.ru_maxrss - before.ru_maxrss < 8 * KIB);
}

static void memory_does_not_grow_with_the_file(void **state) {
  (void)state;
  make_source(64 * MIB);
  in_child(copy_large, 0);
}

static void taken_names_and_what_is_no_file_are_refused(void **state) {
  (void)state;
  make_source(10);
  put_file(to, "another's");
  assert_fails("EEXIST");
  assert_file(to, "another's");
  assert_int_equal(unlink(to) | rename(from, in_scratch("file")) | symlink("file", from), 0);
  assert_fails("ELOOP");
  assert_int_equal(unlink(from) | mkfifo(from, 0600), 0);
  assert_fails("EINVAL");
  assert_int_equal(unlink(from), 0);
  assert_fails("ENOENT");
}

static void a_full_disk_fails_and_leaves_nothing(void **state) {
  (void)state;
  make_source(8 * MIB);
  (void)snprintf(to, sizeof to, "%s/to", scratch_mount("full", "6m"));
  assert_fails("ENOSPC");
  assert_int_equal(threads, 1);
}

static void append_to_source(void) {
  FILE *file = fopen(from, "ae");
  child_expect(file != NULL && fputs("more", file) >= 0 && fclose(file) == 0);
}

static void a_source_that_changes_meanwhile_is_noticed(void **state) {
  (void)state;
  meanwhile = append_to_source;
  make_source(10);
  assert_fails("ECHANGED");
  make_source(2 * MIB);
  assert_fails("ECHANGED");
}

static void a_signal_ends_it_and_leaves_nothing(void **state) {
  (void)state;
  make_source(8 * MIB);
  pi_interrupt_request(SIGINT);
  assert_fails("EINTR");
  assert_int_equal(pi_interrupt_take(), SIGINT);
  assert_copies(8 * MIB, &plain);
}

static pthread_t first;
static volatile sig_atomic_t alarms, strays, alarm_pause;

/* Asks for the next alarm, each a little later than the last, for the reason that test_fs.c gives. */
static void on_alarm(int number) {
  int pause = alarm_pause + alarm_pause / 64;
  (void)number;
  if (!pthread_equal(pthread_self(), first)) strays++;
  if (alarm_pause == 0) return;
  alarms++;
  alarm_pause = pause;
  (void)setitimer(ITIMER_REAL, &(struct itimerval){.it_value = {pause / 1000000, pause % 1000000}}, NULL);
}

static void signals_stay_with_the_first_thread_and_end_no_call(void **state) {
  (void)state;
  struct sigaction action = {.sa_handler = on_alarm}; /* it stays: an alarm may be late */
  first = pthread_self();
  assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
  alarm_pause = 1000; /* microseconds */
  (void)raise(SIGALRM);
  for (int i = 0; i < 3; i++) assert_copies(16 * MIB, &plain);
  alarm_pause = 0;
  assert_int_equal(setitimer(ITIMER_REAL, &(struct itimerval){.it_value = {0, 0}}, NULL), 0);
  assert_true(alarms > 10);
  assert_int_equal(strays, 0);
}

#define copying(test) cmocka_unit_test_setup_teardown(test, setup, scratch_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      copying(bytes_and_digest_are_right_at_every_size),
      copying(what_is_looked_for_is_found_wherever_it_lies),
      copying(only_a_large_file_is_worth_a_thread),
      copying(without_a_thread_the_copy_is_the_same),
      copying(mode_owner_and_sync_are_as_asked_for),
      copying(memory_does_not_grow_with_the_file),
      copying(taken_names_and_what_is_no_file_are_refused),
      copying(a_full_disk_fails_and_leaves_nothing),
      copying(a_source_that_changes_meanwhile_is_noticed),
      copying(a_signal_ends_it_and_leaves_nothing),
      copying(signals_stay_with_the_first_thread_and_end_no_call),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
