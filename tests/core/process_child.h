/* The children of test_process.c: this program itself, called with the name of what it shall do. */
#ifndef PIENV_TESTS_PROCESS_CHILD_H
#define PIENV_TESTS_PROCESS_CHILD_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Prints its open descriptors below n. */
static int child_fds(long n) {
  for (int fd = 0; fd < n; fd++)
    if (fcntl(fd, F_GETFD) >= 0) (void)printf("%d ", fd);
  return 0;
}

/* Touches n MiB of memory. */
static int child_memory(long n) {
  size_t size = (size_t)n << 20;
  char *bytes = malloc(size);
  if (bytes == NULL) return 1;
  for (size_t i = 0; i < size; i += 512) bytes[i] = (char)i;
  int odd = bytes[size / 2] & 1;
  free(bytes);
  return odd;
}

/* Uses n milliseconds of the processor. */
static int child_cpu(long n) {
  while (clock() < n * (CLOCKS_PER_SEC / 1000)) continue;
  return 0;
}

/* Writes n numbered records of 16 bytes to stdout and n to stderr. */
static int child_records(long n) {
  for (long i = 0; i < n; i++) {
    if (printf("%015ld\n", i) < 0) return 1;
    if (fprintf(stderr, "%015ld\n", -i) < 0) return 1;
  }
  return 0;
}

/* Writes n lines of 1023 bytes and their newline. */
static int child_lines(long n) {
  char line[1024];
  memset(line, 'x', sizeof line);
  line[sizeof line - 1] = '\n';
  for (long i = 0; i < n; i++)
    if (fwrite(line, 1, sizeof line, stdout) != sizeof line) return 1;
  return 0;
}

/* Writes every byte n times over. */
static int child_bytes(long n) {
  for (long i = 0; i < n; i++)
    for (int byte = 0; byte < 256; byte++)
      if (putchar(byte) == EOF) return 1;
  return 0;
}

static int run_as_child(const char *what, long n) {
  static const struct {
    const char *name;
    int (*run)(long n);
  } children[] = {{"fds", child_fds},         {"memory", child_memory}, {"cpu", child_cpu},
                  {"records", child_records}, {"lines", child_lines},   {"bytes", child_bytes}};
  for (size_t i = 0; i < sizeof children / sizeof children[0]; i++)
    if (strcmp(children[i].name, what) == 0) {
      int status = children[i].run(n);
      return fflush(stdout) == 0 ? status : 1;
    }
  return 2;
}

#endif
