/* Suspension: see suspend.h. */
#include <signal.h>

#include "core/suspend.h"
#include "core/time.h"

static volatile sig_atomic_t asked, continued, caught;

/* SIGSTOP, for SIGTSTP is blocked in its own handler. */
static void on_stop(int signal_number) {
  (void)signal_number;
  int saved = errno;
  if (asked) (void)raise(SIGSTOP);
  asked = !asked;
  errno = saved;
}

static void on_continue(int signal_number) {
  (void)signal_number;
  continued = 1;
}

static int handle(int signal_number, void (*handler)(int), pi_err *err) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
  (void)sigfillset(&action.sa_mask);
  return sigaction(signal_number, &action, NULL) == 0 ? 0 : pi_err_os(err, errno, "handle", "signal");
}

int pi_suspend_catch(bool on, pi_err *err) {
  struct sigaction now;
  if (sigaction(SIGTSTP, NULL, &now) == 0 && now.sa_handler == SIG_IGN) return 0;
  if (handle(SIGTSTP, on ? on_stop : SIG_DFL, err) < 0 || handle(SIGCONT, on ? on_continue : SIG_DFL, err) < 0)
    return -1;
  caught = on;
  if (!on && asked) (void)pi_suspend_stop();
  return 0;
}

bool pi_suspend_asked(void) { return asked != 0; }

/* By SIGTSTP itself: the kernel drops it where nobody could make the process go on (an orphaned group). */
double pi_suspend_stop(void) {
  double before = pi_time_monotonic();
  (void)handle(SIGTSTP, SIG_DFL, NULL);
  (void)raise(SIGTSTP);
  asked = 0;
  if (caught) (void)handle(SIGTSTP, on_stop, NULL);
  return pi_time_monotonic() - before;
}

bool pi_suspend_continued(void) {
  bool was = continued != 0;
  continued = 0;
  return was;
}
