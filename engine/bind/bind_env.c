/* require "pienv.env": documented in lua/pienv/_meta/env.lua. The environment of this process never changes: a child
 * gets its own (process.h), so that two steps cannot see each other's variables. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bind/bind.h"

static int env_get(lua_State *L) {
  size_t size;
  const char *name = luaL_checklstring(L, 1, &size);
  luaL_argcheck(L, size > 0 && strlen(name) == size && strchr(name, '=') == NULL, 1, "not a variable name");
  lua_pushstring(L, getenv(name)); /* nil for NULL */
  return 1;
}

/* Sets t[name] = value unless the name is there already (getenv finds the first of two); t is on the top. */
static void set_first(lua_State *L, const char *name, size_t size, const char *value) {
  lua_pushlstring(L, name, size);
  lua_pushvalue(L, -1);
  if (lua_rawget(L, -3) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_pushstring(L, value);
    lua_rawset(L, -3);
  } else {
    lua_pop(L, 2);
  }
}

static int env_all(lua_State *L) {
  lua_newtable(L);
  for (char **entry = environ; entry != NULL && *entry != NULL; entry++) {
    const char *equals = strchr(*entry, '=');
    if (equals == NULL || equals == *entry) continue; /* no variable: nothing could ask for it by name */
    set_first(L, *entry, (size_t)(equals - *entry), equals + 1);
  }
  return 1;
}

static const luaL_Reg functions[] = {{"get", env_get}, {"all", env_all}, {NULL, NULL}};

int pi_open_env(lua_State *L);

int pi_open_env(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
