/* A process's life: see process.h. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/io.h"
#include "core/process_internal.h"
#include "core/time.h"

/* Bytes in one unit of ru_maxrss. */
static uint64_t os_rss_unit(void);

/* Seconds between two looks whether a stopped group has vanished: nothing tells of the end of a grandchild. */
static const double LOOK_AGAIN = 0.02;

/* The child's three descriptors while they are set up; those that we opened are closed again by drop_ends. */
typedef struct child_ends {
  int fds[3];  /* -1: inherited */
  bool own[3]; /* fds[i] is ours to close */
} child_ends;

static int take_end(child_ends *ends, int index, int fd) {
  ends->fds[index] = fd;
  ends->own[index] = true;
  return 0;
}

static void drop_ends(child_ends *ends) {
  for (int i = 0; i < 3; i++)
    if (ends->own[i]) (void)close(ends->fds[i]);
}

/* Moves a descriptor above 2, where placing the child's 0, 1 and 2 cannot overwrite it: pienv itself may have been
 * started with some of them closed. */
static int above_standard(int fd) {
  if (fd < 0 || fd > 2) return fd;
  int moved = fcntl(fd, F_DUPFD_CLOEXEC, 3), errnum = errno;
  (void)close(fd);
  errno = errnum;
  return moved;
}

/* A close-on-exec pipe of such descriptors. */
int pi_process_pipe(int ends[2]) {
  if (pipe2(ends, O_CLOEXEC) < 0) return -1;
  ends[0] = above_standard(ends[0]);
  ends[1] = above_standard(ends[1]);
  if (ends[0] >= 0 && ends[1] >= 0) return 0;
  int errnum = errno;
  for (int i = 0; i < 2; i++)
    if (ends[i] >= 0) (void)close(ends[i]);
  errno = errnum;
  return -1;
}

int pi_process_open_null(pi_err *err) {
  int fd = above_standard(pi_io_open(AT_FDCWD, "/dev/null", O_RDONLY, 0));
  return fd >= 0 ? fd : pi_err_os(err, errno, "open", "/dev/null");
}

static int open_file(child_ends *ends, int index, const char *path, int flags, pi_err *err) {
  int fd = above_standard(pi_io_open(AT_FDCWD, path, flags, 0666));
  if (fd < 0) return pi_err_os(err, errno, "open", path);
  return take_end(ends, index, fd);
}

/* A pipe: the end that the child gets as `index`, and ours. A write must not block; a read is only tried when there is
 * something. */
static int open_pipe(child_ends *ends, int index, int *ours, pi_err *err) {
  int pair[2], child = index == 0 ? 0 : 1;
  if (pi_process_pipe(pair) < 0) return pi_err_os(err, errno, "create", "pipe");
  *ours = pair[1 - child];
  if (index == 0) (void)fcntl(*ours, F_SETFL, O_NONBLOCK);
  return take_end(ends, index, pair[child]);
}

static int set_up_input(pi_process *p, child_ends *ends, const pi_process_spec *spec, pi_err *err) {
  if (spec->input_file != NULL) return open_file(ends, 0, spec->input_file, O_RDONLY, err);
  if (pi_process_feed_open(&p->feed, spec, err) < 0) return -1;
  if (p->feed.size == 0) return (ends->fds[0] = pi_process_loop_null(p->loop, err)) < 0 ? -1 : 0;
  return open_pipe(ends, 0, &p->feed.fd, err);
}

static int set_up_output(pi_process *p, child_ends *ends, int index, const pi_process_output *output, pi_err *err) {
  pi_process_stream *s = &p->streams[index - 1];
  if (pi_process_stream_open(s, output, err) < 0) return -1;
  switch (output->sink) {
    case PI_SINK_INHERIT: return 0;
    case PI_SINK_NULL: return open_file(ends, index, "/dev/null", O_WRONLY, err);
    case PI_SINK_FILE:
      return open_file(ends, index, output->path, O_WRONLY | O_CREAT | (output->append ? O_APPEND : O_TRUNC), err);
    case PI_SINK_STDOUT: ends->fds[index] = 1; return 0; /* by then stdout is in place */
    default: return open_pipe(ends, index, &s->fd, err);
  }
}

static pi_process *make(pi_process_loop *loop, const pi_process_spec *spec) {
  pi_process *p = calloc(1, sizeof *p);
  if (p == NULL) return NULL;
  p->loop = loop;
  p->watch = p->feed.fd = p->streams[0].fd = p->streams[1].fd = -1;
  p->started = pi_time_monotonic();
  p->deadline = spec->timeout > 0 ? p->started + spec->timeout : 0;
  p->grace = spec->grace;
  return p;
}

int pi_process_spawn(pi_process **process, pi_process_loop *loop, const pi_process_spec *spec, pi_err *err) {
  child_ends ends = {.fds = {-1, -1, -1}};
  pi_process *p = make(loop, spec);
  if (p == NULL) return pi_err_os(err, ENOMEM, "run", spec->argv[0]);
  if (pi_process_loop_reserve(loop, err) < 0 || set_up_input(p, &ends, spec, err) < 0 ||
      set_up_output(p, &ends, 1, &spec->out, err) < 0 || set_up_output(p, &ends, 2, &spec->err, err) < 0 ||
      pi_process_exec(&p->pid, spec, ends.fds, err) < 0)
    goto failed;
  drop_ends(&ends);
  p->watch = pi_process_watch(loop, p->pid);
  pi_process_loop_add(loop, p);
  *process = p;
  return 0;
failed:
  drop_ends(&ends);
  p->reaped = true; /* there is no child, or it is gone already */
  pi_process_release(p);
  return -1;
}

pid_t pi_process_pid(const pi_process *process) { return process->pid; }

const pi_process_result *pi_process_result_of(const pi_process *process) { return &process->result; }

bool pi_process_captured(const pi_process *process, int stream, const char **text, size_t *size, uint64_t *dropped) {
  const pi_process_stream *s = &process->streams[stream - 1];
  if (s->sink != PI_SINK_CAPTURE) return false;
  *text = s->bytes != NULL ? s->bytes + s->start : "";
  *size = s->size - s->start;
  *dropped = s->dropped;
  return true;
}

/* The group's number stays taken while it has members, and its leader's until we reap it; so a signal cannot hit
 * strangers: it is sent only to a group that was there a moment ago. */
static int signal_group(const pi_process *p, int number) { return kill(-p->pid, number); }

int pi_process_kill(pi_process *process, int signal_number, pi_err *err) {
  char what[32];
  (void)snprintf(what, sizeof what, "process %ld", (long)process->pid);
  if (process->reaped) return pi_err_os(err, ESRCH, "signal", what);
  return signal_group(process, signal_number) == 0 ? 0 : pi_err_os(err, errno, "signal", what);
}

static void kill_now(pi_process *p, double now) {
  (void)signal_group(p, SIGKILL);
  p->killed = true;
  p->linger_to = now + PI_PROCESS_LINGER;
}

/* SIGCONT follows, so that a stopped process gets to its handler of SIGTERM. */
static void stop(pi_process *p, double now) {
  p->kill_at = now + p->grace;
  if (p->grace <= 0) {
    kill_now(p, now);
    return;
  }
  (void)signal_group(p, SIGTERM);
  (void)signal_group(p, SIGCONT);
}

void pi_process_cancel(pi_process *process) {
  if (process->done || process->killed) return;
  if (process->reaped && process->kill_at == 0) return; /* only strangers hold its output: they are left alone */
  if (process->kill_at == 0)
    stop(process, pi_time_monotonic());
  else
    kill_now(process, pi_time_monotonic());
}

void pi_process_postpone(pi_process *process, double seconds) {
  if (process->deadline > 0) process->deadline += seconds;
  if (process->kill_at > 0) process->kill_at += seconds;
}

static void keep_result(pi_process *p, int status, const struct rusage *usage, double now) {
  pi_process_result *r = &p->result;
  r->signalled = WIFSIGNALED(status);
  r->status = r->signalled ? WTERMSIG(status) : WEXITSTATUS(status);
  r->user = (double)usage->ru_utime.tv_sec + (double)usage->ru_utime.tv_usec / 1e6;
  r->system = (double)usage->ru_stime.tv_sec + (double)usage->ru_stime.tv_usec / 1e6;
  r->max_rss = (uint64_t)usage->ru_maxrss * os_rss_unit();
  r->wall = now - p->started;
}

void pi_process_try_reap(pi_process *p, double now) {
  int status = 0;
  struct rusage usage;
  if (p->reaped || wait4(p->pid, &status, WNOHANG, &usage) != p->pid) return;
  p->reaped = true;
  if (p->watch >= 0) (void)close(p->watch);
  p->watch = -1;
  if (p->linger_to == 0) p->linger_to = now + PI_PROCESS_LINGER;
  keep_result(p, status, &usage, now);
}

static bool is_open(const pi_process *p) { return p->feed.fd >= 0 || p->streams[0].fd >= 0 || p->streams[1].fd >= 0; }

static void close_all(pi_process *p) {
  pi_process_feed_release(&p->feed);
  for (int i = 0; i < 2; i++) pi_process_stream_finish(&p->streams[i]);
}

/* Reaps what this process has inherited of the group (pi_process_adopt_orphans); with `options` 0 it waits for all of
 * them. */
static void reap_orphans(const pi_process *p, int options) {
  pid_t pid;
  do pid = waitpid(-p->pid, NULL, options);
  while (pid > 0 || (pid < 0 && errno == EINTR));
}

/* After the leader of a stopped group has gone: waits for the others, kills them when the grace is over. */
static void look_after_group(pi_process *p, double now) {
  if (p->kill_at > 0) reap_orphans(p, WNOHANG);
  if (p->kill_at == 0 || signal_group(p, 0) < 0 || (p->killed && now >= p->linger_to)) {
    p->group_gone = true;
  } else if (!p->killed && now >= p->kill_at) {
    kill_now(p, now);
  }
}

void pi_process_settle(pi_process *p, double now) {
  if (p->done) return;
  if (!p->reaped && p->kill_at == 0 && p->deadline > 0 && now >= p->deadline) {
    p->result.timed_out = true;
    stop(p, now);
  }
  if (!p->reaped && !p->killed && p->kill_at > 0 && now >= p->kill_at) kill_now(p, now);
  if (!p->reaped) return;
  if (!p->group_gone) look_after_group(p, now);
  if (!p->group_gone || (is_open(p) && now < p->linger_to)) return;
  close_all(p);
  p->done = true;
}

/* When pi_process_settle has something to do next; 0: only an event can tell. */
double pi_process_next_deadline(const pi_process *p) {
  if (p->done) return 0;
  if (!p->reaped && p->watch == -1) return pi_time_monotonic() + LOOK_AGAIN;
  if (p->reaped) return p->group_gone ? p->linger_to : pi_time_monotonic() + LOOK_AGAIN;
  if (p->kill_at > 0) return p->killed ? 0 : p->kill_at;
  return p->deadline;
}

void pi_process_release(pi_process *process) {
  if (process == NULL) return;
  if (!process->reaped || (process->kill_at > 0 && !process->group_gone)) {
    (void)signal_group(process, SIGKILL);
    reap_orphans(process, 0); /* the leader, too */
  }
  if (process->watch >= 0) (void)close(process->watch);
  pi_process_feed_release(&process->feed);
  for (int i = 0; i < 2; i++) pi_process_stream_release(&process->streams[i]);
  if (process->pid > 0) pi_process_loop_remove(process->loop, process);
  free(process);
}

#if defined(__linux__)

#include <sys/prctl.h>

void pi_process_adopt_orphans(void) { (void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

#else

void pi_process_adopt_orphans(void) {}

#endif

#if defined(__APPLE__)
static uint64_t os_rss_unit(void) { return 1; }
#else
static uint64_t os_rss_unit(void) { return 1024; }
#endif
