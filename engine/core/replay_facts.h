/* The facts of a file as a recording has them (replay.h). Not for others. */
#ifndef PIENV_CORE_REPLAY_FACTS_H
#define PIENV_CORE_REPLAY_FACTS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/fs.h"

/* "<device> <inode> <size> <nanoseconds> <mode> <owner>", each 20 wide, 8 for the mode, 10 for the owner. */
enum { PI_REPLAY_NUMBER = 20, PI_REPLAY_FACTS = 4 * (PI_REPLAY_NUMBER + 1) + 8 + 1 + 10 };

enum { PI_REPLAY_JOURNAL = 3 * PI_REPLAY_NUMBER + 2 }; /* "<device> <inode> <size>" */

/* Writes them, without a NUL. */
void pi_replay_facts_put(char out[PI_REPLAY_FACTS], const pi_fs_stat *stat);

/* Whether the text has the facts of this file. */
bool pi_replay_facts_are(const char *text, const pi_fs_stat *stat);

/* Takes them off the front of a line, with the space behind; NULL where there are none. */
char *pi_replay_facts_take(char **line);

#endif
