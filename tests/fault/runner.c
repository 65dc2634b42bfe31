/* fault_runner: runs a command and makes one of its system calls go wrong. See `usage` below and docs/TESTING.md.
 * What went on is written to the report (tab-separated lines):
 *   call   N TASK NAME [PATH [PATH]]   with --list: the N-th counted call, made by the TASK-th process or thread
 *   fault  N TASK NAME [PATH [PATH]]   the call that was made to go wrong
 *   calls  COUNTED TOTAL
 *   left   N                           processes that outlived the command and were killed
 *   limit                              the time limit was reached
 *   end    exit CODE | end signal NUMBER */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "trace.h"

enum { EXIT_NOT_REACHED = 120, EXIT_TIME_LIMIT = 121, EXIT_LEFT = 122, EXIT_USAGE = 123, NAMES = 64 };

static const char usage[] =
    "fault_runner [OPTIONS] -- COMMAND [ARGUMENT...]\n"
    "which calls count:\n"
    "  --calls LIST       groups (change, process, read, all) and names, with commas; default change,process\n"
    "  --under FOLDER     of the calls that name files only those in this folder (absolute path)\n"
    "  --transfers        of all these only those that move a number of bytes\n"
    "what happens (default: nothing, the calls are counted):\n"
    "  --count [--list]   say how many calls there were, and which\n"
    "  --kill-at N        kill all processes at the N-th call, before it runs\n"
    "  --kill-after N     kill all processes when the N-th call has run\n"
    "  --fail-at N --error NAME    the N-th call does not run and returns that error\n"
    "  --fail-from N --error NAME  so do all after it\n"
    "  --short-at N [--bytes B]    the N-th call may move at most B bytes (1); implies --transfers\n"
    "  --run-at N --run COMMAND    a shell runs COMMAND before the N-th call, which then goes on\n"
    "limits:\n"
    "  --limit SECONDS    kill everything after that time (60)\n"
    "  --grace SECONDS    how long other processes may outlive the command (1)\n"
    "  --report FILE      where to say what went on (standard error)\n"
    "exit code: the command's (128 + signal number when a signal ended it: 137 after a kill);\n"
    "  120 the N-th call did not come   121 time limit   122 processes outlived the command\n"
    "  123 wrong use, or the command could not be traced\n";

static _Noreturn void wrong_use(const char *what, const char *value) {
  (void)fprintf(stderr, "fault_runner: %s '%s'\n%s", what, value, usage);
  exit(EXIT_USAGE);
}

static unsigned long number(const char *text) {
  char *end;
  errno = 0;
  unsigned long value = strtoul(text, &end, 10);
  if (errno != 0 || end == text || *end != '\0' || text[0] == '-') wrong_use("not a number:", text);
  return value;
}

static double seconds(const char *text) {
  char *end;
  double value = strtod(text, &end);
  if (end == text || *end != '\0' || !(value >= 0)) wrong_use("not a number of seconds:", text);
  return value;
}

static int error_number(const char *name) {
  for (int e = 1; e < 256; e++) {
    const char *known = strerrorname_np(e);
    if (known != NULL && strcmp(known, name) == 0) return e;
  }
  wrong_use("unknown error", name);
}

/* Splits LIST into groups and names; cuts the argument up. */
static void set_calls(trace_plan *plan, char *list) {
  static const char *names[NAMES + 1];
  size_t n = 0;
  plan->groups = 0;
  for (char *next, *word = list; word != NULL; word = next) {
    next = strchr(word, ',');
    if (next != NULL) *next++ = '\0';
    if (call_group(word) != 0)
      plan->groups |= call_group(word);
    else if (call_known(word) && n < NAMES)
      names[n++] = word;
    else
      wrong_use("unknown system call", word);
  }
  names[n] = NULL;
  plan->names = names;
}

static void set_fault(trace_plan *plan, fault what, const char *at) {
  if (plan->fault != FAULT_NONE) wrong_use("a second fault:", at);
  plan->fault = what;
  plan->at = number(at);
  if (plan->at == 0) wrong_use("calls are counted from 1, not", at);
}

static FILE *open_report(const char *path) {
  FILE *file = fopen(path, "we");
  if (file == NULL) wrong_use("cannot write", path);
  return file;
}

enum {
  CALLS = 1,
  UNDER,
  TRANSFERS,
  COUNT,
  LIST,
  KILL_AT,
  KILL_AFTER,
  FAIL_AT,
  FAIL_FROM,
  ERROR,
  SHORT_AT,
  BYTES,
  RUN_AT,
  RUN,
  LIMIT,
  GRACE,
  REPORT
};

static const struct option options[] = {{"calls", required_argument, NULL, CALLS},
                                        {"under", required_argument, NULL, UNDER},
                                        {"transfers", no_argument, NULL, TRANSFERS},
                                        {"count", no_argument, NULL, COUNT},
                                        {"list", no_argument, NULL, LIST},
                                        {"kill-at", required_argument, NULL, KILL_AT},
                                        {"kill-after", required_argument, NULL, KILL_AFTER},
                                        {"fail-at", required_argument, NULL, FAIL_AT},
                                        {"fail-from", required_argument, NULL, FAIL_FROM},
                                        {"error", required_argument, NULL, ERROR},
                                        {"short-at", required_argument, NULL, SHORT_AT},
                                        {"bytes", required_argument, NULL, BYTES},
                                        {"run-at", required_argument, NULL, RUN_AT},
                                        {"run", required_argument, NULL, RUN},
                                        {"limit", required_argument, NULL, LIMIT},
                                        {"grace", required_argument, NULL, GRACE},
                                        {"report", required_argument, NULL, REPORT},
                                        {NULL, 0, NULL, 0}};

static void set_option(trace_plan *plan, int option, char *value) {
  switch (option) {
    case CALLS: set_calls(plan, value); break;
    case UNDER: plan->under = value; break;
    case TRANSFERS: plan->transfers = 1; break;
    case COUNT: break;
    case LIST: plan->list = 1; break;
    case KILL_AT: set_fault(plan, FAULT_KILL_BEFORE, value); break;
    case KILL_AFTER: set_fault(plan, FAULT_KILL_AFTER, value); break;
    case FAIL_FROM:
      plan->persistent = 1;
      set_fault(plan, FAULT_ERROR, value);
      break;
    case FAIL_AT: set_fault(plan, FAULT_ERROR, value); break;
    case ERROR: plan->error = error_number(value); break;
    case SHORT_AT:
      plan->transfers = 1;
      set_fault(plan, FAULT_SHORT, value);
      break;
    case BYTES: plan->bytes = number(value); break;
    case RUN_AT: set_fault(plan, FAULT_RUN, value); break;
    case RUN: plan->run = value; break;
    case LIMIT: plan->limit = seconds(value); break;
    case GRACE: plan->grace = seconds(value); break;
    case REPORT: plan->report = open_report(value); break;
    default: wrong_use("see", "usage"); /* getopt_long has said what is wrong */
  }
}

static void set_plan(trace_plan *plan, int argc, char **argv) {
  *plan = (trace_plan){.groups = CALL_CHANGE | CALL_PROCESS, .limit = 60, .grace = 1, .bytes = 1, .report = stderr};
  for (int option; (option = getopt_long(argc, argv, "+", options, NULL)) != -1;) set_option(plan, option, optarg);
  if (optind >= argc) wrong_use("missing", "COMMAND");
  if ((plan->fault == FAULT_ERROR) != (plan->error != 0)) wrong_use("--fail-at and --error go", "together");
  if ((plan->fault == FAULT_RUN) != (plan->run != NULL)) wrong_use("--run-at and --run go", "together");
  if (plan->under != NULL && plan->under[0] != '/') wrong_use("not absolute:", plan->under);
  plan->argv = argv + optind;
}

static void report(const trace_plan *plan, const trace_result *r) {
  FILE *out = plan->report;
  (void)fprintf(out, "calls\t%lu\t%lu\n", r->counted, r->total);
  if (r->left > 0) (void)fprintf(out, "left\t%u\n", r->left);
  if (r->timed_out) (void)fprintf(out, "limit\n");
  if (WIFSIGNALED(r->status))
    (void)fprintf(out, "end\tsignal\t%d\n", WTERMSIG(r->status));
  else
    (void)fprintf(out, "end\texit\t%d\n", WEXITSTATUS(r->status));
}

static int exit_code(const trace_plan *plan, const trace_result *r) {
  if (r->timed_out) return EXIT_TIME_LIMIT;
  if (r->left > 0) return EXIT_LEFT;
  if (plan->fault != FAULT_NONE && r->faults == 0) return EXIT_NOT_REACHED;
  return WIFSIGNALED(r->status) ? 128 + WTERMSIG(r->status) : WEXITSTATUS(r->status);
}

int main(int argc, char **argv) {
  trace_plan plan;
  trace_result result;
  set_plan(&plan, argc, argv);
  if (trace_run(&plan, &result) < 0) return EXIT_USAGE;
  report(&plan, &result);
  return exit_code(&plan, &result);
}
