/* require "pienv.names": documented in lua/pienv/_meta/names.lua. */
#include "bind/bind.h"
#include "core/names.h"

/* The string keys of the table, each held by it; false: there is a key of another type. */
static bool read_keys(lua_State *L, pi_names_view *views) {
  for (lua_pushnil(L); lua_next(L, 1) != 0; lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING) return false;
    views->bytes = lua_tolstring(L, -2, &views->size);
    views++;
  }
  return true;
}

static size_t count_keys(lua_State *L) {
  size_t count = 0;
  for (lua_pushnil(L); lua_next(L, 1) != 0; lua_pop(L, 1)) count++;
  return count;
}

static int names_keys(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  size_t count = count_keys(L);
  pi_names_view *views = lua_newuserdatauv(L, (count > 0 ? count : 1) * sizeof *views, 0); /* Lua frees it */
  if (!read_keys(L, views)) return 0;
  pi_names_order(views, count);
  lua_createtable(L, (int)count, 0);
  for (size_t i = 0; i < count; i++) {
    lua_pushlstring(L, views[i].bytes, views[i].size);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

static const luaL_Reg functions[] = {{"keys", names_keys}, {NULL, NULL}};

int pi_open_names(lua_State *L);

int pi_open_names(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
