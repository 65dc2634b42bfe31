/* The part of a recording that puts files in place (replay.h). Not for others. */
#ifndef PIENV_CORE_REPLAY_PLACE_H
#define PIENV_CORE_REPLAY_PLACE_H

#include "core/replay_facts.h"

enum { PI_REPLAY_FILES = 16 };

typedef struct pi_replay_file {
  const char *way, *name;
  unsigned mode;
  const char *source; /* facts */
  char *placed;       /* facts; replaced when it is placed anew */
  bool missing;       /* in `to` */
  pi_fs_stat stat;    /* as it is in `to` */
} pi_replay_file;

typedef struct pi_replay_place {
  char *from, *to; /* ROOT<tab>PATH */
  pi_replay_file files[PI_REPLAY_FILES];
  size_t count;
  char *journal_facts; /* device, inode and size */
  const char *journal, *about, *event;
} pi_replay_place;

typedef enum pi_replay_outcome { PI_REPLAY_LEFT, PI_REPLAY_KEPT, PI_REPLAY_PLACED } pi_replay_outcome;

/* Finds the files in place or puts them there. PI_REPLAY_LEFT: the folder is as it was. */
pi_replay_outcome pi_replay_place_run(pi_replay_place *p);

#endif
