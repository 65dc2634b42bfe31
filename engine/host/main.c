/* pienv: starts a Lua state and hands the command line to lua/pienv/cli.lua, which returns the exit code; or is the
 * loader probe's child (core/dlprobe.h), which has no Lua. */
#include <lauxlib.h>
#include <lua.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/dlprobe.h"
#include "core/gittree.h"
#include "core/interrupt.h"
#include "core/io.h"
#include "core/replay.h"
#include "host/output.h"
#include "host/vm.h"

/* What the command line did not turn into an exit code itself: docs/CLI.md, "Exit codes". */
enum { EXIT_TIME_LIMIT = 124, EXIT_BUG = 125 };

/* Calls require("pienv.cli").main(argv); runs protected. */
static int run(lua_State *L) {
  int argc = (int)lua_tointeger(L, 1);
  char **argv = lua_touserdata(L, 2);
  lua_settop(L, 0);
  lua_getglobal(L, "require");
  lua_pushliteral(L, "pienv.cli");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "main");
  lua_createtable(L, argc, 1);
  for (int i = 0; i < argc; i++) {
    lua_pushstring(L, argv[i]);
    lua_rawseti(L, -2, i);
  }
  lua_call(L, 1, 1);
  return 1;
}

static int add_traceback(lua_State *L) {
  luaL_traceback(L, L, luaL_tolstring(L, 1, NULL), 1);
  return 1;
}

static int report_bug(const char *what) {
  (void)fprintf(stderr,
                "pienv: bug: %s\nThis is a defect of pienv, not of your recipe: please report it with this text.\n",
                what != NULL ? what : "unknown error");
  return EXIT_BUG;
}

/* Nobody's mistake. In one write, and without memory. */
static int report_no_memory(void) {
  static const char text[] = "pienv: not enough memory\n";
  (void)pi_io_write(STDERR_FILENO, text, sizeof text - 1);
  return EXIT_FAILURE;
}

static void end_without_memory(void) { _exit(report_no_memory()); }

/* The error left run(): no memory even to say so there, a defect, or an interrupt that unwound everything because the
 * recipe would not end. */
static int report_error(lua_State *L, int status) {
  if (pi_interrupt_pending() != 0) return EXIT_FAILURE; /* main ends by the signal */
  if (status == LUA_ERRMEM) return report_no_memory();
  if (!pi_vm_expired(pi_vm_of(L))) return report_bug(lua_tostring(L, -1));
  (void)fputs("pienv: time limit reached\n", stderr);
  return EXIT_TIME_LIMIT;
}

/* Runs the command line in the state and returns the exit code. */
static int run_protected(lua_State *L, int argc, char **argv) {
  lua_pushcfunction(L, add_traceback);
  lua_pushcfunction(L, run);
  lua_pushinteger(L, argc);
  lua_pushlightuserdata(L, argv);
  int status = lua_pcall(L, 2, 1, 1);
  if (status != LUA_OK) return report_error(L, status);
  return lua_isinteger(L, -1) ? (int)lua_tointeger(L, -1) : report_bug("the command line returned no exit code");
}

static int end(int status) {
  status = pi_output_finish(status);
  if (pi_interrupt_pending() != 0) pi_interrupt_reraise(pi_interrupt_pending());
  return status;
}

/* A plain command that was done before, and all it hung on is as it was (core/replay.h). What a terminal shows is drawn
 * by the recipe. */
static bool run_again(int argc, char **argv) {
  pi_replay_slot slot;
  if (argc < 2 || isatty(STDERR_FILENO) || !pi_replay_find(&slot, (const char *const *)argv + 1, (size_t)argc - 1))
    return false;
  return pi_replay_run(&slot);
}

int main(int argc, char **argv) {
  pi_err err;
  if (argc > 1 && strcmp(argv[1], PI_DLPROBE_FLAG) == 0) return pi_dlprobe_main(argc, argv);
  pi_output_reserve();
  if (pi_interrupt_install(&err) < 0) return report_bug(err.message);
  pi_gittree_on_no_memory(end_without_memory);
  if (run_again(argc, argv)) return end(EXIT_SUCCESS);
  pi_vm *vm = pi_vm_new(true);
  if (vm == NULL) return report_no_memory();
  int status = run_protected(pi_vm_state(vm), argc, argv);
  pi_vm_free(vm); /* handles are released: children end, temporary files go */
  return end(status);
}
