/* Patterns on paths, as git's ignore files have them. Not for others.
 *
 * In one part of a path: * any bytes, ? one byte, [a-z] and [!a-z] sets (with [:alpha:] and its like), \x x itself.
 * "**" as a whole part: any number of parts, none too; at the end at least one. */
#ifndef PIENV_CORE_GITTREE_GLOB_H
#define PIENV_CORE_GITTREE_GLOB_H

#include <stdbool.h>
#include <stddef.h>

/* Does the pattern match this text whole? A "/" is a byte as any other. */
bool pi_gittree_glob_part(const char *pattern, size_t pattern_size, const char *text, size_t size);

/* Does the pattern match this path whole, part by part? */
bool pi_gittree_glob_path(const char *pattern, const char *path);

/* Does it match the path, or a folder that the path is in? */
bool pi_gittree_glob_covers(const char *pattern, const char *path);

#endif
