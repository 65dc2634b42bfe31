/* Archives: what is written is the same bytes again and again and is read back; see test_archive_hostile.c for those
 * that are refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/archive.h"
#include "core/interrupt.h"
#include "../lib/scratch.h"

static const pi_archive_put PUT = {.level = 6, .chunk = 65536, .threads = 2, .mode = -1};
static const pi_archive_limits LIMITS = {.bytes = 1 << 30, .members = 100, .ratio = 2000};

/* Bytes that are packed a little, the same on each run. */
static void put_noise(const char *path, size_t size) {
  FILE *file = fopen(path, "wbe");
  uint32_t state = 1;
  assert_non_null(file);
  for (size_t i = 0; i < size; i++) {
    state = state * 1664525 + 1013904223;
    assert_int_not_equal(fputc((int)(state >> 24) & 0x3f, file), EOF);
  }
  assert_int_equal(fclose(file), 0);
}

static void assert_same_files(const char *a, const char *b) {
  unsigned char x[PI_SHA256_SIZE], y[PI_SHA256_SIZE];
  assert_int_equal(pi_sha256_file(x, a, NULL), 0);
  assert_int_equal(pi_sha256_file(y, b, NULL), 0);
  assert_memory_equal(x, y, sizeof x);
}

static int take(const char *archive, const char *member, const char *sha256, int64_t size, pi_err *err) {
  pi_archive_take options = {.limits = LIMITS, .sha256 = sha256, .size = size, .mode = -1};
  pi_archive_taken taken;
  return pi_archive_extract(&taken, archive, member, in_scratch("taken"), &options, err);
}

static void assert_read_back(const pi_archive_put *put, size_t size) {
  pi_archive_sum archive, sums[2];
  pi_archive_members members = {NULL, 0, 0};
  pi_err err = {"", ""};
  put_noise(in_scratch("noise"), size);
  const pi_archive_source sources[] = {{.name = "noise", .path = in_scratch("noise"), .mode = 0644},
                                       {.name = "folder/text", .bytes = "text", .size = 4, .mode = 0755}};
  if (pi_archive_write(&archive, sums, in_scratch("a.tgz"), sources, 2, put, &err) < 0) fail_msg("%s", err.message);
  if (pi_archive_list(&members, in_scratch("a.tgz"), &LIMITS, &err) < 0) fail_msg("%s", err.message);
  assert_int_equal(members.count, 2);
  assert_string_equal(members.items[0].name, "noise");
  assert_int_equal(members.items[0].size, size);
  assert_string_equal(members.items[1].name, "folder/text");
  assert_int_equal(members.items[1].mode, 0755);
  pi_archive_members_release(&members);
  assert_int_equal(take(in_scratch("a.tgz"), "noise", sums[0].sha256, (int64_t)size, &err), 0);
  assert_same_files(in_scratch("noise"), in_scratch("taken"));
  assert_int_equal(take(in_scratch("a.tgz"), "folder/text", NULL, -1, &err), 0);
  assert_file(in_scratch("taken"), "text");
  assert_int_equal(mode_of(in_scratch("taken")), 0755);
}

/* Sizes around the edges of chunks (65536 bytes, of which the first holds a header) and of tar's blocks. */
static void what_is_written_is_read_back(void **state) {
  (void)state;
  static const size_t sizes[] = {0, 1, 511, 512, 513, 65024, 65023, 65025, 64000, 64001, 63488, 200000, 5000000};
  static const int levels[] = {0, 1, 6, 12};
  for (int single = 0; single <= 1; single++) {
    pi_archive_put put = PUT;
    put.single = single != 0;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) assert_read_back(&put, sizes[i]);
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
      put.level = levels[i];
      assert_read_back(&put, 300000);
    }
  }
}

static void threads_do_not_change_the_bytes(void **state) {
  (void)state;
  char path[128];
  (void)snprintf(path, sizeof path, "%s", in_scratch("noise"));
  put_noise(path, 1000000);
  const pi_archive_source source = {.name = "noise", .path = path, .mode = 0644};
  for (int single = 0; single <= 1; single++) {
    pi_archive_sum first = {0}, archive, sum;
    for (unsigned threads = 1; threads <= 7; threads += 2) {
      pi_archive_put put = PUT;
      put.single = single != 0;
      put.threads = threads;
      assert_int_equal(pi_archive_write(&archive, &sum, in_scratch("a.tgz"), &source, 1, &put, NULL), 0);
      if (threads == 1) first = archive;
      assert_string_equal(archive.sha256, first.sha256);
      assert_int_equal(archive.size, first.size);
    }
  }
}

static void the_sums_are_those_of_the_files(void **state) {
  (void)state;
  unsigned char digest[PI_SHA256_SIZE];
  char hex[PI_SHA256_HEX_SIZE];
  struct stat st;
  pi_archive_sum archive, sum;
  put_noise(in_scratch("noise"), 100000);
  const pi_archive_source source = {.name = "noise", .path = in_scratch("noise"), .mode = 0644};
  assert_int_equal(pi_archive_write(&archive, &sum, in_scratch("a.tgz"), &source, 1, &PUT, NULL), 0);
  assert_int_equal(pi_sha256_file(digest, in_scratch("a.tgz"), NULL), 0);
  pi_sha256_hex(digest, hex);
  assert_string_equal(archive.sha256, hex);
  assert_int_equal(stat(in_scratch("a.tgz"), &st), 0);
  assert_int_equal(archive.size, st.st_size);
  assert_int_equal(pi_sha256_file(digest, in_scratch("noise"), NULL), 0);
  pi_sha256_hex(digest, hex);
  assert_string_equal(sum.sha256, hex);
  assert_int_equal(sum.size, 100000);
}

static void assert_not_written(const pi_archive_source *sources, size_t count, const char *code, const char *reason) {
  pi_archive_sum archive, sums[2];
  pi_err err = {"", ""};
  assert_int_equal(pi_archive_write(&archive, sums, in_scratch("a.tgz"), sources, count, &PUT, &err), -1);
  assert_string_equal(err.code, code);
  if (strstr(err.message, reason) == NULL) fail_msg("'%s' does not say '%s'", err.message, reason);
  assert_false(exists(in_scratch("a.tgz")));
}

static void names_that_reading_refuses_are_not_written(void **state) {
  (void)state;
  static const char *const names[] = {"", "/a", "../a", "a/..", "./a", "a//b", "a/", "."};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    const pi_archive_source source = {.name = names[i], .bytes = "x", .size = 1};
    assert_not_written(&source, 1, "ENAME", "its name");
  }
  const pi_archive_source twice[] = {{.name = "a", .bytes = "x", .size = 1}, {.name = "a", .bytes = "y", .size = 1}};
  assert_not_written(twice, 2, "EDUPLICATE", "member a: is given twice");
}

/* ustar: 100 bytes of name and, before a slash, 155 of folders. */
static void names_up_to_the_limit_of_ustar(void **state) {
  (void)state;
  char name[300];
  pi_archive_sum archive, sum;
  pi_archive_put pax = PUT;
  const pi_archive_source source = {.name = name, .bytes = "text", .size = 4, .mode = 0644};
  static const struct {
    int folder, base;
    bool fits;
  } lengths[] = {{0, 100, true}, {0, 101, false}, {155, 100, true}, {156, 100, false}, {155, 101, false}};
  pax.pax = true;
  for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
    memset(name, 'n', sizeof name);
    int length = lengths[i].base + (lengths[i].folder > 0 ? lengths[i].folder + 1 : 0);
    if (lengths[i].folder > 0) name[lengths[i].folder] = '/';
    name[length] = '\0';
    if (!lengths[i].fits)
      assert_not_written(&source, 1, "ENAMETOOLONG", "too long for ustar; the format 'pax' holds it");
    const pi_archive_put *put = lengths[i].fits ? &PUT : &pax;
    assert_int_equal(pi_archive_write(&archive, &sum, in_scratch("a.tgz"), &source, 1, put, NULL), 0);
    assert_int_equal(take(in_scratch("a.tgz"), name, NULL, 4, NULL), 0);
    assert_file(in_scratch("taken"), "text");
    assert_int_equal(unlink(in_scratch("a.tgz")), 0);
  }
}

static void a_file_too_large_for_ustar(void **state) {
  (void)state;
  int fd = open(in_scratch("large"), O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
  assert_true(fd >= 0);
  assert_int_equal(ftruncate(fd, (off_t)9 << 30), 0);
  assert_int_equal(close(fd), 0);
  const pi_archive_source source = {.name = "large", .path = in_scratch("large"), .mode = 0644};
  assert_not_written(&source, 1, "EFBIG", "member large: it is too large for ustar; the format 'pax' holds it");
}

static void what_is_no_file_is_not_written(void **state) {
  (void)state;
  const pi_archive_source missing = {.name = "a", .path = in_scratch("missing")};
  const pi_archive_source device = {.name = "a", .path = "/dev/zero"};
  const pi_archive_source folder = {.name = "a", .path = "/"};
  assert_not_written(&missing, 1, "ENOENT", "/missing: No such file or directory");
  assert_not_written(&device, 1, "EINVAL", "read /dev/zero: not a regular file");
  assert_not_written(&folder, 1, "EISDIR", "read /: Is a directory");
}

static void links_are_written_only_where_they_are_followed(void **state) {
  (void)state;
  pi_archive_sum archive, sum;
  put_noise(in_scratch("noise"), 1000);
  assert_int_equal(symlink("noise", in_scratch("link")), 0);
  pi_archive_source source = {.name = "a", .path = in_scratch("link"), .nofollow = true};
  assert_not_written(&source, 1, "ELOOP", "/link: ");
  source.nofollow = false;
  assert_int_equal(pi_archive_write(&archive, &sum, in_scratch("a.tgz"), &source, 1, &PUT, NULL), 0);
  assert_int_equal(sum.size, 1000);
}

/* Changes the file when its first block is read: hooked into read(), see tests/CMakeLists.txt. */
static const char *changing;
static off_t change_to;
ssize_t __real_read(int fd, void *bytes, size_t size);
ssize_t __wrap_read(int fd, void *bytes, size_t size);

ssize_t __wrap_read(int fd, void *bytes, size_t size) {
  ssize_t n = __real_read(fd, bytes, size);
  if (changing != NULL && n > 0) {
    const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = 1}};
    if (change_to >= 0) assert_int_equal(truncate(changing, change_to), 0);
    if (change_to < 0) assert_int_equal(utimensat(AT_FDCWD, changing, times, 0), 0);
    changing = NULL;
  }
  return n;
}

static void a_file_that_changes_while_it_is_read(void **state) {
  (void)state;
  static const off_t sizes[] = {100, 300000, 1000000, -1};
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    put_noise(in_scratch("noise"), 500000);
    const pi_archive_source source = {.name = "noise", .path = in_scratch("noise")};
    change_to = sizes[i];
    changing = source.path;
    assert_not_written(&source, 1, "ECHANGED", "noise: the file changed while it was read");
  }
}

static void an_interrupt_ends_writing_and_reading(void **state) {
  (void)state;
  pi_archive_members members = {NULL, 0, 0};
  pi_err err = {"", ""};
  put_noise(in_scratch("noise"), 1000);
  const pi_archive_source source = {.name = "noise", .path = in_scratch("noise")};
  pi_interrupt_request(SIGTERM);
  assert_not_written(&source, 1, "EINTR", "noise");
  put_noise(in_scratch("a.tgz"), 1000);
  assert_int_equal(pi_archive_list(&members, in_scratch("a.tgz"), &LIMITS, &err), -1);
  assert_string_equal(err.code, "EINTR");
  assert_int_equal(pi_interrupt_take(), SIGTERM);
}

/* A joined stream of whole ones unpacks to both contents, for every kind of block: stored, fixed and dynamic. */
static void deflate_streams_are_joined(void **state) {
  (void)state;
  for (int level = 0; level <= 12; level++)
    for (size_t size = 1; size <= 70000; size = size * 3 + 1) {
      pi_archive_put put = PUT;
      put.single = true;
      put.level = level;
      assert_read_back(&put, size + 65536);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(what_is_written_is_read_back),         TEST(threads_do_not_change_the_bytes),
      TEST(the_sums_are_those_of_the_files),      TEST(names_that_reading_refuses_are_not_written),
      TEST(names_up_to_the_limit_of_ustar),       TEST(a_file_too_large_for_ustar),
      TEST(what_is_no_file_is_not_written),       TEST(links_are_written_only_where_they_are_followed),
      TEST(a_file_that_changes_while_it_is_read), TEST(an_interrupt_ends_writing_and_reading),
      TEST(deflate_streams_are_joined),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
