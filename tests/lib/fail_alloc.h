/* An allocator that fails on demand and knows what is still allocated.
 *
 * Link fail_alloc.c with the options that tests/CMakeLists.txt keeps in `fail_alloc`: the linker then sends every
 * malloc, calloc, realloc, free, strdup and strndup of the executable's objects and static libraries here. What libc
 * and shared libraries allocate for themselves is neither counted nor failed; it may be freed through here.
 * Works under AddressSanitizer, because the wrapped functions call the sanitizer's. Safe to use from threads. */
#ifndef PIENV_TESTS_FAIL_ALLOC_H
#define PIENV_TESTS_FAIL_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

/* Starts counting requests at 1 and fails the `nth` of them, and all later ones too when `onward` is set. 0: none.
 * Both kinds are needed: Lua tries a failed request again after a collection, so that one failure alone never
 * reaches its caller; while core code that goes on after one failure must be seen to clean up with working memory. */
void fail_alloc_start(size_t nth, bool onward);

/* No request fails any more; returns how many requests there were since the start. */
size_t fail_alloc_stop(void);

/* While paused, requests of the calling thread neither fail nor count; their blocks are live ones as any. */
void fail_alloc_pause(bool pause);

/* How many blocks are allocated now. */
size_t fail_alloc_live(void);

#endif
