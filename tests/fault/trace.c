/* The ptrace loop: see trace.h. PTRACE_SEIZE is used, because with it a stop of a new child, a stop by a signal and a
 * stopped process group can be told apart. */
#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "regs.h"

/* A process or a thread, numbered in the order of their appearance. */
typedef struct task {
  pid_t tid;
  unsigned long ordinal;
  fault pending; /* what is left to do when the current call returns */
} task;

typedef struct tracer {
  const trace_plan *plan;
  trace_result *result;
  task *tasks;
  size_t count, room;
  pid_t root;
  int root_ended, killing;
  double root_end, deadline;
  call current;
} tracer;

enum { TICK_MICROSECONDS = 20000, NO_MEMORY = 70, NOT_STARTED = 127 };

static volatile sig_atomic_t ticked;

static void on_tick(int signal_number) {
  (void)signal_number;
  ticked = 1;
}

static double now(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int complain(const char *what) {
  (void)fprintf(stderr, "fault_runner: %s: %s\n", what, strerror(errno));
  return -1;
}

static task *task_find(tracer *t, pid_t tid) {
  for (size_t i = 0; i < t->count; i++)
    if (t->tasks[i].tid == tid) return &t->tasks[i];
  return NULL;
}

static task *task_add(tracer *t, pid_t tid) {
  if (t->count == t->room) {
    size_t room = t->room * 2 + 16;
    task *moved = realloc(t->tasks, room * sizeof *moved);
    if (moved == NULL) _exit(NO_MEMORY); /* PTRACE_O_EXITKILL ends the tracees */
    t->tasks = moved;
    t->room = room;
  }
  t->tasks[t->count] = (task){.tid = tid, .ordinal = ++t->result->tasks};
  return &t->tasks[t->count++];
}

static task *task_get(tracer *t, pid_t tid) {
  task *known = task_find(t, tid);
  return known != NULL ? known : task_add(t, tid);
}

static void task_drop(tracer *t, pid_t tid) {
  task *known = task_find(t, tid);
  if (known != NULL) *known = t->tasks[--t->count];
}

/* From now on everything dies; children that appear while their parent dies are killed when they show up. */
static void kill_all(tracer *t) {
  t->killing = 1;
  for (size_t i = 0; i < t->count; i++) (void)kill(t->tasks[i].tid, SIGKILL);
}

static void resume(pid_t tid, int request, int signal_number) {
  (void)ptrace(request, tid, NULL, (void *)(intptr_t)signal_number); /* fails when it was killed meanwhile */
}

/* Tabs and line ends in file names must not break the lines of the report. */
static void print_path(FILE *out, const char *path) {
  for (; *path != '\0'; path++)
    if ((unsigned char)*path < ' ' || *path == '\\')
      (void)fprintf(out, "\\x%02x", (unsigned)(unsigned char)*path);
    else
      (void)fputc(*path, out);
}

static void report_call(const tracer *t, const char *word, const task *k) {
  FILE *out = t->plan->report;
  (void)fprintf(out, "%s\t%lu\t%lu\t%s\t", word, t->result->counted, k->ordinal, t->current.name);
  print_path(out, t->current.paths[0]);
  if (t->current.paths[1][0] != '\0') {
    (void)fputs("\t", out);
    print_path(out, t->current.paths[1]);
  }
  (void)fputc('\n', out);
}

static int is_under(const char *path, const char *folder) {
  size_t n = strlen(folder);
  return strncmp(path, folder, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

static int is_named(const trace_plan *plan, const char *name) {
  for (const char **known = plan->names; known != NULL && *known != NULL; known++)
    if (strcmp(*known, name) == 0) return 1;
  return 0;
}

static int is_counted(const trace_plan *plan, const call *c) {
  if (!(c->group & plan->groups) && !is_named(plan, c->name)) return 0;
  if (plan->transfers && c->count_arg < 0) return 0;
  if (plan->under == NULL || c->group == CALL_PROCESS) return 1;
  return is_under(c->paths[0], plan->under) || is_under(c->paths[1], plan->under);
}

/* Runs a command while the traced one stands still, and waits for it. */
static void run_aside(const char *command) {
  pid_t pid = fork();
  if (pid == 0) {
    (void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(NOT_STARTED);
  }
  while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
}

static void on_fault(tracer *t, task *k, const uint64_t *args) {
  const trace_plan *plan = t->plan;
  t->result->faults++;
  report_call(t, "fault", k);
  switch (plan->fault) {
    case FAULT_KILL_BEFORE:
      (void)regs_skip_call(k->tid);
      kill_all(t);
      break;
    case FAULT_ERROR:
      (void)regs_skip_call(k->tid);
      k->pending = FAULT_ERROR;
      break;
    case FAULT_SHORT:
      if (args[t->current.count_arg] > plan->bytes) (void)regs_set_arg(k->tid, t->current.count_arg, plan->bytes);
      break;
    case FAULT_RUN: run_aside(plan->run); break;
    default: k->pending = plan->fault; break;
  }
}

static void on_entry(tracer *t, task *k, const struct __ptrace_syscall_info *info) {
  const trace_plan *plan = t->plan;
  uint64_t args[CALL_ARGS];
  for (int i = 0; i < CALL_ARGS; i++) args[i] = info->entry.args[i];
  t->result->total++;
  call_describe(&t->current, k->tid, info->entry.nr, args);
  if (!is_counted(plan, &t->current)) return;
  t->result->counted++;
  if (plan->list) report_call(t, "call", k);
  if (plan->fault == FAULT_NONE || t->result->counted < plan->at) return;
  if (t->result->counted == plan->at || plan->persistent) on_fault(t, k, args);
}

static void on_exit_of_call(tracer *t, task *k) {
  fault pending = k->pending;
  k->pending = FAULT_NONE;
  if (pending == FAULT_ERROR) (void)regs_set_result(k->tid, -(int64_t)t->plan->error);
  if (pending == FAULT_KILL_AFTER) kill_all(t);
}

static void on_syscall(tracer *t, task *k) {
  struct __ptrace_syscall_info info;
  pid_t tid = k->tid;
  memset(&info, 0, sizeof info);
  if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, (void *)sizeof info, &info) > 0) {
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
      on_entry(t, k, &info);
    else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
      on_exit_of_call(t, k);
  }
  resume(tid, PTRACE_SYSCALL, 0);
}

static void on_event(tracer *t, pid_t tid, int event, int signal_number) {
  unsigned long message = 0;
  (void)ptrace(PTRACE_GETEVENTMSG, tid, NULL, &message);
  switch (event) {
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
    case PTRACE_EVENT_CLONE: (void)task_get(t, (pid_t)message); break;
    case PTRACE_EVENT_EXEC:
      if ((pid_t)message != tid) task_drop(t, (pid_t)message); /* a thread that exec'd became the process */
      break;
    default: /* PTRACE_EVENT_STOP: a new child (SIGTRAP), or the group was stopped and stays so */
      if (signal_number != SIGTRAP) {
        resume(tid, PTRACE_LISTEN, 0);
        return;
      }
  }
  resume(tid, PTRACE_SYSCALL, 0);
}

static void on_stop(tracer *t, pid_t tid, int status) {
  int signal_number = WSTOPSIG(status), event = status >> 16;
  task *k = task_get(t, tid);
  if (t->killing)
    (void)kill(tid, SIGKILL);
  else if (signal_number == (SIGTRAP | 0x80))
    on_syscall(t, k);
  else if (event != 0)
    on_event(t, tid, event, signal_number);
  else
    resume(tid, PTRACE_SYSCALL, signal_number);
}

static void on_end(tracer *t, pid_t tid, int status) {
  task *k = task_find(t, tid);
  if (k != NULL && k->pending == FAULT_KILL_AFTER) kill_all(t); /* the call was exit_group: it has no "after" */
  task_drop(t, tid);
  if (tid != t->root || t->root_ended) return;
  t->result->status = status;
  t->root_ended = 1;
  t->root_end = now();
}

static void on_time(tracer *t) {
  ticked = 0;
  if (t->killing) return;
  if (t->root_ended && now() > t->root_end + t->plan->grace) {
    t->result->left = (unsigned)t->count;
    kill_all(t);
  } else if (now() > t->deadline) {
    t->result->timed_out = 1;
    kill_all(t);
  }
}

static void follow(tracer *t) {
  for (;;) {
    int status;
    pid_t tid = waitpid(-1, &status, __WALL);
    if (ticked) on_time(t);
    if (tid < 0 && errno == EINTR) continue;
    if (tid < 0) return; /* ECHILD: nothing is left */
    if (WIFSTOPPED(status))
      on_stop(t, tid, status);
    else
      on_end(t, tid, status);
  }
}

static _Noreturn void be_command(char **argv, int go) {
  char byte;
  ssize_t got;
  while ((got = read(go, &byte, 1)) < 0 && errno == EINTR) continue; /* until the parent has seized us */
  if (got != 1) _exit(NOT_STARTED);                                  /* it was killed before: nobody would end us */
  (void)execvp(argv[0], argv);
  (void)complain(argv[0]);
  _exit(NOT_STARTED);
}

/* Starts the command, held at a pipe until it is seized. Its first stop is that of a successful exec, so that nothing
 * of this program's own calls is counted. */
static int start(tracer *t) {
  const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
                       PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
  int go[2];
  if (pipe2(go, O_CLOEXEC) < 0) return complain("pipe");
  t->root = fork();
  if (t->root == 0) {
    (void)close(go[1]);
    be_command(t->plan->argv, go[0]);
  }
  (void)close(go[0]);
  if (t->root < 0) {
    (void)close(go[1]);
    return complain("fork");
  }
  int result = 0;
  if (ptrace(PTRACE_SEIZE, t->root, NULL, (void *)options) < 0) {
    result = complain("trace");
    (void)kill(t->root, SIGKILL);
    (void)waitpid(t->root, NULL, __WALL);
  }
  (void)task_get(t, t->root);
  if (result == 0 && write(go[1], "", 1) != 1) result = complain("start");
  (void)close(go[1]);
  return result;
}

static void set_tick(long microseconds) {
  struct itimerval every = {{0, microseconds}, {0, microseconds}};
  struct sigaction action = {.sa_handler = on_tick}; /* no SA_RESTART: waitpid must come back */
  (void)sigaction(SIGALRM, &action, NULL);
  (void)setitimer(ITIMER_REAL, &every, NULL);
}

int trace_run(const trace_plan *plan, trace_result *result) {
  tracer t = {.plan = plan, .result = result};
  memset(result, 0, sizeof *result);
  (void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); /* orphans come to us, so that ECHILD means nobody is left */
  if (start(&t) < 0) return -1;
  t.deadline = now() + plan->limit;
  set_tick(TICK_MICROSECONDS);
  follow(&t);
  set_tick(0);
  free(t.tasks);
  return 0;
}
