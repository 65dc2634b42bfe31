/* libFuzzer: listing and extracting from any bytes. The first byte says how the rest is meant: as it is (gzip), or as a
 * tar that is packed here, so that the checksums of gzip do not keep everything out. */
#include <libdeflate.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/archive.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { MOST = 1 << 16 };

static const pi_archive_limits LIMITS = {.bytes = 1 << 16, .members = 20, .ratio = 100};

/* The input as a file without a name. */
static int make_file(const uint8_t *bytes, size_t size) {
  static unsigned char packed[2 * MOST];
  static struct libdeflate_compressor *compressor;
  if (compressor == NULL) compressor = libdeflate_alloc_compressor(1);
  if (size > 0 && bytes[0] % 2 == 1) {
    size = libdeflate_gzip_compress(compressor, bytes + 1, size - 1, packed, sizeof packed);
    bytes = packed;
  } else if (size > 0) {
    bytes++;
    size--;
  }
  int fd = memfd_create("input", MFD_CLOEXEC);
  if (fd < 0 || write(fd, bytes, size) != (ssize_t)size) abort();
  return fd;
}

/* Whatever is listed can be extracted, has the size that the list says, and no name leads out. */
static void extract(const char *path, const pi_archive_member *member) {
  static const char target[] = "/dev/shm/pienv-fuzz-archive";
  const pi_archive_take take = {.limits = LIMITS, .size = (int64_t)member->size, .mode = 0600};
  pi_archive_taken taken;
  if (member->name[0] == '/' || strstr(member->name, "..") == member->name || member->name[0] == '\0') abort();
  if (member->folder) return;
  if (pi_archive_extract(&taken, path, member->name, target, &take, NULL) < 0 || taken.sum.size != member->size)
    abort();
}

/* With a digest what comes before is passed over, whatever its sizes are said to be; and this digest is of nothing. */
static void extract_what_is_not_there(const char *path) {
  static const char digest[] = "0000000000000000000000000000000000000000000000000000000000000000";
  const pi_archive_take take = {.limits = LIMITS, .size = -1, .sha256 = digest, .mode = 0600};
  pi_archive_taken taken;
  if (pi_archive_extract(&taken, path, "wanted", "/dev/shm/pienv-fuzz-archive", &take, NULL) == 0) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  char path[64];
  pi_archive_members members = {NULL, 0, 0};
  pi_err err;
  if (size > MOST) return 0;
  int fd = make_file(bytes, size);
  (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  int result = pi_archive_list(&members, path, &LIMITS, &err);
  if (result < 0 && (members.items != NULL || err.message[0] == '\0')) abort();
  if (result == 0 && members.count > 0) extract(path, &members.items[members.count - 1]);
  extract_what_is_not_there(path);
  pi_archive_members_release(&members);
  (void)close(fd);
  return 0;
}
