/* require "pienv.object": documented in lua/pienv/_meta/object.lua. */
#include <string.h>

#include "bind/bind.h"
#include "bind/bind_object.h"

static const char TYPE[] = "pienv.object.file";

static int file_release(lua_State *L) {
  pi_object_release(luaL_checkudata(L, 1, TYPE));
  return 0;
}

static int object_inspect(lua_State *L) {
  const char *path = pi_bind_path(L, 1);
  lua_settop(L, 1);
  pi_object *o = lua_newuserdatauv(L, sizeof *o, 0);
  memset(o, 0, sizeof *o);
  luaL_setmetatable(L, TYPE);
  pi_err err;
  int result = pi_object_read(o, path, &err);
  if (result == 0) pi_bind_object_push(L, o);
  pi_object_release(o);
  return result < 0 ? pi_bind_fail(L, &err) : 1;
}

static const luaL_Reg functions[] = {{"inspect", object_inspect}, {NULL, NULL}};

int pi_open_object(lua_State *L);

int pi_open_object(lua_State *L) {
  luaL_newmetatable(L, TYPE);
  lua_pushcfunction(L, file_release);
  lua_setfield(L, -2, "__gc");
  lua_pop(L, 1);
  luaL_newlib(L, functions);
  return 1;
}
