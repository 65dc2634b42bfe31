/* Processes: start, talk to, limit, stop and reap children, many at once, in one thread.
 *
 *   pi_process_loop *loop;                        once
 *   pi_process_loop_new(&loop, &err);
 *   pi_process_spawn(&p, loop, &spec, &err);      any number of times
 *   pi_process_loop_wait(loop, seconds, &err);    sleeps until there is news
 *   while (pi_process_loop_peek(loop, &event)) {  hands the news out, in order: a process's output, then its exit
 *     ...
 *     pi_process_loop_pop(loop);
 *   }
 *   pi_process_release(p);                        kills it if it still runs, reaps it, frees it
 *   pi_process_loop_free(loop);                   after its processes
 *
 * Children
 * - are argv arrays, never a shell's text; a program without '/' is looked for in the PATH of the environment that the
 *   child gets; a script without "#!" is refused with ENOEXEC instead of being handed to a shell;
 * - get exactly the descriptors 0, 1 and 2, an empty signal mask and the default action of SIGPIPE and SIGXFSZ;
 * - lead a process group of their own: a Ctrl-C at the terminal reaches only pienv, which then stops whole groups;
 *   they can therefore not read the terminal, and stdin is the null device unless data or a file is given;
 * - are killed by the kernel when the thread that started them dies (Linux). What they started themselves lives on
 *   then, and so does a set-user-ID program: only a stop through this module reaches the whole group.
 *
 * A stop (time limit or cancel) sends SIGTERM to the group, waits `grace` seconds and sends SIGKILL. It is over when
 * the whole group is gone. After an exit without a stop, descendants that hold the output open (a compiler cache's
 * server) have half a second to finish it; then the pipe is closed and they are left alone.
 *
 * On Linux this process inherits descendants whose own parent has died (it becomes their subreaper), or the end of a
 * group could not be waited for where init is slow or, in a container, reaps nobody. One that was left alone and ends
 * later stays a zombie until pienv ends.
 *
 * The caller must have SIGPIPE ignored (pi_interrupt_install does it). */
#ifndef PIENV_CORE_PROCESS_H
#define PIENV_CORE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/err.h"

#define PI_PROCESS_LINE_MAX 65536 /* a longer line comes in pieces of this many bytes */

typedef struct pi_process pi_process;
typedef struct pi_process_loop pi_process_loop;

typedef enum pi_process_sink {
  PI_SINK_INHERIT, /* pienv's own descriptor */
  PI_SINK_NULL,
  PI_SINK_CAPTURE, /* kept in memory: the LAST `limit` bytes, for what failed stands at the end */
  PI_SINK_LINES,   /* an event for each line; memory stays bounded however much comes */
  PI_SINK_FILE,    /* path, created with mode 0666 less the umask; emptied, or written at its end with `append` */
  PI_SINK_STDOUT   /* stderr only: where stdout goes, in the order in which the child writes */
} pi_process_sink;

typedef struct pi_process_output {
  pi_process_sink sink;
  size_t limit;     /* PI_SINK_CAPTURE: bytes, at least 1 */
  const char *path; /* PI_SINK_FILE; relative to the caller's folder, not to cwd */
  bool append;
  bool watch; /* PI_SINK_CAPTURE: also an event for each piece, as it comes */
} pi_process_output;

/* What to run. Nothing of it is needed once pi_process_spawn has returned. */
typedef struct pi_process_spec {
  const char *const *argv; /* at least the program; ends with NULL */
  const char *const *envp; /* NULL: the environment of this process */
  const char *cwd;         /* NULL: the current folder */
  const char *input;       /* bytes for stdin, copied; NULL: none */
  size_t input_size;       /* bytes */
  const char *input_file;  /* instead of bytes; relative to the caller's folder */
  pi_process_output out, err;
  double timeout; /* seconds until it is stopped; 0: none */
  double grace;   /* seconds between SIGTERM and SIGKILL; 0: SIGKILL at once */
} pi_process_spec;

typedef struct pi_process_result {
  bool signalled;
  int status;          /* exit code, or the signal's number */
  bool timed_out;      /* the time limit passed and it was stopped, however it ended then */
  double user, system; /* CPU seconds, with those of the descendants that it waited for */
  double wall;         /* seconds from start to exit */
  uint64_t max_rss;    /* bytes: the largest of it and its reaped descendants; never less than pienv itself has used */
} pi_process_result;

typedef enum pi_process_event_type { PI_EVENT_LINE, PI_EVENT_PIECE, PI_EVENT_EXIT } pi_process_event_type;

typedef struct pi_process_event {
  pi_process *process;
  pi_process_event_type type;
  int stream;       /* PI_EVENT_LINE, PI_EVENT_PIECE: 1 stdout, 2 stderr */
  const char *text; /* of a line without its newline; valid until the next pop */
  size_t size;
  bool partial; /* PI_EVENT_LINE: the line was too long, the next event of this stream goes on with it */
} pi_process_event;

int pi_process_loop_new(pi_process_loop **loop, pi_err *err);

/* Like pi_process_loop_new; with `pidfd` false exits are noticed by SIGCHLD even where the kernel has pidfd_open, as on
 * other systems: for tests that compare the two. */
int pi_process_loop_new_with(pi_process_loop **loop, bool pidfd, pi_err *err);

void pi_process_loop_free(pi_process_loop *loop);

/* Starts a child. -1: "run <program>: <reason>" when it could not be executed, "enter <cwd>: <reason>",
 * "open <file>: <reason>", "create pipe: <reason>". */
int pi_process_spawn(pi_process **process, pi_process_loop *loop, const pi_process_spec *spec, pi_err *err);

/* Sleeps until an event can be peeked, `seconds` have passed (negative: no limit) or an interrupt is pending
 * (core/interrupt.h). Returns 0 in each case; returns at once when nothing runs. */
int pi_process_loop_wait(pi_process_loop *loop, double seconds, pi_err *err);

/* The next event, or false. It stays the next one until pi_process_loop_pop. */
bool pi_process_loop_peek(pi_process_loop *loop, pi_process_event *event);
void pi_process_loop_pop(pi_process_loop *loop);

/* Of a process whose exit event was seen. */
const pi_process_result *pi_process_result_of(const pi_process *process);

/* What was captured of stream 1 or 2, of a process whose exit event was seen: false where it was not captured.
 * `dropped` counts the bytes before the text that went over the limit. */
bool pi_process_captured(const pi_process *process, int stream, const char **text, size_t *size, uint64_t *dropped);

pid_t pi_process_pid(const pi_process *process);

/* Sends a signal to the process group. -1: "signal process <pid>: <reason>", ESRCH once it was reaped. */
int pi_process_kill(pi_process *process, int signal_number, pi_err *err);

/* Stops the group: SIGTERM, grace, SIGKILL. Called again, SIGKILL at once. Nothing happens once it has exited. */
void pi_process_cancel(pi_process *process);

/* Moves the time limit, and the end of the grace, by so many seconds: the group was suspended meanwhile. */
void pi_process_postpone(pi_process *process, double seconds);

/* Kills the group unless it has exited, reaps, frees; NULL is fine. */
void pi_process_release(pi_process *process);

#endif
