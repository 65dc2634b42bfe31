/* paired RUNS [-p PREPARE] [-i INPUT] [-m | -M] COMMAND... -- COMMAND...
 * Times two commands as whole processes, in turn (A B A B ...), so that a machine whose speed drifts slows both. Prints
 *     MEDIAN_A MEDIAN_B RATIO         milliseconds, milliseconds, median of A/B taken pair by pair
 * and with -m the most memory that A took, in KiB (not less than what this program takes), with -M also that of B.
 * PREPARE is a line of shell that runs before each command, and is not timed. The commands read the file INPUT, or
 * nothing, and their output is dropped; one that fails ends the measurement with exit 1. */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_RUNS = 1000 };

extern char **environ;

static double now(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Milliseconds from start to exit; *memory grows to the most that the command took. Ends the program when it fails. */
static double run(char **argv, const posix_spawn_file_actions_t *actions, long *memory) {
  pid_t child;
  int status;
  struct rusage usage;
  double start = now();
  if (posix_spawnp(&child, argv[0], actions, NULL, argv, environ) != 0 || wait4(child, &status, 0, &usage) != child ||
      status != 0) {
    (void)fprintf(stderr, "paired: %s failed\n", argv[0]);
    exit(1);
  }
  if (usage.ru_maxrss > *memory) *memory = usage.ru_maxrss;
  return now() - start;
}

static void prepare(const char *line) {
  if (line == NULL) return;
  if (system(line) == 0) return;
  (void)fprintf(stderr, "paired: %s failed\n", line);
  exit(1);
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(double *values, size_t count) {
  qsort(values, count, sizeof *values, compare);
  return values[count / 2];
}

typedef struct options {
  const char *prepare, *input;
  bool memory, both;
} options;

/* Returns the place of the first command. */
static int read_options(options *o, int argc, char **argv) {
  int at = 2;
  *o = (options){NULL, "/dev/null", false, false};
  for (; at < argc && argv[at][0] == '-'; at++) {
    if (strcmp(argv[at], "-m") == 0)
      o->memory = true;
    else if (strcmp(argv[at], "-M") == 0)
      o->memory = o->both = true;
    else if (strcmp(argv[at], "-p") == 0 && at + 1 < argc)
      o->prepare = argv[++at];
    else if (strcmp(argv[at], "-i") == 0 && at + 1 < argc)
      o->input = argv[++at];
    else
      return argc;
  }
  return at;
}

int main(int argc, char **argv) {
  static double a[MOST_RUNS], b[MOST_RUNS], ratio[MOST_RUNS];
  long runs = argc > 1 ? strtol(argv[1], NULL, 10) : 0, memory_a = 0, memory_b = 0;
  options o;
  int first = read_options(&o, argc, argv), split = first;
  while (split < argc && strcmp(argv[split], "--") != 0) split++;
  if (runs < 1 || runs > MOST_RUNS || split == first || split + 1 >= argc) {
    (void)fputs("usage: paired RUNS [-p PREPARE] [-i INPUT] [-m | -M] COMMAND... -- COMMAND...\n", stderr);
    return 2;
  }
  argv[split] = NULL;
  posix_spawn_file_actions_t actions;
  (void)posix_spawn_file_actions_init(&actions);
  (void)posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, o.input, O_RDONLY, 0);
  (void)posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  prepare(o.prepare);
  (void)run(argv + first, &actions, &memory_a); /* not counted: the first run fills the page cache */
  (void)run(argv + split + 1, &actions, &memory_b);
  memory_a = memory_b = 0;
  for (long i = 0; i < runs; i++) {
    prepare(o.prepare);
    a[i] = run(argv + first, &actions, &memory_a);
    prepare(o.prepare);
    b[i] = run(argv + split + 1, &actions, &memory_b);
    ratio[i] = a[i] / b[i];
  }
  (void)posix_spawn_file_actions_destroy(&actions);
  size_t count = (size_t)runs;
  (void)printf("%.3f %.3f %.3f", median(a, count), median(b, count), median(ratio, count));
  if (o.memory) (void)printf(" %ld", memory_a);
  if (o.both) (void)printf(" %ld", memory_b);
  (void)printf("\n");
  return 0;
}
