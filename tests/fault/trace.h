/* Runs a command under ptrace, counts its system calls over all its processes and threads, and makes one go wrong. */
#ifndef PIENV_FAULT_TRACE_H
#define PIENV_FAULT_TRACE_H

#include <stdio.h>

#include "calls.h"

typedef enum fault { FAULT_NONE, FAULT_KILL_BEFORE, FAULT_KILL_AFTER, FAULT_ERROR, FAULT_SHORT, FAULT_RUN } fault;

typedef struct trace_plan {
  char **argv;
  /* Which calls count. */
  unsigned groups;    /* CALL_* */
  const char **names; /* these too, whatever their group (NULL-terminated), or NULL */
  int transfers;      /* of all these only those that move a number of bytes */
  const char *under;  /* of the calls that name files only those in this folder (absolute), or NULL */
  /* What happens at the `at`-th of them; to all after it too when `persistent`. */
  fault fault;
  unsigned long at;
  int persistent;
  int error;           /* FAULT_ERROR: errno value */
  unsigned long bytes; /* FAULT_SHORT: how many bytes the call is allowed to move */
  const char *run;     /* FAULT_RUN: what the shell runs before the call */
  double limit;        /* seconds, then everything is killed */
  double grace;        /* seconds that other processes may outlive the command itself */
  FILE *report;        /* lines "call" (when `list`) and "fault" go here */
  int list;
} trace_plan;

typedef struct trace_result {
  unsigned long counted, total; /* system calls of the selection, and all */
  unsigned long tasks;          /* processes and threads, over time */
  unsigned long faults;         /* how many calls were made to go wrong */
  int status;                   /* of the command itself, as from waitpid */
  unsigned left;                /* processes that had to be killed because they outlived the command */
  int timed_out;
} trace_result;

/* Returns 0 when the command and all its processes have ended, one way or the other; -1 with a message on stderr
 * when the command could not be traced. Nothing that it started runs afterwards. */
int trace_run(const trace_plan *plan, trace_result *result);

#endif
