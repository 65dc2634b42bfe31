/* Signals by name: see signals.h. */
#include <signal.h>
#include <string.h>

#include "core/signals.h"

static const struct {
  int number;
  const char *name;
} names[] = {
    {SIGHUP, "SIGHUP"},     {SIGINT, "SIGINT"},   {SIGQUIT, "SIGQUIT"}, {SIGILL, "SIGILL"},   {SIGTRAP, "SIGTRAP"},
    {SIGABRT, "SIGABRT"},   {SIGBUS, "SIGBUS"},   {SIGFPE, "SIGFPE"},   {SIGKILL, "SIGKILL"}, {SIGUSR1, "SIGUSR1"},
    {SIGSEGV, "SIGSEGV"},   {SIGUSR2, "SIGUSR2"}, {SIGPIPE, "SIGPIPE"}, {SIGALRM, "SIGALRM"}, {SIGTERM, "SIGTERM"},
    {SIGCHLD, "SIGCHLD"},   {SIGCONT, "SIGCONT"}, {SIGSTOP, "SIGSTOP"}, {SIGTSTP, "SIGTSTP"}, {SIGTTIN, "SIGTTIN"},
    {SIGTTOU, "SIGTTOU"},   {SIGURG, "SIGURG"},   {SIGXCPU, "SIGXCPU"}, {SIGXFSZ, "SIGXFSZ"}, {SIGVTALRM, "SIGVTALRM"},
    {SIGPROF, "SIGPROF"},   {SIGSYS, "SIGSYS"},
#ifdef SIGWINCH
    {SIGWINCH, "SIGWINCH"},
#endif
};

enum { COUNT = sizeof names / sizeof names[0] };

const char *pi_signal_name(int number) {
  for (size_t i = 0; i < COUNT; i++)
    if (names[i].number == number) return names[i].name;
  return "SIGUNKNOWN";
}

int pi_signal_number(const char *name) {
  for (size_t i = 0; i < COUNT; i++)
    if (strcmp(names[i].name, name) == 0) return names[i].number;
  return 0;
}
