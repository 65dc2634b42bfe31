/* require "pienv.time": documented in lua/pienv/_meta/time.lua. */
#include <math.h>

#include "bind/bind.h"
#include "core/time.h"

static int time_now(lua_State *L) {
  lua_pushnumber(L, pi_time_now());
  return 1;
}

static int time_monotonic(lua_State *L) {
  lua_pushnumber(L, pi_time_monotonic());
  return 1;
}

static int time_iso(lua_State *L) {
  lua_Number seconds = floor(luaL_checknumber(L, 1));
  luaL_argcheck(L, fabs(seconds) < 1e15, 1, "not a time"); /* also for NaN */
  char text[PI_TIME_ISO_SIZE];
  pi_err err;
  if (pi_time_iso(text, (int64_t)seconds, &err) < 0) return pi_bind_fail(L, &err);
  lua_pushstring(L, text);
  return 1;
}

static const luaL_Reg functions[] = {{"now", time_now}, {"monotonic", time_monotonic}, {"iso", time_iso}, {NULL, NULL}};

int pi_open_time(lua_State *L);

int pi_open_time(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
