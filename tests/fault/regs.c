/* Registers by processor: see regs.h. */
#include "regs.h"

#include <elf.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

#if defined(__x86_64__)

static unsigned long long *argument(struct user_regs_struct *regs, int index) {
  unsigned long long *const order[] = {&regs->rdi, &regs->rsi, &regs->rdx, &regs->r10, &regs->r8, &regs->r9};
  return order[index];
}

int regs_skip_call(pid_t tid) {
  struct user_regs_struct regs;
  if (ptrace(PTRACE_GETREGS, tid, NULL, &regs) < 0) return -1;
  regs.orig_rax = (unsigned long long)-1;
  return (int)ptrace(PTRACE_SETREGS, tid, NULL, &regs);
}

int regs_set_arg(pid_t tid, int index, uint64_t value) {
  struct user_regs_struct regs;
  if (ptrace(PTRACE_GETREGS, tid, NULL, &regs) < 0) return -1;
  *argument(&regs, index) = value;
  return (int)ptrace(PTRACE_SETREGS, tid, NULL, &regs);
}

int regs_set_result(pid_t tid, int64_t value) {
  struct user_regs_struct regs;
  if (ptrace(PTRACE_GETREGS, tid, NULL, &regs) < 0) return -1;
  regs.rax = (unsigned long long)value;
  return (int)ptrace(PTRACE_SETREGS, tid, NULL, &regs);
}

#elif defined(__aarch64__)

static int set_register(pid_t tid, int index, uint64_t value) {
  struct user_regs_struct regs;
  struct iovec all = {&regs, sizeof regs};
  if (ptrace(PTRACE_GETREGSET, tid, (void *)NT_PRSTATUS, &all) < 0) return -1;
  regs.regs[index] = value;
  return (int)ptrace(PTRACE_SETREGSET, tid, (void *)NT_PRSTATUS, &all);
}

int regs_skip_call(pid_t tid) {
  int none = -1; /* the number of the call is not one of the general registers here */
  struct iovec call = {&none, sizeof none};
  return (int)ptrace(PTRACE_SETREGSET, tid, (void *)NT_ARM_SYSTEM_CALL, &call);
}

int regs_set_arg(pid_t tid, int index, uint64_t value) { return set_register(tid, index, value); }

int regs_set_result(pid_t tid, int64_t value) { return set_register(tid, 0, (uint64_t)value); }

#else
#error "the fault runner knows the registers of x86-64 and arm64 only"
#endif
