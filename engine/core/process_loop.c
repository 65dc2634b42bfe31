/* One poll over all children of a thread: see process.h.
 *
 * An exit is told by a pidfd, which changes nothing of the program's signals; where the kernel has none, by a handler
 * of SIGCHLD that writes into a pipe, and every child is then asked. */
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/interrupt.h"
#include "core/process_internal.h"
#include "core/time.h"

/* A descriptor that is readable once the child `pid` has exited; -1: this system has none. */
static int os_pidfd(pid_t pid);

/* Asks that this process gets a processor as soon as it has something to do, at the price of short turns: it mostly
 * waits for others. Else it may wait, with an exit in its hands, behind another child while a processor has nothing to
 * do (docs/adr/0022-steps-that-are-commands.md). Children get the system's usual turns. */
static void os_take_short_turns(void);

/* Places in the array for poll: two of the loop, then at most four of each process. */
enum { AT_INTERRUPT, AT_SIGCHLD, AT_FIRST, PER_PROCESS = 4 };

struct pi_process_loop {
  pi_process *first, *last;
  size_t count, capacity; /* processes, and for how many `fds` has room */
  struct pollfd *fds;
  bool pidfd;
  int null;           /* the stdin of children that get none; -1: could not be opened yet */
  pi_process *cursor; /* where peek goes on */
};

static int sigchld[2] = {-1, -1};

static void on_sigchld(int number) {
  (void)number;
  int saved = errno;
  ssize_t ignored = write(sigchld[1], "!", 1); /* a full pipe is readable already */
  (void)ignored;
  errno = saved;
}

static int handle_sigchld(pi_err *err) {
  struct sigaction action = {.sa_handler = on_sigchld, .sa_flags = SA_NOCLDSTOP | SA_RESTART};
  if (sigchld[0] < 0 && pipe2(sigchld, O_CLOEXEC | O_NONBLOCK) < 0) return pi_err_os(err, errno, "create", "pipe");
  (void)sigemptyset(&action.sa_mask);
  return sigaction(SIGCHLD, &action, NULL) == 0 ? 0 : pi_err_os(err, errno, "handle", "SIGCHLD");
}

/* A parent may have left SIGCHLD ignored: then children could not be waited for. */
static void unignore_sigchld(void) {
  struct sigaction now;
  if (sigaction(SIGCHLD, NULL, &now) == 0 && now.sa_handler == SIG_IGN) (void)signal(SIGCHLD, SIG_DFL);
}

static bool has_pidfd(void) {
  int fd = os_pidfd(getpid());
  if (fd >= 0) (void)close(fd);
  return fd >= 0 || errno == EMFILE || errno == ENFILE;
}

int pi_process_loop_new(pi_process_loop **loop, pi_err *err) { return pi_process_loop_new_with(loop, true, err); }

int pi_process_loop_new_with(pi_process_loop **loop, bool pidfd, pi_err *err) {
  pi_process_loop *made = calloc(1, sizeof *made);
  if (made == NULL) return pi_err_os(err, ENOMEM, "create", "process loop");
  made->null = pi_process_open_null(NULL); /* where there is none, a child tells that needs it */
  made->pidfd = pidfd && has_pidfd();
  unignore_sigchld();
  pi_process_adopt_orphans();
  os_take_short_turns();
  if ((!made->pidfd && handle_sigchld(err) < 0) || pi_process_loop_reserve(made, err) < 0) {
    pi_process_loop_free(made);
    return -1;
  }
  *loop = made;
  return 0;
}

void pi_process_loop_free(pi_process_loop *loop) {
  if (loop == NULL) return;
  if (loop->null >= 0) (void)close(loop->null);
  free(loop->fds);
  free(loop);
}

/* Makes room for one process more, so that waiting never needs memory. */
int pi_process_loop_reserve(pi_process_loop *loop, pi_err *err) {
  if (loop->count < loop->capacity) return 0;
  size_t capacity = loop->capacity == 0 ? 8 : loop->capacity * 2;
  struct pollfd *fds = realloc(loop->fds, (AT_FIRST + PER_PROCESS * capacity) * sizeof *fds);
  if (fds == NULL) return pi_err_os(err, ENOMEM, "create", "process loop");
  loop->fds = fds;
  loop->capacity = capacity;
  return 0;
}

int pi_process_loop_null(pi_process_loop *loop, pi_err *err) {
  if (loop->null < 0) loop->null = pi_process_open_null(err);
  return loop->null;
}

void pi_process_loop_add(pi_process_loop *loop, pi_process *p) {
  p->previous = loop->last;
  *(loop->last != NULL ? &loop->last->next : &loop->first) = p;
  loop->last = p;
  loop->count++;
}

void pi_process_loop_remove(pi_process_loop *loop, pi_process *p) {
  if (loop->cursor == p) loop->cursor = p->next;
  *(p->previous != NULL ? &p->previous->next : &loop->first) = p->next;
  *(p->next != NULL ? &p->next->previous : &loop->last) = p->previous;
  loop->count--;
}

int pi_process_watch(const pi_process_loop *loop, pid_t pid) { return loop->pidfd ? os_pidfd(pid) : -2; }

/* The next event at or behind the cursor. A process's exit comes after its last output. */
static bool find_event(pi_process_loop *loop, pi_process_event *event) {
  for (; loop->cursor != NULL; loop->cursor = loop->cursor->next) {
    pi_process *p = loop->cursor;
    event->process = p;
    for (event->stream = 1; event->stream <= 2; event->stream++)
      if (pi_process_stream_news(&p->streams[event->stream - 1], event)) return true;
    event->type = PI_EVENT_EXIT;
    if (p->done && !p->reported) return true;
  }
  return false;
}

bool pi_process_loop_peek(pi_process_loop *loop, pi_process_event *event) { return find_event(loop, event); }

void pi_process_loop_pop(pi_process_loop *loop) {
  pi_process_event event;
  if (!find_event(loop, &event)) return;
  if (event.type == PI_EVENT_EXIT)
    event.process->reported = true;
  else
    pi_process_stream_skip(&event.process->streams[event.stream - 1], &event);
}

static void fill(struct pollfd *slot, int fd, short events) { *slot = (struct pollfd){.fd = fd, .events = events}; }

static void add(struct pollfd **at, int fd, short events) {
  if (fd >= 0) fill((*at)++, fd, events);
}

/* Only open descriptors get a place: poll refuses a list that is longer than the limit of open files. */
static size_t fill_all(pi_process_loop *loop) {
  struct pollfd *at = loop->fds + AT_FIRST;
  fill(&loop->fds[AT_INTERRUPT], pi_interrupt_fd(), POLLIN);
  fill(&loop->fds[AT_SIGCHLD], loop->pidfd ? -1 : sigchld[0], POLLIN);
  for (pi_process *p = loop->first; p != NULL; p = p->next) {
    add(&at, p->watch, POLLIN);
    add(&at, p->feed.fd, POLLOUT);
    for (int i = 0; i < 2; i++) add(&at, p->streams[i].fd, POLLIN);
  }
  return (size_t)(at - loop->fds);
}

static void drain_sigchld(const pi_process_loop *loop) {
  char ignored[64];
  if (loop->fds[AT_SIGCHLD].revents != 0)
    while (read(sigchld[0], ignored, sizeof ignored) > 0) continue;
}

/* The news of `fd`. Steps over its place if it has one: to be asked in the order of fill_all, before `fd` closes. */
static short news_of(const struct pollfd **at, int fd) {
  if (fd < 0) return 0;
  return (*at)++->revents;
}

static bool has_output(const pi_process *p) { return p->streams[0].fd >= 0 || p->streams[1].fd >= 0; }

/* Streams before the exit: a result is complete only with them. Where the last one has just ended, so has the process
 * most likely, and asking now spares a poll. */
static int serve(pi_process *p, const struct pollfd **at, double now, pi_err *err) {
  bool ended = news_of(at, p->watch) != 0 || p->watch < 0, had_output = has_output(p);
  if (news_of(at, p->feed.fd) != 0) pi_process_feed_write(&p->feed);
  for (int i = 0; i < 2; i++) {
    short news = news_of(at, p->streams[i].fd);
    if (news != 0 && pi_process_stream_read(&p->streams[i], (news & POLLIN) == 0, err) < 0) return -1;
  }
  if (ended || (had_output && !has_output(p))) pi_process_try_reap(p, now);
  pi_process_settle(p, now);
  return 0;
}

/* One poll of at most `seconds` (negative: no limit), and what follows from it. */
static int serve_all(pi_process_loop *loop, double seconds, pi_err *err) {
  size_t used = fill_all(loop);
  double ms = seconds < 0 ? -1 : fmin(ceil(seconds * 1000), 1e9);
  if (poll(loop->fds, (nfds_t)used, (int)ms) < 0) {
    if (errno == EINTR) return 0;
    return pi_err_os(err, errno, "poll", "processes");
  }
  drain_sigchld(loop);
  double now = pi_time_monotonic();
  const struct pollfd *at = loop->fds + AT_FIRST;
  for (pi_process *p = loop->first; p != NULL; p = p->next)
    if (serve(p, &at, now, err) < 0) return -1;
  return 0;
}

/* Seconds until the first deadline of a process or the caller's own, `end` (negative: none). */
static double until_next(const pi_process_loop *loop, double end) {
  double next = end;
  for (const pi_process *p = loop->first; p != NULL; p = p->next) {
    double deadline = pi_process_next_deadline(p);
    if (deadline > 0 && (next < 0 || deadline < next)) next = deadline;
  }
  return next < 0 ? -1 : fmax(next - pi_time_monotonic(), 0);
}

static bool all_done(const pi_process_loop *loop) {
  for (const pi_process *p = loop->first; p != NULL; p = p->next)
    if (!p->done) return false;
  return true;
}

int pi_process_loop_wait(pi_process_loop *loop, double seconds, pi_err *err) {
  pi_process_event event;
  double end = seconds < 0 ? -1 : pi_time_monotonic() + seconds;
  for (;;) {
    loop->cursor = loop->first;
    if (find_event(loop, &event)) return 0;
    bool last = pi_interrupt_pending() != 0 || (end < 0 ? all_done(loop) : pi_time_monotonic() >= end);
    if (serve_all(loop, last ? 0 : until_next(loop, end), err) < 0) return -1;
    if (last) break;
  }
  loop->cursor = loop->first;
  return 0;
}

#if defined(__linux__)

#include <linux/sched.h>
#include <linux/sched/types.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* Since Linux 6.12 the `runtime` of an ordinary process is the length of its turns, and a shorter one comes first;
 * before, it means nothing. Left alone is who was given another policy, or a priority, which a child would not inherit;
 * and who is held by a filter of system calls, which may end a process for this one. */
static void os_take_short_turns(void) {
  struct sched_attr a = {.size = sizeof a};
  static const uint64_t shortest = 100000; /* nanoseconds */
  if (prctl(PR_GET_SECCOMP) > 0) return;
  if (syscall(SYS_sched_getattr, 0, &a, (unsigned)sizeof a, 0u) < 0) return;
  if (a.sched_policy != SCHED_NORMAL || a.sched_nice < 0 || (a.sched_flags & SCHED_FLAG_UTIL_CLAMP) != 0) return;
  a.size = sizeof a;
  a.sched_flags |= SCHED_FLAG_RESET_ON_FORK;
  a.sched_runtime = shortest;
  (void)syscall(SYS_sched_setattr, 0, &a, 0u);
}

/* The descriptor is close-on-exec by itself. */
static int os_pidfd(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0u); }

#else

static void os_take_short_turns(void) {}

static int os_pidfd(pid_t pid) {
  (void)pid;
  errno = ENOSYS;
  return -1;
}

#endif
