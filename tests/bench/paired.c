/* paired RUNS COMMAND... -- COMMAND...
 * Times two commands as whole processes, in turn (A B A B ...), so that a machine whose speed drifts slows both. Prints
 *     MEDIAN_A MEDIAN_B RATIO         milliseconds, milliseconds, median of A/B taken pair by pair
 * The commands get no input and their output is dropped; one that fails ends the measurement with exit 1. */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

/* Milliseconds from start to exit; ends the program when the command fails. */
static double run(char **argv, const posix_spawn_file_actions_t *actions) {
  pid_t child;
  int status;
  double start = now();
  if (posix_spawnp(&child, argv[0], actions, NULL, argv, environ) != 0 || waitpid(child, &status, 0) != child ||
      status != 0) {
    (void)fprintf(stderr, "paired: %s failed\n", argv[0]);
    exit(1);
  }
  return now() - start;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(double *values, size_t count) {
  qsort(values, count, sizeof *values, compare);
  return values[count / 2];
}

int main(int argc, char **argv) {
  static double a[MOST_RUNS], b[MOST_RUNS], ratio[MOST_RUNS];
  long runs = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
  int split = 2;
  while (split < argc && strcmp(argv[split], "--") != 0) split++;
  if (runs < 1 || runs > MOST_RUNS || split == 2 || split + 1 >= argc) {
    (void)fputs("usage: paired RUNS COMMAND... -- COMMAND...\n", stderr);
    return 2;
  }
  argv[split] = NULL;
  posix_spawn_file_actions_t actions;
  (void)posix_spawn_file_actions_init(&actions);
  (void)posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  (void)posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  (void)run(argv + 2, &actions); /* not counted: the first run fills the page cache */
  (void)run(argv + split + 1, &actions);
  for (long i = 0; i < runs; i++) {
    a[i] = run(argv + 2, &actions);
    b[i] = run(argv + split + 1, &actions);
    ratio[i] = a[i] / b[i];
  }
  (void)posix_spawn_file_actions_destroy(&actions);
  size_t count = (size_t)runs;
  (void)printf("%.3f %.3f %.3f\n", median(a, count), median(b, count), median(ratio, count));
  return 0;
}
