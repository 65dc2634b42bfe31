/* Ends of a process at which nothing is written for gcov: linked into the core in a build for coverage
 * (tests/coverage/run), where every fork, _exit and raise comes here. */
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

void __gcov_dump(void);
void __gcov_reset(void);
_Noreturn void __real__exit(int status);
pid_t __real_fork(void);
int __real_raise(int signal_number);
_Noreturn void __wrap__exit(int status);
pid_t __wrap_fork(void);
int __wrap_raise(int signal_number);

static pid_t self; /* whose counters these are */

__attribute__((constructor)) static void remember(void) { self = getpid(); }

pid_t __wrap_fork(void) {
  pid_t pid = __real_fork();
  if (pid == 0) remember();
  return pid;
}

/* Before the counters are written at the end: processes of other users will write into the same files. */
__attribute__((destructor)) static void open_to_all(void) { (void)umask(0); }

/* A child of vfork counts for its parent, in whose memory it is. */
_Noreturn void __wrap__exit(int status) {
  if (getpid() == self) {
    open_to_all();
    __gcov_dump();
  }
  __real__exit(status);
}

/* SIGSTOP is raised in a handler, and ends nothing. */
int __wrap_raise(int signal_number) {
  if (signal_number == SIGSTOP) return __real_raise(signal_number);
  mode_t mask = umask(0);
  __gcov_dump();
  (void)umask(mask);
  __gcov_reset(); /* it may go on, and is then counted again */
  return __real_raise(signal_number);
}
