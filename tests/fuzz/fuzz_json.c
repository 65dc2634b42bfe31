/* libFuzzer: decoding JSON (engine/bind/bind_json.c) from any bytes: a value or nil, message, EJSON; nothing else. */
#include <lauxlib.h>
#include <lua.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int pi_open_json(lua_State *L);

/* Pushes the function decode. */
static lua_State *new_state(void) {
  lua_State *L = luaL_newstate();
  if (L == NULL) abort();
  luaL_requiref(L, "pienv.c.json", pi_open_json, 0);
  (void)lua_getfield(L, -1, "decode");
  return L;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static lua_State *L;
  if (L == NULL) L = new_state();
  int top = lua_gettop(L);
  lua_pushvalue(L, top);
  (void)lua_pushlstring(L, (const char *)bytes, size);
  lua_newtable(L);
  if (lua_pcall(L, 2, LUA_MULTRET, 0) != LUA_OK) abort();
  int results = lua_gettop(L) - top;
  if (results != 1 && (results != 3 || strcmp(lua_tostring(L, -1), "EJSON") != 0)) abort();
  if (results == 1 && memchr(bytes, '\0', size) != NULL) abort();
  lua_settop(L, top);
  (void)lua_gc(L, LUA_GCCOLLECT); /* what is kept for later makes libFuzzer look for leaks after each input */
  return 0;
}
