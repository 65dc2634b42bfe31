/* Standard output: see output.h. */
#include "host/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "core/interrupt.h"

void pi_output_reserve(void) {
  for (int fd = 0; fd <= 2; fd++) /* open() takes the lowest free number; opened the wrong way round on purpose */
    if (fcntl(fd, F_GETFD) < 0) (void)openat(AT_FDCWD, "/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
}

static int reader_is_gone(FILE *stream) {
  struct pollfd end = {.fd = fileno(stream), .events = POLLOUT};
  return ferror(stream) && poll(&end, 1, 0) == 1 && (end.revents & POLLERR);
}

int pi_output_closed(void) { return reader_is_gone(stdout) || reader_is_gone(stderr); }

int pi_output_finish(int status) {
  int lost = ferror(stdout), reason = 0; /* an earlier write may have failed; why is not known any more */
  if (fflush(stdout) != 0) {
    lost = 1;
    reason = errno;
  }
  if (pi_output_closed()) pi_interrupt_reraise(SIGPIPE);
  if (!lost) return status;
  (void)fprintf(stderr, "pienv: write standard output: %s\n",
                reason != 0 ? strerror(reason) : "not everything was written");
  return status != 0 ? status : 1;
}
