/* From vfork to exec: see process.h.
 *
 * vfork instead of fork: the child borrows our memory until exec, so nothing is copied however large pienv has grown;
 * bare posix_spawn does the same. It cannot be used itself: it has no parent-death signal, looks the program up in our
 * PATH, and reports neither which step failed. What the child calls is async-signal-safe and touches only its own
 * stack and what it has to tell. It may also be a true fork (emulators make one of it): until a child has been seen to
 * write into our memory, errors come back through a pipe. */
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/process_internal.h"

/* Asks the kernel to kill this process when the thread that started it dies; false when that one is dead already. */
static bool os_die_with(pid_t parent);

/* Keeps every descriptor from 3 on out of the program that is executed. */
static void os_close_on_exec(void);

/* What a child has written into our memory. */
typedef struct borrowed {
  bool touched; /* it is ours */
  pi_process_failure failed;
} borrowed;

typedef struct child {
  const pi_process_plan *plan;
  const int *fds;
  int report; /* where a failure is written; -1: to `told` */
  volatile borrowed *told;
  pid_t parent;
} child;

static _Noreturn void give_up(const child *c, pi_process_stage at, int errnum) {
  pi_process_failure f = {at, errnum};
  ssize_t ignored = c->report >= 0 ? write(c->report, &f, sizeof f) : 0;
  (void)ignored;
  c->told->failed.at = at;
  c->told->failed.errnum = errnum;
  _exit(127);
}

/* Handlers are ours and must not run in borrowed memory. What was ignored stays ignored (nohup), but for SIGPIPE and
 * SIGXFSZ, which pienv takes for itself. Only signals that the core has handlers for: to ask for all of them costs
 * every child two dozen calls, and exec takes the handlers of others away. */
static void reset_signals(void) {
  static const int ours[] = {SIGHUP, SIGINT, SIGTERM, SIGPIPE, SIGXFSZ, SIGCHLD, SIGURG, SIGBUS};
  struct sigaction action, standard = {.sa_handler = SIG_DFL};
  for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
    bool kept = sigaction(ours[i], &standard, &action) == 0 && action.sa_handler == SIG_IGN;
    if (kept && ours[i] != SIGPIPE && ours[i] != SIGXFSZ) (void)sigaction(ours[i], &action, NULL);
  }
}

static void place_descriptors(const child *c) {
  for (int i = 0; i < 3; i++)
    if (c->fds[i] >= 0 && dup2(c->fds[i], i) < 0) give_up(c, PI_STAGE_PREPARE, errno);
}

enum { BUSY_TRIES = 200 }; /* a millisecond each */

/* Runs the program unless that fails. One that this process has just written may be open for writing still: in a child
 * that another thread started meanwhile and that is not yet at its own program (ETXTBSY). That soon ends. */
static void try_program(const child *c, const char *path) {
  static const struct timespec pause = {.tv_nsec = 1000000};
  for (int i = 0; i < BUSY_TRIES; i++) {
    (void)execve(path, (char *const *)c->plan->argv, (char *const *)c->plan->envp); /* it changes none of them */
    if (errno != ETXTBSY) return;
    (void)nanosleep(&pause, NULL);
  }
  errno = ETXTBSY;
}

/* As execvp searches, without its shell: a folder that lacks the program is passed by, EACCES is remembered. */
static int execute(const child *c) {
  int errnum = ENOENT;
  for (char **path = c->plan->candidates; *path != NULL; path++) {
    try_program(c, *path);
    if (errno == EACCES) errnum = EACCES;
    if (errno != EACCES && errno != ENOENT && errno != ENOTDIR) return errno;
  }
  return errnum;
}

static _Noreturn void run_child(const child *c) {
  sigset_t none;
  c->told->touched = true;
  (void)setpgid(0, 0);
  if (!os_die_with(c->parent)) _exit(127);
  reset_signals();
  (void)umask(c->plan->mask);
  place_descriptors(c);
  if (c->plan->cwd != NULL && chdir(c->plan->cwd) < 0) give_up(c, PI_STAGE_ENTER, errno);
  os_close_on_exec();
  (void)sigemptyset(&none);
  (void)sigprocmask(SIG_SETMASK, &none, NULL);
  give_up(c, PI_STAGE_RUN, execute(c));
}

/* Signals are blocked meanwhile, so that none is handled in borrowed memory. */
static pid_t start(const child *c) {
  sigset_t all, old;
  (void)sigfillset(&all);
  (void)sigprocmask(SIG_SETMASK, &all, &old);
  pid_t pid = vfork(); /* NOLINT: see the head of this file */
  if (pid == 0) run_child(c);
  int errnum = errno;
  (void)sigprocmask(SIG_SETMASK, &old, NULL);
  errno = errnum;
  return pid;
}

/* What the pipe tells: it ends without a byte when the program runs. */
static pi_process_failure read_report(int report) {
  pi_process_failure f;
  ssize_t n;
  do n = read(report, &f, sizeof f);
  while (n < 0 && errno == EINTR);
  if (n == 0) return (pi_process_failure){0};
  return n == sizeof f ? f : (pi_process_failure){PI_STAGE_PREPARE, EIO};
}

/* vfork returns when the child has given the memory back, with all that it has written there. */
static pi_process_failure exec_borrowed(pid_t *pid, child *c) {
  c->report = -1;
  *pid = start(c);
  if (*pid < 0) return (pi_process_failure){PI_STAGE_RUN, errno};
  return (pi_process_failure){c->told->failed.at, c->told->failed.errnum};
}

static pi_process_failure exec_piped(pid_t *pid, child *c) {
  int ends[2];
  if (pi_process_pipe(ends) < 0) return (pi_process_failure){PI_STAGE_PIPE, errno};
  c->report = ends[1];
  *pid = start(c);
  pi_process_failure f = {PI_STAGE_RUN, errno};
  (void)close(ends[1]);
  if (*pid >= 0) f = read_report(ends[0]);
  (void)close(ends[0]);
  return f;
}

pi_process_failure pi_process_exec(pid_t *pid, const pi_process_plan *plan, const int fds[3]) {
  static atomic_bool borrows; /* a child has written into our memory: vfork is one */
  volatile borrowed told = {.touched = false};
  child c = {.plan = plan, .fds = fds, .told = &told, .parent = getpid()};
  pid_t started = -1;
  pi_process_failure failed = atomic_load(&borrows) ? exec_borrowed(&started, &c) : exec_piped(&started, &c);
  if (told.touched) atomic_store(&borrows, true);
  if (failed.errnum == 0)
    *pid = started;
  else if (started > 0)
    while (waitpid(started, NULL, 0) < 0 && errno == EINTR) continue;
  return failed;
}

#if defined(__linux__)

#include <limits.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static bool os_die_with(pid_t parent) {
  (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
  return getppid() == parent;
}

#else

static bool os_die_with(pid_t parent) { return getppid() == parent; }

#endif

#if defined(SYS_close_range)

#define CLOSE_ON_EXEC 4u /* CLOSE_RANGE_CLOEXEC, Linux 5.11: `report` is needed until exec */

static int mark_all(void) { return (int)syscall(SYS_close_range, 3u, UINT_MAX, CLOSE_ON_EXEC); }

#else

static int mark_all(void) { return -1; }

#endif

/* Our own descriptors are close-on-exec from birth; this is for what pienv itself inherited. Older kernels: as many as
 * a process usually may have. */
static void os_close_on_exec(void) {
  if (mark_all() == 0) return;
  for (int fd = 3; fd < 1024; fd++) (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
}
