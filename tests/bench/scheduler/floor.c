/* floor COUNT: starts /bin/true COUNT times, two in flight, by nothing but posix_spawn and wait: what nobody can beat.
 */
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>

extern char **environ;

enum { IN_FLIGHT = 2 };

int main(int argc, char **argv) {
  static char program[] = "/bin/true";
  char *const command[] = {program, NULL};
  long count = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
  int running = 0;
  for (long i = 0; i < count; i++) {
    pid_t pid;
    if (running == IN_FLIGHT && wait(NULL) > 0) running--;
    if (posix_spawn(&pid, program, NULL, NULL, command, environ) != 0) return 1;
    running++;
  }
  while (running-- > 0) (void)wait(NULL);
  return 0;
}
