/* Terminals: what a descriptor is connected to, and text that cannot drive it. */
#ifndef PIENV_CORE_TERMINAL_H
#define PIENV_CORE_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

/* Is `fd` connected to a terminal? False for a closed descriptor too. */
bool pi_terminal_is_tty(int fd);

/* Does this process belong to the foreground of that terminal? True where it is not the one that controls us. */
bool pi_terminal_is_ours(int fd);

/* Size in characters. -1: "measure descriptor N: <reason>", ENOTTY where it is no terminal; ENODATA where the terminal
 * does not know its size. */
int pi_terminal_size(int *columns, int *rows, int fd, pi_err *err);

/* The most bytes that pi_terminal_sanitize writes for one byte of text. */
#define PI_TERMINAL_GROWTH 4

/* Writes `text` into `out`, which holds PI_TERMINAL_GROWTH * size bytes, so that a terminal can only show it: control
 * characters but the tab, bytes that are not UTF-8, and characters that reorder what stands around them (Unicode's
 * bidirectional overrides and isolates) become \n, \r, \xNN (byte) or \u{NNNN} (character). A backslash stays as it is:
 * this is for eyes, not for reading back. Returns the length. */
size_t pi_terminal_sanitize(char *out, const char *text, size_t size);

/* How many of the bytes of `text` (UTF-8 without control characters) fit into so many columns; `used` tells how many
 * columns these take. Wide characters count two, combining ones none, those that nobody knows two: rather a column too
 * few than a line that wraps. */
size_t pi_terminal_clip(int *used, const char *text, size_t size, int columns);

#endif
