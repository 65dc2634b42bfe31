/* libgit2's allocations under the failing allocator: never failed, because libgit2 1.5 itself leaks where one of its
 * own fails, but seen, so that what the engine forgets to free of libgit2's is found. */
#ifndef PIENV_TESTS_GIT_ALLOC_H
#define PIENV_TESTS_GIT_ALLOC_H

/* Before libgit2 starts. Returns 0, or what libgit2 says. */
int git_alloc_use(void);

#endif
