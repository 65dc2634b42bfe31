/* pienv: starts a Lua state and hands the command line to lua/pienv/cli.lua, which returns the exit code. */
#include <lauxlib.h>
#include <lua.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/interrupt.h"
#include "host/vm.h"

/* An error that the command line did not turn into an exit code: docs/CLI.md, "Exit codes". */
enum { EXIT_BUG = 125 };

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

int main(int argc, char **argv) {
  pi_err err;
  int status = EXIT_BUG;
  pi_vm *vm = NULL;
  if (pi_interrupt_install(&err) < 0) {
    status = report_bug(err.message);
    goto out;
  }
  vm = pi_vm_new();
  if (vm == NULL) {
    status = report_bug("not enough memory to start");
    goto out;
  }
  lua_State *L = pi_vm_state(vm);
  lua_pushcfunction(L, add_traceback);
  lua_pushcfunction(L, run);
  lua_pushinteger(L, argc);
  lua_pushlightuserdata(L, argv);
  if (lua_pcall(L, 2, 1, 1) == LUA_OK)
    status = (int)luaL_optinteger(L, -1, EXIT_BUG);
  else
    status = report_bug(lua_tostring(L, -1));
out:
  pi_vm_free(vm);
  if (fflush(stdout) != 0 && status == 0) status = 1;
  return status;
}
