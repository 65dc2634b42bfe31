/* require "pienv.replay": documented in lua/pienv/_meta/replay.lua. */
#include "bind/bind.h"
#include "core/replay.h"

enum { MOST_ARGUMENTS = 256 };

static int replay_find(lua_State *L) {
  const char *arguments[MOST_ARGUMENTS];
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_Unsigned count = lua_rawlen(L, 1);
  pi_replay_slot slot;
  if (count > MOST_ARGUMENTS) return 0;
  luaL_checkstack(L, (int)count + 2, NULL);
  for (lua_Unsigned i = 0; i < count; i++) {
    luaL_argcheck(L, lua_rawgeti(L, 1, (lua_Integer)i + 1) == LUA_TSTRING, 1, "must be a list of strings");
    arguments[i] = lua_tostring(L, -1);
  }
  if (!pi_replay_find(&slot, arguments, (size_t)count)) return 0;
  lua_pushfstring(L, "%s/%s", slot.folder, slot.name);
  lua_pushfstring(L, PI_REPLAY_FORM " %s", slot.identity);
  return 2;
}

static const luaL_Reg functions[] = {{"find", replay_find}, {NULL, NULL}};

int pi_open_replay(lua_State *L);

int pi_open_replay(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
