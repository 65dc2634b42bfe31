/* Functions that this code base does not use, as compile errors; the reason for each stands beside it.
 * Comes with err.h. The headers that declare them are read first, so that the macros meet only calls. */
#ifndef PIENV_CORE_BANNED_H
#define PIENV_CORE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#undef strcpy
#undef strcat
#undef sprintf
#undef vsprintf
#undef strtok
#undef mktemp
#undef tmpnam
#undef tempnam
#undef system
#undef popen
#undef alloca
#define strcpy(...) pi_banned_no_bound_use_snprintf
#define strcat(...) pi_banned_no_bound_use_snprintf
#define sprintf(...) pi_banned_no_bound_use_snprintf
#define vsprintf(...) pi_banned_no_bound_use_vsnprintf
#define strtok(...) pi_banned_hidden_state_use_strcspn
#define mktemp(...) pi_banned_race_use_fs_mktemp
#define tmpnam(...) pi_banned_race_use_fs_mktemp
#define tempnam(...) pi_banned_race_use_fs_mktemp
#define system(...) pi_banned_shell_use_process
#define popen(...) pi_banned_shell_use_process
#define alloca(...) pi_banned_unbounded_stack

#endif
