/* The system calls that the fault runner knows: what each does and which files it touches.
 *
 * Groups, as named on the command line:
 *   change    may change a file system: open for writing, write, rename, unlink, fsync, lock ...
 *   process   fork, exec, exit: the moments at which a half-made family of processes can be caught
 *   read      looks only, but may fail: open for reading, read, stat, directory lists, mapping a file
 *   all       every system call, known or not */
#ifndef PIENV_FAULT_CALLS_H
#define PIENV_FAULT_CALLS_H

#include <stdint.h>
#include <sys/types.h>

enum { CALL_CHANGE = 1, CALL_PROCESS = 2, CALL_READ = 4, CALL_OTHER = 8, CALL_ALL = 15 };

enum { CALL_PATH_SIZE = 8192, CALL_ARGS = 6 };

typedef struct call {
  char name[32];
  unsigned group;                /* one of CALL_* */
  int count_arg;                 /* index of the argument that is a number of bytes, or -1 */
  char paths[2][CALL_PATH_SIZE]; /* absolute, not canonical; "" where the call names no (second) file */
} call;

/* Fills *c for system call `number` that the stopped thread `tid` is about to make. */
void call_describe(call *c, pid_t tid, uint64_t number, const uint64_t args[CALL_ARGS]);

/* The group of that name, or 0. */
unsigned call_group(const char *name);

/* Non-zero when a system call of that name is known. */
int call_known(const char *name);

#endif
