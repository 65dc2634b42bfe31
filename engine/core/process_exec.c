/* From vfork to exec: see process.h.
 *
 * vfork instead of fork: the child borrows our memory until exec, so nothing is copied however large pienv has grown;
 * bare posix_spawn does the same. It cannot be used itself: it has no parent-death signal, looks the program up in our
 * PATH, and reports neither which step failed. What the child calls is async-signal-safe and touches only its own
 * stack and what it has to tell. It may also be a true fork (emulators make one of it): until a child has been seen to
 * write into our memory, errors come back through a pipe. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/process_internal.h"

/* Asks the kernel to kill this process when the thread that started it dies; false when that one is dead already. */
static bool os_die_with(pid_t parent);

/* Keeps every descriptor from 3 on out of the program that is executed. */
static void os_close_on_exec(void);

typedef enum stage { STAGE_RUN, STAGE_ENTER, STAGE_PREPARE } stage;

typedef struct failure {
  stage at;
  int errnum;
} failure;

/* What a child has written into our memory. */
typedef struct borrowed {
  bool touched;   /* it is ours */
  failure failed; /* errnum 0: it has not */
} borrowed;

typedef struct exec_plan {
  const pi_process_spec *spec;
  const int *fds;
  const char *const *envp;
  char **candidates; /* the paths to try, in order; ends with NULL */
  int report;        /* where a failure is written; -1: to `told` */
  volatile borrowed *told;
  pid_t parent;
} exec_plan;

extern char **environ;

static const char *path_of(const char *const *envp) {
  for (; *envp != NULL; envp++)
    if (strncmp(*envp, "PATH=", 5) == 0) return *envp + 5;
  return "/bin:/usr/bin"; /* what execvp takes without a PATH */
}

/* Writes "<folder>/<program>" at *at and moves it behind; an empty folder means the current one. */
static char *add_candidate(char **at, const char *folder, size_t size, const char *program) {
  char *made = *at;
  if (size == 0) folder = ".", size = 1;
  memcpy(*at, folder, size);
  (*at)[size] = '/';
  memcpy(*at + size + 1, program, strlen(program) + 1);
  *at += size + 1 + strlen(program) + 1;
  return made;
}

/* One block: the pointers, then the texts. */
static char **make_candidates(const char *program, const char *path) {
  size_t folders = 1, length = strlen(program);
  for (const char *c = path; *c != '\0'; c++) folders += *c == ':';
  char **list = malloc((folders + 1) * sizeof *list + strlen(path) + folders * (length + 3));
  if (list == NULL) return NULL;
  char *text = (char *)(list + folders + 1);
  size_t n = 0;
  for (const char *folder = path;; n++) {
    size_t size = strcspn(folder, ":");
    list[n] = add_candidate(&text, folder, size, program);
    if (folder[size] == '\0') break;
    folder += size + 1;
  }
  list[n + 1] = NULL;
  return list;
}

static char **find_program(const char *program, const char *const *envp) {
  if (strchr(program, '/') == NULL && program[0] != '\0') return make_candidates(program, path_of(envp));
  char **only = malloc(2 * sizeof *only + strlen(program) + 1);
  if (only == NULL) return NULL;
  only[0] = memcpy(only + 2, program, strlen(program) + 1);
  only[1] = NULL;
  return only;
}

static _Noreturn void give_up(const exec_plan *plan, stage at, int errnum) {
  failure f = {at, errnum};
  ssize_t ignored = plan->report >= 0 ? write(plan->report, &f, sizeof f) : 0;
  (void)ignored;
  plan->told->failed.at = at;
  plan->told->failed.errnum = errnum;
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

static void place_descriptors(const exec_plan *plan) {
  for (int i = 0; i < 3; i++)
    if (plan->fds[i] >= 0 && dup2(plan->fds[i], i) < 0) give_up(plan, STAGE_PREPARE, errno);
}

/* As execvp searches, without its shell: a folder that lacks the program is passed by, EACCES is remembered. */
static int execute(const exec_plan *plan) {
  int errnum = ENOENT;
  for (char **path = plan->candidates; *path != NULL; path++) {
    (void)execve(*path, (char *const *)plan->spec->argv, (char *const *)plan->envp); /* it changes none of them */
    if (errno == EACCES) errnum = EACCES;
    if (errno != EACCES && errno != ENOENT && errno != ENOTDIR) return errno;
  }
  return errnum;
}

static _Noreturn void run_child(const exec_plan *plan) {
  sigset_t none;
  plan->told->touched = true;
  (void)setpgid(0, 0);
  if (!os_die_with(plan->parent)) _exit(127);
  reset_signals();
  place_descriptors(plan);
  if (plan->spec->cwd != NULL && chdir(plan->spec->cwd) < 0) give_up(plan, STAGE_ENTER, errno);
  os_close_on_exec();
  (void)sigemptyset(&none);
  (void)sigprocmask(SIG_SETMASK, &none, NULL);
  give_up(plan, STAGE_RUN, execute(plan));
}

/* Signals are blocked meanwhile, so that none is handled in borrowed memory. */
static pid_t start(const exec_plan *plan) {
  sigset_t all, old;
  (void)sigfillset(&all);
  (void)sigprocmask(SIG_SETMASK, &all, &old);
  pid_t pid = vfork(); /* NOLINT: see the head of this file */
  if (pid == 0) run_child(plan);
  int errnum = errno;
  (void)sigprocmask(SIG_SETMASK, &old, NULL);
  errno = errnum;
  return pid;
}

static int fail(const pi_process_spec *spec, const failure *f, pi_err *err) {
  if (f->at == STAGE_ENTER) return pi_err_os(err, f->errnum, "enter", spec->cwd);
  if (f->at == STAGE_PREPARE) return pi_err_os(err, f->errnum, "prepare", spec->argv[0]);
  return pi_err_os(err, f->errnum, "run", spec->argv[0]);
}

/* What the pipe tells: it ends without a byte when the program runs. */
static failure read_report(int report) {
  failure f;
  ssize_t n;
  do n = read(report, &f, sizeof f);
  while (n < 0 && errno == EINTR);
  if (n == 0) return (failure){STAGE_RUN, 0};
  return n == sizeof f ? f : (failure){STAGE_PREPARE, EIO};
}

/* The child has begun to run its program, or has failed and ended. */
static int judge(pid_t pid, failure f, const pi_process_spec *spec, pi_err *err) {
  if (f.errnum == 0) return 0;
  while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
  return fail(spec, &f, err);
}

/* vfork returns when the child has given the memory back, with all that it has written there. */
static int exec_borrowed(pid_t *pid, exec_plan *plan, pi_err *err) {
  plan->report = -1;
  *pid = start(plan);
  if (*pid < 0) return pi_err_os(err, errno, "run", plan->spec->argv[0]);
  failure f = {plan->told->failed.at, plan->told->failed.errnum};
  return judge(*pid, f, plan->spec, err);
}

static int exec_piped(pid_t *pid, exec_plan *plan, pi_err *err) {
  int ends[2];
  if (pi_process_pipe(ends) < 0) return pi_err_os(err, errno, "create", "pipe");
  plan->report = ends[1];
  *pid = start(plan);
  int errnum = errno;
  (void)close(ends[1]);
  int result = *pid < 0 ? pi_err_os(err, errnum, "run", plan->spec->argv[0])
                        : judge(*pid, read_report(ends[0]), plan->spec, err);
  (void)close(ends[0]);
  return result;
}

int pi_process_exec(pid_t *pid, const pi_process_spec *spec, const int fds[3], pi_err *err) {
  static bool borrows; /* a child has written into our memory: vfork is one */
  volatile borrowed told = {.touched = false};
  exec_plan plan = {.spec = spec,
                    .fds = fds,
                    .envp = spec->envp != NULL ? spec->envp : (const char *const *)environ,
                    .told = &told,
                    .parent = getpid()};
  pid_t child = -1;
  plan.candidates = find_program(spec->argv[0], plan.envp);
  if (plan.candidates == NULL) return pi_err_os(err, ENOMEM, "run", spec->argv[0]);
  int result = borrows ? exec_borrowed(&child, &plan, err) : exec_piped(&child, &plan, err);
  borrows = borrows || told.touched;
  if (result == 0) *pid = child;
  free(plan.candidates);
  return result;
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
