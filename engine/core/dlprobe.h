/* Loading a shared library in a process of its own, to see what happens.
 *
 * The program calls pi_dlprobe_main first thing in main when its first argument is PI_DLPROBE_FLAG:
 *
 *   program PI_DLPROBE_FLAG SECONDS stubs|bare PATH
 *
 * "stubs": the library sees what the program itself exports (pienv: a dummy for each Node-API function); "bare": it
 * gets a namespace of its own, in which nothing of the program is visible.
 *
 * That process supervises a second one, which has no descriptor but the null device, a process group of its own, no
 * core dump and at most SECONDS of CPU time, binds every symbol at once and leaves by _exit. When it has ended, or
 * SECONDS have passed, or SIGTERM, SIGINT or SIGHUP arrives, all its descendants are killed, those in groups of their
 * own too (Linux). It dies with its supervisor.
 *
 * A report is written to descriptor 1: a line "<what> <detail> <seconds>" and, after it, the loader's message.
 *
 *   loaded -         the library is there, its constructors have run
 *   refused -        the loader said no; the message follows
 *   signal SIGILL    it died of a signal
 *   exit N           it called exit
 *   hang -           it was killed after SECONDS
 *
 * Exit code: 0 with a report, 2 for wrong arguments, 1 when the second process could not be made (reason on
 * descriptor 2), 128 + N after signal N, without a report. */
#ifndef PIENV_CORE_DLPROBE_H
#define PIENV_CORE_DLPROBE_H

#define PI_DLPROBE_FLAG "--pienv-dlprobe"

int pi_dlprobe_main(int argc, char **argv);

#endif
