/* Loading a shared library to see what happens: see dlprobe.h.
 *
 * Two processes, because the one that loads may die at any moment, and somebody must then tell how and end what it has
 * started. A fork is right here: this process is fresh from exec, has one thread and no Lua. */
#include "core/dlprobe.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/io.h"
#include "core/signals.h"
#include "core/time.h"

/* Seconds that killed descendants get to vanish; one that hangs in the kernel must not hold us up. */
static const double LINGER = 2;

enum { MOST_MESSAGE = 8192, MOST_SECONDS = 1000000 };

/* Makes descendants whose parent dies children of this process. */
static void os_adopt_orphans(void);

/* Asks the kernel to kill this process when its parent dies. */
static void os_die_with_parent(void);

/* Kills every child of this process, whatever its group. */
static void os_kill_children(void);

/* No core, not even one that the kernel would pipe to a handler. */
static void os_no_core(void);

/* Closes all descriptors from 3 on but `keep`. */
static void os_close_others(int keep);

/* Loads into a namespace of its own. */
static void *os_load_bare(const char *path);

/* Waits for one of the signals, which are blocked; 0 when `seconds` have passed. */
static int os_wait_signal(const sigset_t *signals, double seconds);

typedef struct request {
  double seconds;
  bool stubs;
  const char *path;
} request;

typedef struct probe {
  pid_t worker;
  int report; /* where the worker's answer comes from */
  double started;
} probe;

/* The CPU limit counts all threads of a process, so it allows for many; it is for what escapes the sweep. */
static void limit_worker(double seconds) {
  rlim_t whole = ((rlim_t)seconds + 1) * 64;
  struct rlimit cpu = {.rlim_cur = whole, .rlim_max = whole};
  (void)setrlimit(RLIMIT_CPU, &cpu);
  os_no_core();
}

/* Nothing of the library's may mix with what others say, and nothing of ours may be read by it. */
static void drop_descriptors(int report) {
  int null = pi_io_open(AT_FDCWD, "/dev/null", O_RDWR, 0);
  for (int fd = 0; fd < 3; fd++)
    if (null < 0 || dup2(null, fd) < 0) (void)close(fd);
  os_close_others(report);
}

/* Sanitizers and runtimes set handlers of their own: a fault shall end the worker as it would end any program. */
static void default_signals(void) {
  sigset_t none;
  for (int number = 1; number < 32; number++) (void)signal(number, SIG_DFL);
  (void)sigemptyset(&none);
  (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* One byte, L or R, and the loader's message; one write, which a pipe takes whole or not at all. */
static void answer(int report, const char *message) {
  char bytes[MOST_MESSAGE];
  int size = snprintf(bytes, sizeof bytes, "%c%s", message == NULL ? 'L' : 'R', message == NULL ? "" : message);
  ssize_t ignored = write(report, bytes, size < MOST_MESSAGE ? (size_t)size : MOST_MESSAGE - 1);
  (void)ignored;
}

static _Noreturn void work(const request *wanted, int report) {
  (void)setpgid(0, 0);
  os_die_with_parent();
  drop_descriptors(report);
  limit_worker(wanted->seconds);
  default_signals();
  void *library = wanted->stubs ? dlopen(wanted->path, RTLD_NOW | RTLD_LOCAL) : os_load_bare(wanted->path);
  const char *message = library == NULL ? dlerror() : NULL;
  answer(report, library == NULL && message == NULL ? "unknown error" : message);
  _exit(0); /* no destructor runs: what they do was not asked for */
}

static int start(probe *p, const request *wanted) {
  int ends[2];
  if (pipe(ends) < 0) return -1;
  if (fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0 || ends[1] < 3) goto fail; /* a descendant may hold the other end */
  p->started = pi_time_monotonic();
  p->worker = fork();
  if (p->worker == 0) work(wanted, ends[1]);
  if (p->worker < 0) goto fail;
  (void)setpgid(p->worker, p->worker); /* whichever of the two is first */
  (void)close(ends[1]);
  p->report = ends[0];
  return 0;
fail:
  (void)close(ends[0]);
  (void)close(ends[1]);
  return -1;
}

static pid_t reap(int *status) {
  pid_t reaped;
  do reaped = waitpid(-1, status, WNOHANG);
  while (reaped < 0 && errno == EINTR);
  return reaped;
}

/* Has the worker ended? It stays a zombie, so that nobody else gets its number, which is its group's too. */
static bool has_ended(const probe *p) {
  siginfo_t info = {.si_pid = 0};
  return waitid(P_PID, (id_t)p->worker, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == p->worker;
}

/* Kills the worker's group and then, generation after generation, what is left of its descendants; waits for all.
 * Returns how the worker ended. */
static int sweep(const probe *p) {
  double end = pi_time_monotonic() + LINGER;
  const struct timespec pause = {.tv_nsec = 1000000};
  int status = 0, worker_status = 0;
  (void)kill(-p->worker, SIGKILL);
  (void)kill(p->worker, SIGKILL); /* it may not have come to its group yet */
  for (pid_t reaped = 0; reaped >= 0 && pi_time_monotonic() < end;) {
    os_kill_children();
    reaped = reap(&status);
    if (reaped == p->worker) worker_status = status;
    if (reaped == 0) (void)nanosleep(&pause, NULL);
  }
  return worker_status;
}

/* Waits for the worker's end, the time limit (then `hangs`) or a signal that asks this process to stop, which it
 * returns. */
static int await(bool *hangs, const probe *p, double seconds) {
  static const int awaited[] = {SIGCHLD, SIGTERM, SIGINT, SIGHUP};
  sigset_t signals;
  (void)sigemptyset(&signals);
  for (size_t i = 0; i < sizeof awaited / sizeof awaited[0]; i++) (void)sigaddset(&signals, awaited[i]);
  for (*hangs = false; !*hangs && !has_ended(p);) {
    double left = p->started + seconds - pi_time_monotonic();
    int number = left > 0 ? os_wait_signal(&signals, left) : 0;
    if (number != 0 && number != SIGCHLD) return number;
    *hangs = left <= 0;
  }
  return 0;
}

static void tell(const probe *p, int status, bool hangs, double seconds) {
  char message[MOST_MESSAGE] = "";
  ssize_t size = read(p->report, message, sizeof message - 1);
  if (hangs)
    (void)printf("hang - %.6f\n", seconds);
  else if (WIFSIGNALED(status))
    (void)printf("signal %s %.6f\n", pi_signal_name(WTERMSIG(status)), seconds);
  else if (size > 0)
    (void)printf("%s - %.6f\n%s", message[0] == 'L' ? "loaded" : "refused", seconds, message + 1);
  else
    (void)printf("exit %d %.6f\n", WEXITSTATUS(status), seconds);
  (void)fflush(stdout);
}

static int supervise(const request *wanted) {
  probe p;
  bool hangs;
  sigset_t all;
  (void)sigfillset(&all);
  (void)sigprocmask(SIG_SETMASK, &all, NULL);
  os_adopt_orphans();
  if (start(&p, wanted) < 0) {
    (void)fprintf(stderr, "start the process that loads %s: %s\n", wanted->path, strerror(errno));
    return 1;
  }
  int stopped = await(&hangs, &p, wanted->seconds);
  double seconds = pi_time_monotonic() - p.started;
  int status = sweep(&p);
  if (stopped == 0) tell(&p, status, hangs, seconds);
  (void)close(p.report);
  return stopped == 0 ? 0 : 128 + stopped;
}

int pi_dlprobe_main(int argc, char **argv) {
  char *end;
  request wanted = {.seconds = argc == 5 ? strtod(argv[2], &end) : 0};
  if (argc != 5 || *end != '\0' || !(wanted.seconds > 0 && wanted.seconds <= MOST_SECONDS)) return 2;
  wanted.stubs = strcmp(argv[3], "stubs") == 0;
  if (!wanted.stubs && strcmp(argv[3], "bare") != 0) return 2;
  wanted.path = argv[4];
  return supervise(&wanted);
}

#if defined(__linux__)

#include <limits.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static void os_adopt_orphans(void) { (void)prctl(PR_SET_CHILD_SUBREAPER, 1); }

static void os_die_with_parent(void) { (void)prctl(PR_SET_PDEATHSIG, SIGKILL); }

static void os_kill_children(void) {
  FILE *list = fopen("/proc/thread-self/children", "re");
  char word[16];
  if (list == NULL) return; /* then their group is all that is known */
  while (fscanf(list, "%15s", word) == 1) {
    long pid = strtol(word, NULL, 10);
    if (pid > 1) (void)kill((pid_t)pid, SIGKILL);
  }
  (void)fclose(list);
}

/* A limit of 1 byte is the kernel's sign for "not to a handler either"; where the limit was 0 already, a handler is
 * kept out by a process that cannot be dumped. */
static void os_no_core(void) {
  const struct rlimit core = {.rlim_cur = 1, .rlim_max = 1};
  if (setrlimit(RLIMIT_CORE, &core) < 0) (void)prctl(PR_SET_DUMPABLE, 0);
}

static void close_range_of(unsigned first, unsigned last) {
  if (first > last || syscall(SYS_close_range, first, last, 0u) == 0) return;
  for (unsigned fd = first; fd <= last && fd < 1024; fd++) (void)close((int)fd); /* before Linux 5.9 */
}

static void os_close_others(int keep) {
  close_range_of(3, (unsigned)keep - 1);
  close_range_of((unsigned)keep + 1, UINT_MAX);
}

static void *os_load_bare(const char *path) { return dlmopen(LM_ID_NEWLM, path, RTLD_NOW | RTLD_LOCAL); }

static int os_wait_signal(const sigset_t *signals, double seconds) {
  const struct timespec limit = {.tv_sec = (time_t)seconds,
                                 .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};
  int number = sigtimedwait(signals, NULL, &limit);
  return number > 0 ? number : 0;
}

#else

/* Without subreapers only the worker's process group is known; there are no namespaces for libraries; and a wait for
 * signals with a limit is a poll of what is pending. */
static void os_adopt_orphans(void) {}

static void os_die_with_parent(void) {}

static void os_kill_children(void) {}

static void os_no_core(void) {
  const struct rlimit core = {.rlim_cur = 0, .rlim_max = 0};
  (void)setrlimit(RLIMIT_CORE, &core);
}

static void os_close_others(int keep) {
  for (int fd = 3; fd < 1024; fd++)
    if (fd != keep) (void)close(fd);
}

static void *os_load_bare(const char *path) { return dlopen(path, RTLD_NOW | RTLD_LOCAL); }

static int os_wait_signal(const sigset_t *signals, double seconds) {
  const struct timespec pause = {.tv_nsec = seconds < 0.005 ? 1000000 : 5000000};
  sigset_t pending;
  int number = 0;
  (void)nanosleep(&pause, NULL);
  (void)sigpending(&pending);
  for (int i = 1; i < 32 && number == 0; i++)
    if (sigismember(signals, i) == 1 && sigismember(&pending, i) == 1) (void)sigwait(signals, &number);
  return number;
}

#endif
