/* require "pienv.vm": what Lua may ask of its host. Documented in lua/pienv/_meta/vm.lua. */
#include <lauxlib.h>
#include <signal.h>

#include "bind/bind.h"
#include "core/interrupt.h"
#include "core/signals.h"
#include "core/suspend.h"
#include "host/stock.h"
#include "host/vm.h"

/* How this very program is started again, also where its file has been replaced meanwhile; NULL: unknown. */
static const char *os_executable(void);

static int vm_stock(lua_State *L) {
  if (!pi_stock_push(L, luaL_checkstring(L, 1))) lua_pushnil(L);
  return 1;
}

static int vm_stock_chunk(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  if (!pi_stock_load(L, name, false)) {
    lua_pushnil(L);
    return 1;
  }
  lua_pushvalue(L, 2);
  (void)lua_setupvalue(L, -2, 1);
  return 1;
}

static int vm_stock_names(lua_State *L) {
  pi_stock_push_names(L);
  return 1;
}

static int vm_modules(lua_State *L) {
  lua_newtable(L);
  lua_Integer n = 0;
  for (const luaL_Reg *module = pi_bind_modules; module->name != NULL; module++) {
    lua_pushstring(L, module->name);
    lua_rawseti(L, -2, ++n);
  }
  lua_pushliteral(L, "pienv.vm");
  lua_rawseti(L, -2, ++n);
  return 1;
}

static int vm_limit(lua_State *L) {
  static const char *const known[] = {"bytes", "seconds", NULL};
  pi_bind_options(L, 1, known);
  enum { KEEP = -1 };
  lua_Integer bytes = pi_bind_opt_integer(L, 1, "bytes", KEEP);
  lua_Number seconds = pi_bind_opt_number(L, 1, "seconds", KEEP);
  luaL_argcheck(L, bytes >= KEEP && seconds >= KEEP, 1, "limits must not be negative");
  if (bytes >= 0) pi_vm_limit_memory(pi_vm_of(L), (size_t)bytes);
  if (seconds >= 0) pi_vm_limit_time(pi_vm_of(L), seconds);
  return 0;
}

/* Pushes the name of a signal that core/interrupt.h handles, or nil for 0. SIGPIPE: nobody reads our output any more.
 */
static int push_signal(lua_State *L, int signal_number) {
  if (signal_number == 0)
    lua_pushnil(L);
  else
    lua_pushstring(L, pi_signal_name(signal_number));
  return 1;
}

static int vm_interrupted(lua_State *L) { return push_signal(L, pi_vm_interrupted(pi_vm_of(L))); }

static int vm_take_interrupt(lua_State *L) { return push_signal(L, pi_interrupt_take()); }

static int vm_shield(lua_State *L) {
  luaL_checktype(L, 1, LUA_TBOOLEAN);
  lua_pushboolean(L, pi_vm_shield(pi_vm_of(L), lua_toboolean(L, 1)));
  return 1;
}

static int vm_watch(lua_State *L) {
  pi_vm_watch(L);
  return 0;
}

static int vm_collect(lua_State *L) {
  pi_vm_collect(L);
  return 0;
}

static int vm_settle(lua_State *L) {
  pi_vm_settle(pi_vm_of(L));
  return 0;
}

/* Only asks for it: main closes the state first, so that children end and temporary files go, then ends by the signal.
 */
static int vm_reraise(lua_State *L) {
  static const char *const names[] = {"SIGINT", "SIGTERM", "SIGHUP", "SIGPIPE", NULL};
  static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
  pi_interrupt_request(numbers[luaL_checkoption(L, 1, NULL, names)]);
  return 0;
}

static int vm_catch_stop(lua_State *L) {
  pi_err err;
  luaL_checktype(L, 1, LUA_TBOOLEAN);
  return pi_bind_result(L, pi_suspend_catch(lua_toboolean(L, 1), &err), &err);
}

static int vm_stop_asked(lua_State *L) {
  lua_pushboolean(L, pi_suspend_asked());
  return 1;
}

/* The time limit is for what pienv does, not for how long somebody keeps it stopped. */
static int vm_stop(lua_State *L) {
  double seconds = pi_suspend_stop();
  pi_vm_postpone(pi_vm_of(L), seconds);
  lua_pushnumber(L, seconds);
  return 1;
}

static int vm_continued(lua_State *L) {
  lua_pushboolean(L, pi_suspend_continued());
  return 1;
}

static const luaL_Reg functions[] = {{"catch_stop", vm_catch_stop},
                                     {"collect", vm_collect},
                                     {"continued", vm_continued},
                                     {"interrupted", vm_interrupted},
                                     {"limit", vm_limit},
                                     {"modules", vm_modules},
                                     {"reraise", vm_reraise},
                                     {"resume", pi_vm_resume},
                                     {"settle", vm_settle},
                                     {"shield", vm_shield},
                                     {"stock", vm_stock},
                                     {"stock_chunk", vm_stock_chunk},
                                     {"stock_names", vm_stock_names},
                                     {"stop", vm_stop},
                                     {"stop_asked", vm_stop_asked},
                                     {"take_interrupt", vm_take_interrupt},
                                     {"watch", vm_watch},
                                     {NULL, NULL}};

int pi_open_vm(lua_State *L) {
  luaL_newlib(L, functions);
  lua_pushliteral(L, PIENV_VERSION);
  lua_setfield(L, -2, "version");
  lua_pushstring(L, pi_stock_root());
  lua_setfield(L, -2, "source_root");
  lua_pushstring(L, os_executable());
  lua_setfield(L, -2, "executable");
  return 1;
}

#if defined(__linux__)

static const char *os_executable(void) { return "/proc/self/exe"; }

#else

static const char *os_executable(void) { return NULL; }

#endif
