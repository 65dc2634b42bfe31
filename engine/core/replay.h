/* A command that did something plain once can be done again without asking what to do: the recipe leaves a recording of
 * what its answer hung on and what it did, and the same command, while all of that holds, repeats it before there is
 * any Lua. What does not hold, or is in the least unusual, is left to the recipe; nothing was changed then.
 *
 * A recording says nothing that the recipe would not find out, and its loss costs only time. It is text, a line a fact,
 * in this order (spaces between the fields, paths to the end of the line or to a tab; docs/adr/0021-replay.md):
 *
 *   pienv-replay-1 IDENTITY                  of the command: program, folder, arguments
 *   env NAME=VALUE | unset NAME              what variables are
 *   real PATH<tab>RESULT                     what a path resolves to
 *   none PATH | folder PATH                  nothing has the name | a folder has it
 *   same FACTS PATH                          a file has these facts, itself and not what it links to
 *   git ROOT<tab>COMMONDIR<tab>COMMIT        a work tree with this HEAD, of the usual kind (gittree_plain.h)
 *   level N                                  the processor's level (cpu.h)
 *   input ID PATH ..., exempt PATTERN ...    what `clean` is about; the id is HEAD's, "-" for none
 *   clean MEMORY                             the memory of a clean tree still fits (gittree_state.h)
 *   from ROOT<tab>PATH, to ROOT<tab>PATH     folders beneath a root that others may write to (beneath.h)
 *   file WAY MODE FACTS FACTS NAME           in `from`, and as it was put into `to` ("hardlink", "copy", ...)
 *   journal DEVICE INODE SIZE PATH           where what is placed is told, and the file as it was after that
 *   about TEXT                               what later lines of it would have that tell of `to` anew
 *   event TEXT                               what is told: @s1 @m1 @i1 @d1 in quotes are facts of file 1, @now the time
 *   kept TEXT, placed TEXT                   what people are told; @s seconds, @ms milliseconds, @how the ways taken
 *   out TEXT                                 what is printed
 *   end
 *
 * FACTS are device, inode, size, time of change in nanoseconds, mode (octal) and owner, each of a fixed width, so that
 * new ones can take the place of the old. Each file of `to` is as it was put there, or missing: what is missing is
 * staged, told, and renamed, as recipes/cache/place.lua does it. Only the form is checked: a recording is the user's
 * own file, like a compiled program. */
#ifndef PIENV_CORE_REPLAY_H
#define PIENV_CORE_REPLAY_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/sha256.h"

#define PI_REPLAY_FORM "pienv-replay-1"

enum { PI_REPLAY_NAME = 4 };

typedef struct pi_replay_slot {
  char folder[PATH_MAX];             /* of all recordings */
  char name[PI_REPLAY_NAME];         /* one of 4096, so that they do not pile up */
  char identity[PI_SHA256_HEX_SIZE]; /* which command it must be of */
} pi_replay_slot;

/* Where the recording of a command is kept, beneath XDG_CACHE_HOME or HOME: arguments without the program's name. False
 * where there is no such place, or it is another user's. */
bool pi_replay_find(pi_replay_slot *slot, const char *const *arguments, size_t count);

/* Does what a recording says, if there is one and all holds. False: nothing has changed. */
bool pi_replay_run(const pi_replay_slot *slot);

#endif
