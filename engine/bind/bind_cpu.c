/* require "pienv.cpu": documented in lua/pienv/_meta/cpu.lua. */
#include <stdlib.h>

#include "bind/bind.h"
#include "core/cpu.h"

static int cpu_features(lua_State *L) {
  pi_cpu cpu;
  pi_err err;
  if (pi_cpu_detect(&cpu, getenv("PIENV_CPU"), &err) < 0) return pi_bind_fail(L, &err);
  const char *name;
  lua_createtable(L, 0, 3);
  lua_pushstring(L, pi_cpu_machine_name(cpu.machine));
  lua_setfield(L, -2, "machine");
  if (cpu.level > 0) {
    lua_pushinteger(L, cpu.level);
    lua_setfield(L, -2, "level");
  }
  lua_newtable(L);
  for (size_t i = 0; (name = pi_cpu_feature(cpu.machine, i)) != NULL; i++)
    if (cpu.features >> i & 1) {
      lua_pushboolean(L, 1);
      lua_setfield(L, -2, name);
    }
  lua_setfield(L, -2, "features");
  return 1;
}

static int cpu_cores(lua_State *L) {
  lua_pushinteger(L, pi_cpu_cores());
  return 1;
}

static const luaL_Reg functions[] = {{"features", cpu_features}, {"cores", cpu_cores}, {NULL, NULL}};

int pi_open_cpu(lua_State *L);

int pi_open_cpu(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
