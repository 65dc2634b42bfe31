/* What the files of the process primitive share; nobody else includes it.
 *
 *   process.c         a process's life: set-up of its descriptors, stop, reap, release
 *   process_exec.c    between vfork and exec
 *   process_stream.c  bytes from and to a child
 *   process_loop.c    one poll over all of them */
#ifndef PIENV_CORE_PROCESS_INTERNAL_H
#define PIENV_CORE_PROCESS_INTERNAL_H

#include "core/process.h"

/* Seconds that descendants get to finish the output, and a killed group to vanish. */
#define PI_PROCESS_LINGER 0.5

/* Our end of a child's stdout or stderr. */
typedef struct pi_process_stream {
  int fd; /* -1: closed, or not ours to read */
  pi_process_sink sink;
  char *bytes;
  size_t capacity, limit;
  size_t start, size; /* captured: a ring; lines: the text at start, up to size */
  bool watch;
  size_t fresh, fresh_at; /* watched: how many bytes nobody was told of yet, and where they are */
  uint64_t dropped;
} pi_process_stream;

/* Our end of a child's stdin. */
typedef struct pi_process_feed {
  int fd;
  char *bytes;
  size_t size, sent;
} pi_process_feed;

struct pi_process {
  pi_process_loop *loop;
  pi_process *previous, *next;
  pid_t pid;
  int watch; /* a pidfd; -1: none could be had, so look now and then; -2: SIGCHLD tells */
  pi_process_feed feed;
  pi_process_stream streams[2];
  double started, deadline, grace;
  double kill_at;   /* SIGTERM was sent: when SIGKILL follows; 0: not stopping */
  double linger_to; /* exited or killed: until when others are waited for; 0: not yet */
  bool reaped, killed, group_gone, done, reported;
  pi_process_result result;
};

/* process_stream.c */
int pi_process_stream_open(pi_process_stream *s, const pi_process_output *output, pi_err *err);
/* Reads what there is, once; `at_end`: there is nothing, and nobody writes any more. To be called when poll tells of
 * the descriptor, which blocks. */
int pi_process_stream_read(pi_process_stream *s, bool at_end, pi_err *err);
bool pi_process_stream_news(const pi_process_stream *s, pi_process_event *event);
void pi_process_stream_skip(pi_process_stream *s, const pi_process_event *event);
void pi_process_stream_finish(pi_process_stream *s);
void pi_process_stream_release(pi_process_stream *s);
int pi_process_feed_open(pi_process_feed *f, const pi_process_spec *spec, pi_err *err);
void pi_process_feed_write(pi_process_feed *f);
void pi_process_feed_release(pi_process_feed *f);

/* process_exec.c: starts argv with the descriptors `fds` as 0, 1, 2 (-1: as they are) and waits until it runs. */
int pi_process_exec(pid_t *pid, const pi_process_spec *spec, const int fds[3], pi_err *err);

/* process.c */
/* Makes descendants whose parent dies children of this process (Linux; elsewhere init's), so that the end of a stopped
 * group can be waited for: init may be slow, or in a container may not reap at all. */
void pi_process_adopt_orphans(void);
int pi_process_pipe(int ends[2]);      /* close-on-exec, both ends above 2 */
int pi_process_open_null(pi_err *err); /* for reading, close-on-exec, above 2 */
void pi_process_try_reap(pi_process *p, double now);
void pi_process_settle(pi_process *p, double now); /* acts on deadlines that have passed; sets done */
double pi_process_next_deadline(const pi_process *p);

/* process_loop.c: links a started process into its loop, and out again. */
int pi_process_loop_reserve(pi_process_loop *loop, pi_err *err);
void pi_process_loop_add(pi_process_loop *loop, pi_process *p);
void pi_process_loop_remove(pi_process_loop *loop, pi_process *p);
int pi_process_loop_null(pi_process_loop *loop, pi_err *err); /* /dev/null for reading, the loop's own; -1 */
int pi_process_watch(const pi_process_loop *loop, pid_t pid); /* what pi_process.watch shall be */

#endif
