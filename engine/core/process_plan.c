/* What a child is started with, copied: whoever asked for it need not keep it. See process_internal.h. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/process_internal.h"

extern char **environ;

/* The one block that a plan is: the plan, the pointers of its lists, then their texts. Measured first (`plan` is NULL),
 * then filled by the same calls, so that the two cannot differ. */
typedef struct block {
  pi_process_plan *plan;
  size_t pointers, bytes; /* used so far */
  size_t all_pointers;    /* when filled: where the texts begin */
} block;

static char **pointer_at(const block *b, size_t n) { return (char **)(b->plan + 1) + n; }

static char *text_at(const block *b, size_t n) { return (char *)pointer_at(b, b->all_pointers) + n; }

/* Adds to the text that is being made. */
static void add_bytes(block *b, const char *bytes, size_t size) {
  if (b->plan != NULL) memcpy(text_at(b, b->bytes), bytes, size);
  b->bytes += size;
}

static char *end_text(block *b, size_t begin) {
  add_bytes(b, "", 1);
  return b->plan != NULL ? text_at(b, begin) : NULL;
}

static char *add_text(block *b, const char *text) {
  size_t begin = b->bytes;
  add_bytes(b, text, strlen(text));
  return end_text(b, begin);
}

static void add_pointer(block *b, char *text) {
  if (b->plan != NULL) *pointer_at(b, b->pointers) = text;
  b->pointers++;
}

static char **begin_list(const block *b) { return b->plan != NULL ? pointer_at(b, b->pointers) : NULL; }

static char **add_list(block *b, const char *const *list) {
  char **begin = begin_list(b);
  for (; *list != NULL; list++) add_pointer(b, add_text(b, *list));
  add_pointer(b, NULL);
  return begin;
}

static const char *path_of(const char *const *envp) {
  for (; *envp != NULL; envp++)
    if (strncmp(*envp, "PATH=", 5) == 0) return *envp + 5;
  return "/bin:/usr/bin"; /* what execvp takes without a PATH */
}

/* "<folder>/<program>"; an empty folder means the current one. */
static char *add_candidate(block *b, const char *folder, size_t size, const char *program) {
  size_t begin = b->bytes;
  add_bytes(b, size == 0 ? "." : folder, size == 0 ? 1 : size);
  add_bytes(b, "/", 1);
  add_bytes(b, program, strlen(program));
  return end_text(b, begin);
}

/* A program with '/' is where it says. */
static char **add_candidates(block *b, const char *program, const char *path) {
  char **begin = begin_list(b);
  if (strchr(program, '/') != NULL || program[0] == '\0') {
    add_pointer(b, add_text(b, program));
    path = NULL;
  }
  while (path != NULL) {
    size_t size = strcspn(path, ":");
    add_pointer(b, add_candidate(b, path, size, program));
    path = path[size] == ':' ? path + size + 1 : NULL;
  }
  add_pointer(b, NULL);
  return begin;
}

/* It can only be read by setting it: to one that gives nothing away, for all threads have the same. The child takes
 * what is read here, since another thread starts it, and ours may have set another one for a moment (lock.c). */
static mode_t current_mask(void) {
  mode_t mask = umask(077);
  (void)umask(mask);
  return mask;
}

static pi_process_plan lay_out(block *b, const pi_process_spec *spec) {
  const char *const *envp = spec->envp != NULL ? spec->envp : (const char *const *)environ;
  pi_process_plan plan = {.argv = add_list(b, spec->argv), .envp = (char **)environ};
  if (spec->envp != NULL) plan.envp = add_list(b, spec->envp);
  plan.candidates = add_candidates(b, spec->argv[0], path_of(envp));
  plan.cwd = spec->cwd != NULL ? add_text(b, spec->cwd) : NULL;
  return plan;
}

pi_process_plan *pi_process_plan_new(const pi_process_spec *spec) {
  block b = {.plan = NULL};
  (void)lay_out(&b, spec);
  block filled = {.all_pointers = b.pointers};
  filled.plan = malloc(sizeof *filled.plan + b.pointers * sizeof(char *) + b.bytes);
  if (filled.plan == NULL) return NULL;
  *filled.plan = lay_out(&filled, spec);
  filled.plan->mask = current_mask();
  return filled.plan;
}

int pi_process_plan_failed(const pi_process_plan *plan, pi_process_failure failed, pi_err *err) {
  switch (failed.at) {
    case PI_STAGE_ENTER: return pi_err_os(err, failed.errnum, "enter", plan->cwd);
    case PI_STAGE_PREPARE: return pi_err_os(err, failed.errnum, "prepare", plan->argv[0]);
    case PI_STAGE_PIPE: return pi_err_os(err, failed.errnum, "create", "pipe");
    default: return pi_err_os(err, failed.errnum, "run", plan->argv[0]);
  }
}
