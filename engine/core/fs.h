/* Files and folders.
 *
 * Paths are bytes: anything but NUL. Every failure names the path, or both: "rename <src> to <dst>: <reason>".
 * Interrupted system calls go on; a long copy gives up with "EINTR" when a signal is pending (interrupt.h).
 *   fs_stat.c   pi_fs_stat_*, realpath, cwd, readlink, user      what is there
 *   fs_write.c  read, write, link, symlink, rename, chmod, remove, sync   one file
 *   fs_copy.c   copy                                              one file, the cheapest way the file system has
 *   fs_tree.c   list, mkdirs, mkdtemp, remove_tree                folders
 *   fs_fingerprint.c  fingerprint                                 whether content may have changed
 *   fs_share.c  append, chown, space                              what several users share */
#ifndef PIENV_CORE_FS_H
#define PIENV_CORE_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/err.h"
#include "core/names.h"
#include "core/sha256.h"

struct stat;

typedef struct pi_fs_stat {
  const char *type; /* "file", "directory", "link", "socket", "pipe", "block", "character" */
  uint64_t size;    /* bytes */
  unsigned mode;    /* permission bits, 0 to 07777 */
  unsigned uid, gid;
  int64_t mtime_ns; /* since 1970 */
  uint64_t inode, device, links;
} pi_fs_stat;

/* Facts about `path`; of a symbolic link itself unless `follow`. -1: "stat <path>: <reason>". */
int pi_fs_stat_path(pi_fs_stat *out, const char *path, bool follow, pi_err *err);

/* The same facts out of what the system told. */
void pi_fs_stat_from(pi_fs_stat *out, const struct stat *st);

/* Adds to `hash` what tells that the content of the regular file `path` may have changed: the path, device, inode,
 * size, and the times of the last modification and the last change. Relative to the open folder `folder`; links are
 * followed. *newest_ns becomes the later of those times where they are later than it is: a file that may have been
 * written in the same tick of the clock as this look must be compared by its content. -1: "stat <path>: <reason>",
 * "EISDIR" for a folder, "EINVAL" for what is neither. */
int pi_fs_fingerprint(pi_sha256 *hash, int64_t *newest_ns, int folder, const char *path, pi_err *err);

/* The same of the file `name` in the open folder `folder`, which is called `path`. */
int pi_fs_fingerprint_in(pi_sha256 *hash, int64_t *newest_ns, int folder, const char *name, const char *path,
                         pi_err *err);

/* *out: an absolute path without links and dots, to be freed by the caller. -1: "resolve <path>: <reason>". */
int pi_fs_realpath(char **out, const char *path, pi_err *err);

/* *out: the current folder, to be freed by the caller. */
int pi_fs_cwd(char **out, pi_err *err);

/* *out: what the symbolic link holds, to be freed by the caller. -1: "read link <path>: <reason>". */
int pi_fs_readlink(char **out, const char *path, pi_err *err);

/* *out: the login name of a user out of /etc/passwd, or the number as text where it has none; to be freed by the
 * caller. The name services are not asked: they are shared libraries and may ask the network. */
int pi_fs_owner_name(char **out, unsigned uid, pi_err *err);

typedef struct pi_fs_bytes {
  char *bytes; /* NUL-terminated for convenience; the NUL does not count */
  size_t size;
} pi_fs_bytes;

/* Frees and leaves the empty state; safe twice. */
void pi_fs_bytes_release(pi_fs_bytes *bytes);

/* The whole content of the regular file `path`, and the facts of the very descriptor that was read (for trust checks
 * without a race). `limit`: most bytes allowed, 0: any number; more fails with "EFBIG". A pipe or a device is refused
 * without waiting for it. out must be empty. -1: "read <path>: <reason>". */
int pi_fs_read(pi_fs_bytes *out, pi_fs_stat *stat, const char *path, size_t limit, pi_err *err);

/* The same, but a symbolic link is refused ("ELOOP"): for folders that others may write to. */
int pi_fs_read_nofollow(pi_fs_bytes *out, pi_fs_stat *stat, const char *path, size_t limit, pi_err *err);

typedef struct pi_fs_owner {
  unsigned uid, gid;
} pi_fs_owner;

typedef struct pi_fs_put {
  int mode;                 /* 0 to 0777; -1: the function's default */
  bool sync;                /* is on disk when the function returns */
  bool nofollow;            /* copy: a symbolic link as src is refused ("ELOOP") */
  const pi_fs_owner *owner; /* given to the file before it has its name; NULL: who writes it */
} pi_fs_put;

/* Replaces or creates `path` at once (tmpfile.h). Default mode: that of the file it replaces, 0644 for a new one.
 * -1: "write <path>: <reason>" and the old file is as it was, or "sync folder of <path>: <reason>" and the new one is
 * in place (tmpfile.h); nothing is left behind. */
int pi_fs_write(const char *path, const void *bytes, size_t size, const pi_fs_put *put, pi_err *err);

/* Copies the content of the regular file `src` (symbolic links are followed) to `dst`, which is replaced at once and is
 * always a new inode. Default mode: that of src. *method: "reflink", "copy_file_range" or "read_write", a static
 * string. -1: "copy <src> to <dst>: <reason>", or as pi_fs_write; nothing is left behind. */
int pi_fs_copy(const char **method, const char *src, const char *dst, const pi_fs_put *put, pi_err *err);

/* The two halves of pi_fs_copy. Opens src, which must be a regular file: the descriptor, or -1. *mode: its permission
 * bits; dst is for messages. A symbolic link at src is ELOOP where it is not to be followed. */
int pi_fs_open_source(const char *src, const char *dst, bool follow, unsigned *mode, pi_err *err);

/* Gives an open file to `owner`, unless that is NULL. -1 and errno. */
int pi_fs_give(int fd, const pi_fs_owner *owner);

/* Makes the empty `out` share the blocks of `in`. -1 and errno: this file system, or this pair of them, cannot. */
int pi_fs_clone_content(int in, int out);

/* Is `in` on a file system that is known to share no blocks, so that a try would only cost a file? False is no promise.
 */
bool pi_fs_never_clones(int in);

/* Copies the content from one descriptor at its start to an empty one. Names are for messages. -1: errno is set, too.
 */
int pi_fs_copy_content(const char **method, int in, int out, const char *src, const char *dst, pi_err *err);

int pi_fs_link(const char *src, const char *dst, pi_err *err);
int pi_fs_symlink(const char *target, const char *path, pi_err *err);
int pi_fs_rename(const char *src, const char *dst, pi_err *err);
int pi_fs_chmod(const char *path, unsigned mode, pi_err *err);

/* Waits until a file or the entries of a folder are on disk. */
int pi_fs_sync(const char *path, pi_err *err);

/* Adds bytes at the end of a file, in one write where the file system takes them at once, so that appends of several
 * processes do not mix. A missing file is created with exactly `mode` (-1: 0666 less the umask); a symbolic link or
 * what is no regular file is refused. -1: "append to <path>: <reason>". */
int pi_fs_append(const char *path, const void *bytes, size_t size, int mode, pi_err *err);

/* Gives a file or folder another owner; of a symbolic link itself. A file with several names is refused ("EMLINK"):
 * somebody may have given a foreign file the name that is meant. -1: "change owner of <path>: <reason>". */
int pi_fs_chown(const char *path, const pi_fs_owner *owner, pi_err *err);

/* *free: bytes that the user may still write to the file system of `path`; *total: its size. */
int pi_fs_space(uint64_t *free, uint64_t *total, const char *path, pi_err *err);

/* Removes a file, a link or an empty folder. *removed: false where nothing was there. */
int pi_fs_remove(bool *removed, const char *path, pi_err *err);

/* Adds the names in a folder, sorted by bytes, without "." and "..". -1: "list <path>: <reason>". */
int pi_fs_list(pi_names *out, const char *path, pi_err *err);

/* Creates a folder and the missing ones above it, and adds those it created to `created`, outermost first. `mode` -1:
 * 0777 less the umask; otherwise exactly that for each created folder. All or none: after a failure what it had created
 * is removed again. -1: "create folder <path>: <reason>". */
int pi_fs_mkdirs(pi_names *created, const char *path, int mode, pi_err *err);

/* *out: a new folder <parent>/<prefix>-XXXXXX, mode 0700, to be freed by the caller. */
int pi_fs_mkdtemp(char **out, const char *parent, const char *prefix, pi_err *err);

/* Removes `path` and everything beneath it, and counts what it removed (0: nothing was there). Never follows a symbolic
 * link, not even one that is put in place while it works; does not leave the file system it started on ("EXDEV");
 * folders without write permission are made writable when the user owns them; what others delete meanwhile is fine.
 * Depth is not limited by stack or descriptors. -1: "remove <path>: <reason>", naming the entry that stayed. */
int pi_fs_remove_tree(size_t *removed, const char *path, pi_err *err);

#endif
