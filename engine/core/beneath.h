/* Opening folders beneath a root that others may write to, without being led out of it.
 *
 * pienv may run as root in a tree of a user it does not trust. A path read from a file of that tree, or any path while
 * the user swaps folders for symbolic links, is resolved here: never through a link, never above the root.
 * Results are descriptors, or -1 and errno, as in io.h. */
#ifndef PIENV_CORE_BENEATH_H
#define PIENV_CORE_BENEATH_H

#include <stdbool.h>

#include "core/err.h"

/* Opens the folder `path` beneath the folder `root`, readable and syncable; "" is the root itself. A symbolic link on
 * the way is ELOOP or ENOTDIR; an absolute path or ".." is EXDEV. */
int pi_beneath_open(int root, const char *path);

/* The same, one component at a time without openat2(2): what older kernels and other systems get. With `create`
 * missing folders are created. */
int pi_beneath_open_by_parts(int root, const char *path, bool create);

/* Opens the folder that holds `path` beneath `root`, and points *base at the last part of `path`. */
int pi_beneath_open_folder_of(int root, const char *path, const char **base);

enum { PI_BENEATH_NAME_SIZE = 32 }; /* "/proc/self/fd/" and a number */

/* A path that means the very folder of a descriptor for as long as it is open, wherever somebody moves it and whatever
 * takes its name; "" where the system has no such paths. */
void pi_beneath_name(char name[PI_BENEATH_NAME_SIZE], int folder);

/* *out: `path` relative to the folder `root` (an absolute path without links or dots), by text, without "." and double
 * slashes, to be freed by the caller. An absolute `path` must begin with `root`, a relative one counts from there.
 * -1: "EXDEV" when it leads out of the root, "EISDIR" when it is the root. */
int pi_beneath_relative(char **out, const char *root, const char *path, pi_err *err);

/* Is it relative, not empty, and without empty parts, "." and ".."? */
bool pi_beneath_is_plain(const char *path);

#endif
