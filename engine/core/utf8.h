/* UTF-8 (Unicode 15, table 3-7): what is well formed. */
#ifndef PIENV_CORE_UTF8_H
#define PIENV_CORE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Length in bytes, 1 to 4, of the character at `at`; 0 when the bytes there are none: overlong forms, surrogates,
 * values above U+10FFFF and sequences that reach past `left`, which is at least 1. */
size_t pi_utf8_length(const char *at, size_t left);

/* The code point of a well-formed character of `length` bytes. */
uint32_t pi_utf8_decode(const char *at, size_t length);

#endif
