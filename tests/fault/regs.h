/* Changing the system call that a stopped thread is about to make, or has made. Each returns 0, or -1 with errno. */
#ifndef PIENV_FAULT_REGS_H
#define PIENV_FAULT_REGS_H

#include <stdint.h>
#include <sys/types.h>

/* At entry: the call does not run. */
int regs_skip_call(pid_t tid);

/* At entry: argument `index` gets another value. */
int regs_set_arg(pid_t tid, int index, uint64_t value);

/* At exit: the call returns `value`; -errno means that it failed. */
int regs_set_result(pid_t tid, int64_t value);

#endif
