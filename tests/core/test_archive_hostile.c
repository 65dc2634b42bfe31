/* Hostile and damaged archives: each is refused by its code, nothing is written, nothing is left behind. */
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
#include "../lib/scratch.h"
#include "../lib/tar_image.h"

static const pi_archive_limits LIMITS = {.bytes = 1 << 30, .members = 100, .ratio = 2000};

static int take(const char *archive, const char *member, const char *sha256, int64_t size, pi_err *err) {
  pi_archive_take options = {.limits = LIMITS, .sha256 = sha256, .size = size, .mode = -1};
  pi_archive_taken taken;
  return pi_archive_extract(&taken, archive, member, in_scratch("taken"), &options, err);
}

static tar_image image;

static void assert_refused_as(const char *code, const char *reason, const pi_archive_limits *limits) {
  pi_archive_members members = {NULL, 0, 0};
  pi_err err = {"", ""};
  if (pi_archive_list(&members, in_scratch("h.tgz"), limits, &err) == 0) fail_msg("taken; should say '%s'", reason);
  assert_null(members.items);
  if (strcmp(err.code, code) != 0) fail_msg("%s: %s, should be %s", err.code, err.message, code);
  if (strstr(err.message, reason) == NULL) fail_msg("'%s' does not say '%s'", err.message, reason);
}

/* The image, packed in both ways. */
static void assert_refused(const char *code, const char *reason) {
  gzip_write(in_scratch("h.tgz"), image.bytes, image.size, sizeof image.bytes);
  assert_refused_as(code, reason, &LIMITS);
  gzip_write(in_scratch("h.tgz"), image.bytes, image.size, 700);
  assert_refused_as(code, reason, &LIMITS);
  assert_int_equal(take(in_scratch("h.tgz"), "wanted", NULL, -1, NULL), -1);
  assert_false(exists(in_scratch("taken")));
  assert_int_equal(count_entries(scratch), 1);
  image.size = 0;
}

static void names_that_lead_out_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *name, *reason;
  } names[] = {{"/etc/passwd", "absolute"},
               {"../up", "leads upward"},
               {"a/../../up", "leads upward"},
               {"..", "leads upward"},
               {"", "empty"},
               {".", "empty"}};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    tar_file(&image, "wanted", "text");
    tar_file(&image, names[i].name, "text");
    tar_end(&image);
    assert_refused("ENAME", names[i].reason);
  }
}

static void what_is_no_file_is_refused(void **state) {
  (void)state;
  static const struct {
    char type;
    const char *reason;
  } types[] = {{'1', "a hard link"}, {'2', "a symbolic link"}, {'3', "a device"}, {'4', "a device"}, {'6', "a pipe"}};
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
    tar_file(&image, "wanted", "text");
    tar_header(&image, "thing", types[i].type, 0, "../target");
    tar_end(&image);
    assert_refused("ETYPE", types[i].reason);
  }
}

static void a_name_twice_is_refused(void **state) {
  (void)state;
  tar_file(&image, "wanted", "text");
  tar_file(&image, "a/b", "1");
  tar_file(&image, "./a//b", "2");
  tar_end(&image);
  assert_refused("EDUPLICATE", "member a/b: is there twice");
}

static void cut_off_archives_are_refused(void **state) {
  (void)state;
  tar_file(&image, "wanted", "text");
  tar_file(&image, "other", "text");
  assert_refused("ETRUNCATED", "the mark of its end is missing"); /* cut between members, gzip is whole */
  tar_file(&image, "wanted", "text");
  tar_header(&image, "other", '0', 5000, NULL);
  assert_refused("ETRUNCATED", "cut off inside of a member");
  tar_file(&image, "wanted", "text");
  image.size -= 200;
  assert_refused("ETRUNCATED", "cut off");
}

/* Every length of a small archive that is not its own. */
static void every_cut_is_noticed(void **state) {
  (void)state;
  pi_archive_members members = {NULL, 0, 0};
  struct stat st;
  tar_file(&image, "wanted", "text");
  tar_file(&image, "other", "more text");
  tar_end(&image);
  for (size_t piece = 700; piece <= 7000; piece *= 10) {
    gzip_write(in_scratch("h.tgz"), image.bytes, image.size, piece);
    assert_int_equal(stat(in_scratch("h.tgz"), &st), 0);
    while (st.st_size > 0) {
      assert_int_equal(truncate(in_scratch("h.tgz"), --st.st_size), 0);
      assert_int_equal(pi_archive_list(&members, in_scratch("h.tgz"), &LIMITS, NULL), -1);
      assert_int_equal(take(in_scratch("h.tgz"), "wanted", NULL, -1, NULL), -1);
    }
  }
  image.size = 0;
}

static void sizes_that_lie_are_refused(void **state) {
  (void)state;
  tar_header(&image, "wanted", '0', 4, NULL); /* shorter than it is: content where a header should be */
  tar_content(&image, "text", 4);
  tar_content(&image, "more that no header tells of", 28);
  tar_end(&image);
  assert_refused("EFORMAT", "Damaged tar archive");
  tar_header(&image, "wanted", '0', 2000, NULL); /* longer: it swallows the next header, and then */
  tar_content(&image, "text", 4);
  tar_file(&image, "other", "text");
  tar_content(&image, "text", 4);
  tar_content(&image, "text", 4);
  tar_end(&image);
  assert_refused("EFORMAT", "Damaged tar archive");
  tar_header(&image, "wanted", '0', (uint64_t)7 << 30, NULL);
  assert_refused("ELIMIT", "member wanted: says it is larger than the limit 'bytes' allows");
}

static void what_follows_the_end_is_refused(void **state) {
  (void)state;
  tar_file(&image, "wanted", "text");
  tar_end(&image);
  tar_end(&image); /* zeros are fine: most programs fill up to 10240 bytes */
  tar_content(&image, "x", 1);
  assert_refused("ETRAILING", "something follows the mark of its end");
  tar_file(&image, "wanted", "text");
  tar_end(&image);
  tar_file(&image, "second", "text");
  tar_end(&image);
  assert_refused("ETRAILING", "something follows the mark of its end");
  tar_file(&image, "wanted", "text");
  tar_end(&image);
  gzip_write(in_scratch("h.tgz"), image.bytes, image.size, sizeof image.bytes);
  FILE *file = fopen(in_scratch("h.tgz"), "abe");
  assert_non_null(file);
  assert_int_equal(fputc('\0', file), 0);
  assert_int_equal(fclose(file), 0);
  assert_refused_as("ETRAILING", "other bytes follow its end", &LIMITS);
  image.size = 0;
}

static void what_is_no_archive_is_refused(void **state) {
  (void)state;
  put_file(in_scratch("h.tgz"), "");
  assert_refused_as("EFORMAT", "not a gzip file", &LIMITS);
  put_file(in_scratch("h.tgz"), "PK\3\4 any text");
  assert_refused_as("EFORMAT", "not a gzip file", &LIMITS);
  gzip_write(in_scratch("h.tgz"), "any text", 8, 8);
  assert_refused_as("EFORMAT", "not a tar archive", &LIMITS);
  gzip_write(in_scratch("h.tgz"), "", 0, 8);
  assert_refused_as("EFORMAT", "not a tar archive", &LIMITS);
  assert_int_equal(unlink(in_scratch("h.tgz")), 0);
  assert_int_equal(mkfifo(in_scratch("h.tgz"), 0644), 0);
  assert_refused_as("EINVAL", "not a regular file", &LIMITS);
}

/* Each byte of a small archive, changed: it is refused, or the content is what it was (a header holds what does not
 * matter: the time in gzip's, which no checksum covers). */
static void every_changed_byte_is_noticed_or_harmless(void **state) {
  (void)state;
  unsigned char bytes[2000];
  tar_file(&image, "wanted", "text");
  tar_end(&image);
  gzip_write(in_scratch("h.tgz"), image.bytes, image.size, 700);
  image.size = 0;
  int fd = open(in_scratch("h.tgz"), O_RDWR | O_CLOEXEC);
  assert_true(fd >= 0);
  ssize_t size = read(fd, bytes, sizeof bytes);
  assert_true(size > 100);
  for (ssize_t i = 0; i < size; i++) {
    unsigned char changed = (unsigned char)(bytes[i] ^ 0x41);
    assert_int_equal(pwrite(fd, &changed, 1, i), 1);
    if (take(in_scratch("h.tgz"), "wanted", NULL, -1, NULL) == 0) assert_file(in_scratch("taken"), "text");
    assert_int_equal(pwrite(fd, &bytes[i], 1, i), 1);
  }
  assert_int_equal(close(fd), 0);
}

static void bombs_hit_the_limits(void **state) {
  (void)state;
  pi_archive_limits limits = LIMITS;
  size_t size = (size_t)40 << 20;
  unsigned char *zeros = calloc(1, size);
  assert_non_null(zeros);
  tar_header(&image, "wanted", '0', size - 1536, NULL);
  memcpy(zeros, image.bytes, 512);
  image.size = 0;
  gzip_write(in_scratch("h.tgz"), zeros, size, size);
  limits.ratio = 200;
  assert_refused_as("ELIMIT", "more times its size than the limit 'ratio' allows", &limits);
  limits = LIMITS;
  limits.bytes = size - 1;
  assert_refused_as("ELIMIT", "more bytes than the limit 'bytes' allows", &limits);
  gzip_write(in_scratch("h.tgz"), zeros, size, 1 << 20);
  assert_refused_as("ELIMIT", "more bytes than the limit 'bytes' allows", &limits);
  free(zeros);
  limits.bytes = size;
  limits.members = 3;
  for (const char *name = "abcd"; *name != '\0'; name++) tar_file(&image, (char[]){*name, '\0'}, "");
  tar_end(&image);
  gzip_write(in_scratch("h.tgz"), image.bytes, image.size, sizeof image.bytes);
  image.size = 0;
  assert_refused_as("ELIMIT", "more members than the limit 'members' allows", &limits);
}

static void extraction_checks_size_and_digest(void **state) {
  (void)state;
  pi_err err;
  static const char digest[] = "982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1"; /* of "text" */
  static const char other[] = "0000000000000000000000000000000000000000000000000000000000000000";
  tar_file(&image, "wanted", "text");
  tar_header(&image, "folder", '5', 0, NULL);
  tar_end(&image);
  gzip_write(in_scratch("h.tgz"), image.bytes, image.size, sizeof image.bytes);
  image.size = 0;
  put_file(in_scratch("taken"), "old");
  assert_int_equal(take(in_scratch("h.tgz"), "wanted", digest, 5, &err), -1);
  assert_string_equal(err.code, "ESIZE");
  assert_int_equal(take(in_scratch("h.tgz"), "wanted", other, 4, &err), -1);
  assert_string_equal(err.code, "EDIGEST");
  assert_int_equal(take(in_scratch("h.tgz"), "missing", NULL, -1, &err), -1);
  assert_string_equal(err.code, "ENOMEMBER");
  assert_int_equal(take(in_scratch("h.tgz"), "folder", NULL, -1, &err), -1);
  assert_string_equal(err.code, "ETYPE");
  assert_file(in_scratch("taken"), "old");
  assert_int_equal(count_entries(scratch), 2);
  assert_int_equal(take(in_scratch("h.tgz"), "wanted", digest, 4, &err), 0);
  assert_file(in_scratch("taken"), "text");
}

/* With a digest nothing after the member matters; without one the whole archive must be sound. */
static void extraction_stops_early_only_with_a_digest(void **state) {
  (void)state;
  pi_err err;
  static const char digest[] = "982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1";
  tar_file(&image, "wanted", "text");
  tar_header(&image, "link", '2', 0, "/etc/passwd");
  gzip_write(in_scratch("h.tgz"), image.bytes, image.size, sizeof image.bytes);
  image.size = 0;
  assert_int_equal(take(in_scratch("h.tgz"), "wanted", NULL, -1, &err), -1);
  assert_string_equal(err.code, "ETYPE");
  assert_int_equal(take(in_scratch("h.tgz"), "wanted", digest, -1, &err), 0);
  assert_file(in_scratch("taken"), "text");
}

/* Random bytes in members of `chunk`, then the file "wanted"; *wanted: its sums. */
static void write_two(size_t size, size_t chunk, pi_archive_sum *wanted) {
  const pi_archive_put put = {.level = 1, .chunk = chunk, .threads = 2, .mode = -1};
  pi_archive_sum archive, sums[2];
  unsigned char *bytes = malloc(size);
  uint32_t random = 1;
  assert_non_null(bytes);
  for (size_t i = 0; i < size; i++) bytes[i] = (unsigned char)((random = random * 1664525 + 1013904223) >> 24);
  const pi_archive_source sources[] = {{.name = "before", .bytes = bytes, .size = size, .mode = 0644},
                                       {.name = "wanted", .bytes = "text", .size = 4, .mode = 0644}};
  assert_int_equal(pi_archive_write(&archive, sums, in_scratch("h.tgz"), sources, 2, &put, NULL), 0);
  free(bytes);
  *wanted = sums[1];
}

static void patch(off_t at, const void *bytes, size_t size) {
  int fd = open(in_scratch("h.tgz"), O_RDWR | O_CLOEXEC);
  assert_int_equal(pwrite(fd, bytes, size, at), (ssize_t)size);
  assert_int_equal(close(fd), 0);
}

static uint32_t number_at(off_t at) {
  unsigned char bytes[4];
  int fd = open(in_scratch("h.tgz"), O_RDONLY | O_CLOEXEC);
  assert_int_equal(pread(fd, bytes, sizeof bytes, at), sizeof bytes);
  assert_int_equal(close(fd), 0);
  return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

/* So it is not unpacked. */
static void what_is_passed_over_may_be_damaged(void **state) {
  (void)state;
  static const size_t chunks[] = {65536, 4 << 20, 8 << 20};
  for (size_t i = 0; i < sizeof chunks / sizeof chunks[0]; i++) {
    pi_archive_sum wanted;
    pi_err err = {"", ""};
    write_two(20000000, chunks[i], &wanted);
    patch((off_t)chunks[i] + 5000000, "damage", 6);
    assert_int_equal(take(in_scratch("h.tgz"), "wanted", NULL, -1, &err), -1);
    assert_string_equal(err.code, "EFORMAT");
    if (take(in_scratch("h.tgz"), "wanted", wanted.sha256, 4, &err) < 0) fail_msg("%s", err.message);
    assert_file(in_scratch("taken"), "text");
    assert_int_equal(unlink(in_scratch("taken")), 0);
  }
}

/* Passing over ends there, too. */
static void damage_is_noticed_while_passing_over(void **state) {
  (void)state;
  static const char digest[] = "982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1";
  pi_err err = {"", ""};
  tar_header(&image, "before", '0', 5000, NULL);
  gzip_write(in_scratch("h.tgz"), image.bytes, image.size, sizeof image.bytes);
  image.size = 0;
  int fd = open(in_scratch("h.tgz"), O_WRONLY | O_APPEND | O_CLOEXEC);
  assert_int_equal(write(fd, "other", 5), 5);
  assert_int_equal(close(fd), 0);
  assert_int_equal(take(in_scratch("h.tgz"), "wanted", digest, -1, &err), -1);
  assert_string_equal(err.code, "ETRAILING");
  assert_int_equal(count_entries(scratch), 1);
}

/* Whoever passes over a member believes them; whoever unpacks it does not. */
static void sizes_that_members_tell_may_lie(void **state) {
  (void)state;
  enum { PACKED = 16, UNPACKED = 20 };
  static const uint32_t lies[] = {0, 1, 31, 33, 0x10000, 0x10001, 0x7fffffff, 0x80000000, 0xffffffff};
  pi_archive_sum wanted;
  write_two(300000, 65536, &wanted);
  off_t second = (off_t)number_at(PACKED);
  for (int field = PACKED; field <= UNPACKED; field += UNPACKED - PACKED) {
    uint32_t truth = number_at(second + field);
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
      pi_err err = {"", ""};
      patch(second + field, &lies[i], sizeof lies[i]);
      bool taken = take(in_scratch("h.tgz"), "wanted", wanted.sha256, 4, &err) == 0;
      if (!taken && (err.code[0] != 'E' || exists(in_scratch("taken")))) fail_msg("%s: %s", err.code, err.message);
      if (taken) assert_file(in_scratch("taken"), "text");
      assert_int_equal(take(in_scratch("h.tgz"), "wanted", NULL, -1, &err), 0);
      assert_int_equal(unlink(in_scratch("taken")), 0);
      assert_int_equal(count_entries(scratch), 1);
    }
    patch(second + field, &truth, sizeof truth);
  }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(names_that_lead_out_are_refused),
      TEST(what_is_no_file_is_refused),
      TEST(a_name_twice_is_refused),
      TEST(cut_off_archives_are_refused),
      TEST(every_cut_is_noticed),
      TEST(sizes_that_lie_are_refused),
      TEST(what_follows_the_end_is_refused),
      TEST(what_is_no_archive_is_refused),
      TEST(every_changed_byte_is_noticed_or_harmless),
      TEST(bombs_hit_the_limits),
      TEST(extraction_checks_size_and_digest),
      TEST(extraction_stops_early_only_with_a_digest),
      TEST(what_is_passed_over_may_be_damaged),
      TEST(damage_is_noticed_while_passing_over),
      TEST(sizes_that_members_tell_may_lie),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
