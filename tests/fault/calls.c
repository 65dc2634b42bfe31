/* The table of system calls: see calls.h. */
#include "calls.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { C = CALL_CHANGE, P = CALL_PROCESS, R = CALL_READ };

/* `files` says where the file arguments stand: p = path, a = folder descriptor and path, f = descriptor, and the index
 * of the (first) argument. */
typedef struct row {
  long number;
  const char *name;
  unsigned group;
  const char *files;
  int count_arg;
} row;

static const row rows[] = {
    {SYS_openat, "openat", C, "a0", -1},
    {SYS_openat2, "openat2", C, "a0", -1},
    {SYS_write, "write", C, "f0", 2},
    {SYS_pwrite64, "pwrite64", C, "f0", 2},
    {SYS_writev, "writev", C, "f0", -1},
    {SYS_pwritev, "pwritev", C, "f0", -1},
    {SYS_copy_file_range, "copy_file_range", C, "f2f0", 4},
    {SYS_sendfile, "sendfile", C, "f0f1", 3},
    {SYS_ioctl, "ioctl", C, "f0", -1},
    {SYS_fallocate, "fallocate", C, "f0", -1},
    {SYS_ftruncate, "ftruncate", C, "f0", -1},
    {SYS_truncate, "truncate", C, "p0", -1},
    {SYS_fsync, "fsync", C, "f0", -1},
    {SYS_fdatasync, "fdatasync", C, "f0", -1},
    {SYS_syncfs, "syncfs", C, "f0", -1},
    {SYS_flock, "flock", C, "f0", -1},
    {SYS_fcntl, "fcntl", C, "f0", -1},
    {SYS_fchmod, "fchmod", C, "f0", -1},
    {SYS_fchmodat, "fchmodat", C, "a0", -1},
    {SYS_fchown, "fchown", C, "f0", -1},
    {SYS_fchownat, "fchownat", C, "a0", -1},
    {SYS_utimensat, "utimensat", C, "a0", -1},
    {SYS_mkdirat, "mkdirat", C, "a0", -1},
    {SYS_mknodat, "mknodat", C, "a0", -1},
    {SYS_unlinkat, "unlinkat", C, "a0", -1},
    {SYS_linkat, "linkat", C, "a0a2", -1},
    {SYS_symlinkat, "symlinkat", C, "a1", -1},
    {SYS_renameat2, "renameat2", C, "a0a2", -1},
#ifdef SYS_renameat
    {SYS_renameat, "renameat", C, "a0a2", -1},
#endif
#ifdef SYS_rename /* the calls that newer processors do not have any more */
    {SYS_open, "open", C, "p0", -1},
    {SYS_creat, "creat", C, "p0", -1},
    {SYS_rename, "rename", C, "p0p1", -1},
    {SYS_unlink, "unlink", C, "p0", -1},
    {SYS_rmdir, "rmdir", C, "p0", -1},
    {SYS_mkdir, "mkdir", C, "p0", -1},
    {SYS_link, "link", C, "p0p1", -1},
    {SYS_symlink, "symlink", C, "p1", -1},
    {SYS_chmod, "chmod", C, "p0", -1},
    {SYS_chown, "chown", C, "p0", -1},
    {SYS_lchown, "lchown", C, "p0", -1},
    {SYS_fork, "fork", P, "", -1},
    {SYS_vfork, "vfork", P, "", -1},
    {SYS_stat, "stat", R, "p0", -1},
    {SYS_lstat, "lstat", R, "p0", -1},
    {SYS_access, "access", R, "p0", -1},
    {SYS_readlink, "readlink", R, "p0", -1},
#endif
    {SYS_clone, "clone", P, "", -1},
    {SYS_clone3, "clone3", P, "", -1},
    {SYS_execve, "execve", P, "p0", -1},
    {SYS_execveat, "execveat", P, "a0", -1},
    {SYS_exit_group, "exit_group", P, "", -1},
    {SYS_read, "read", R, "f0", 2},
    {SYS_pread64, "pread64", R, "f0", 2},
    {SYS_readv, "readv", R, "f0", -1},
    {SYS_fstat, "fstat", R, "f0", -1},
    {SYS_newfstatat, "newfstatat", R, "a0", -1},
    {SYS_statx, "statx", R, "a0", -1},
    {SYS_faccessat, "faccessat", R, "a0", -1},
    {SYS_faccessat2, "faccessat2", R, "a0", -1},
    {SYS_readlinkat, "readlinkat", R, "a0", -1},
    {SYS_getdents64, "getdents64", R, "f0", -1},
    {SYS_mmap, "mmap", R, "f4", -1},
};

enum { ROWS = sizeof rows / sizeof rows[0] };

/* Copies up to `size` bytes of the thread's memory; returns how many there were. A read that crosses into an unmapped
 * page gives what lies before it. */
static size_t peek(pid_t tid, uint64_t address, void *bytes, size_t size) {
  uint64_t page_end = (address | 4095) + 1;
  size_t first = page_end - address < size ? (size_t)(page_end - address) : size;
  struct iovec local = {bytes, size};
  struct iovec remote[2] = {{(void *)(uintptr_t)address, first}, {(void *)(uintptr_t)page_end, size - first}};
  ssize_t n = process_vm_readv(tid, &local, 1, remote, 2, 0);
  return n < 0 ? 0 : (size_t)n;
}

static void peek_string(pid_t tid, uint64_t address, char *text, size_t size) {
  size_t n = peek(tid, address, text, size - 1);
  text[n] = '\0';
}

static void cut_suffix(char *text, const char *suffix) {
  size_t n = strlen(text), m = strlen(suffix);
  if (n >= m && strcmp(text + n - m, suffix) == 0) text[n - m] = '\0';
}

/* What a descriptor of the thread stands for: a path, or something like "pipe:[123]"; "" when it is not open. */
static void descriptor_path(pid_t tid, int descriptor, char *path, size_t size) {
  char name[64];
  if (descriptor == AT_FDCWD)
    (void)snprintf(name, sizeof name, "/proc/%d/cwd", (int)tid);
  else
    (void)snprintf(name, sizeof name, "/proc/%d/fd/%d", (int)tid, descriptor);
  ssize_t n = readlink(name, path, size - 1);
  path[n < 0 ? 0 : n] = '\0';
  cut_suffix(path, " (deleted)");
}

static void at_path(pid_t tid, int folder, uint64_t address, char path[CALL_PATH_SIZE]) {
  char given[4096], base[4096];
  peek_string(tid, address, given, sizeof given);
  if (given[0] == '/') {
    (void)snprintf(path, CALL_PATH_SIZE, "%s", given);
    return;
  }
  descriptor_path(tid, folder, base, sizeof base);
  (void)snprintf(path, CALL_PATH_SIZE, "%s%s%s", base, given[0] != '\0' ? "/" : "", given);
}

static void find_files(call *c, pid_t tid, const char *files, const uint64_t args[CALL_ARGS]) {
  for (int i = 0; i < 2 && files[0] != '\0'; i++, files += 2) {
    int index = files[1] - '0';
    if (files[0] == 'p')
      at_path(tid, AT_FDCWD, args[index], c->paths[i]);
    else if (files[0] == 'a')
      at_path(tid, (int)args[index], args[index + 1], c->paths[i]);
    else
      descriptor_path(tid, (int)args[index], c->paths[i], sizeof c->paths[i]);
  }
}

static uint64_t open_flags(pid_t tid, const char *name, const uint64_t args[CALL_ARGS]) {
  uint64_t how = 0; /* the first field of struct open_how */
  if (strcmp(name, "open") == 0) return args[1];
  if (strcmp(name, "openat") == 0) return args[2];
  (void)peek(tid, args[2], &how, sizeof how);
  return how;
}

static int is_lock(uint64_t command) {
  return command == F_SETLK || command == F_SETLKW || command == F_OFD_SETLK || command == F_OFD_SETLKW;
}

/* A descriptor of a file that stays; not a pipe, a terminal, or memory. */
static int is_stored(const char *path) {
  return path[0] == '/' && strncmp(path, "/dev/", 5) != 0 && strncmp(path, "/proc/", 6) != 0 &&
         strncmp(path, "/memfd:", 7) != 0;
}

/* Some calls belong to their group only with certain arguments. */
static unsigned real_group(const row *r, const call *c, pid_t tid, const uint64_t args[CALL_ARGS]) {
  if (strncmp(r->name, "open", 4) == 0)
    return open_flags(tid, r->name, args) & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC) ? C : R;
  if (strcmp(r->name, "ioctl") == 0) return args[1] == FICLONE || args[1] == FICLONERANGE ? C : CALL_OTHER;
  if (strcmp(r->name, "fcntl") == 0) return is_lock(args[1]) ? C : CALL_OTHER;
  if (r->files[0] == 'f' && !is_stored(c->paths[0])) return CALL_OTHER;
  return r->group;
}

void call_describe(call *c, pid_t tid, uint64_t number, const uint64_t args[CALL_ARGS]) {
  const row *r = NULL;
  c->paths[0][0] = c->paths[1][0] = '\0';
  c->group = CALL_OTHER;
  c->count_arg = -1;
  for (size_t i = 0; i < ROWS && r == NULL; i++)
    if (rows[i].number == (long)number) r = &rows[i];
  if (r == NULL) {
    (void)snprintf(c->name, sizeof c->name, "#%llu", (unsigned long long)number);
    return;
  }
  (void)snprintf(c->name, sizeof c->name, "%s", r->name);
  find_files(c, tid, r->files, args);
  c->group = real_group(r, c, tid, args);
  c->count_arg = r->count_arg;
}

unsigned call_group(const char *name) {
  static const struct {
    const char *name;
    unsigned group;
  } groups[] = {{"change", C}, {"process", P}, {"read", R}, {"all", CALL_ALL}};
  for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
    if (strcmp(groups[i].name, name) == 0) return groups[i].group;
  return 0;
}

int call_known(const char *name) {
  for (size_t i = 0; i < ROWS; i++)
    if (strcmp(rows[i].name, name) == 0) return 1;
  return 0;
}
