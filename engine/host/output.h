/* Standard output and standard error as a pipeline sees them.
 *
 * SIGPIPE is ignored (core/interrupt.h), so that a reader who goes away (`pienv list | head -1`) does not end pienv in
 * the middle of something. Instead the VM asks pi_output_closed() now and then and treats it like the signal, and
 * pi_output_finish() ends the program by it: quietly, as a filter is expected to. */
#ifndef PIENV_HOST_OUTPUT_H
#define PIENV_HOST_OUTPUT_H

/* Takes the numbers 0, 1 and 2 where pienv was started without them (`pienv build >&-`), so that no file that is opened
 * later gets one of them and finds our output in it. Reading and writing them fails with EBADF, as if they were closed.
 * The first thing in main. */
void pi_output_reserve(void);

/* Non-zero when a write to standard output or standard error has failed because nobody reads it any more. */
int pi_output_closed(void);

/* Writes out what is buffered; the last thing before main returns. Returns `status`, or 1 when `status` is 0 and output
 * was lost (it then says so on standard error). Does not return when the reader went away: ends this process by
 * SIGPIPE. */
int pi_output_finish(int status);

#endif
