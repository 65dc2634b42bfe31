/* Helpers of the bindings: see bind.h. */
#include "bind/bind.h"

#include <string.h>

int pi_bind_fail(lua_State *L, const pi_err *err) {
  lua_pushnil(L);
  lua_pushstring(L, err->message);
  lua_pushstring(L, err->code);
  return 3;
}

int pi_bind_result(lua_State *L, int result, const pi_err *err) {
  if (result < 0) return pi_bind_fail(L, err);
  lua_pushboolean(L, 1);
  return 1;
}

static bool is_known(const char *key, const char *const known[]) {
  for (size_t i = 0; known[i] != NULL; i++)
    if (strcmp(key, known[i]) == 0) return true;
  return false;
}

void pi_bind_options(lua_State *L, int arg, const char *const known[]) {
  if (lua_isnoneornil(L, arg)) return;
  luaL_checktype(L, arg, LUA_TTABLE);
  lua_pushnil(L);
  while (lua_next(L, arg) != 0) {
    lua_pop(L, 1);
    if (lua_type(L, -1) != LUA_TSTRING) luaL_argerror(L, arg, "option names must be strings");
    const char *key = lua_tostring(L, -1);
    if (!is_known(key, known)) luaL_argerror(L, arg, lua_pushfstring(L, "unknown option '%s'", key));
  }
}

bool pi_bind_push_option(lua_State *L, int arg, const char *field) {
  if (!lua_istable(L, arg)) return false;
  lua_pushstring(L, field);
  if (lua_rawget(L, arg) != LUA_TNIL) return true;
  lua_pop(L, 1);
  return false;
}

static int wrong_type(lua_State *L, int arg, const char *field, const char *expected) {
  return luaL_argerror(L, arg,
                       lua_pushfstring(L, "option '%s' must be a %s, got %s", field, expected, luaL_typename(L, -1)));
}

const char *pi_bind_opt_string(lua_State *L, int arg, const char *field, const char *def) {
  if (!pi_bind_push_option(L, arg, field)) return def;
  if (lua_type(L, -1) != LUA_TSTRING) wrong_type(L, arg, field, "string");
  const char *value = lua_tostring(L, -1); /* stays alive: the option table holds it */
  lua_pop(L, 1);
  return value;
}

lua_Integer pi_bind_opt_integer(lua_State *L, int arg, const char *field, lua_Integer def) {
  if (!pi_bind_push_option(L, arg, field)) return def;
  int ok = 0;
  lua_Integer value = lua_tointegerx(L, -1, &ok);
  if (!ok || lua_type(L, -1) != LUA_TNUMBER) wrong_type(L, arg, field, "integer");
  lua_pop(L, 1);
  return value;
}

lua_Number pi_bind_opt_number(lua_State *L, int arg, const char *field, lua_Number def) {
  if (!pi_bind_push_option(L, arg, field)) return def;
  if (lua_type(L, -1) != LUA_TNUMBER) wrong_type(L, arg, field, "number");
  lua_Number value = lua_tonumber(L, -1);
  lua_pop(L, 1);
  return value;
}

bool pi_bind_opt_boolean(lua_State *L, int arg, const char *field, bool def) {
  if (!pi_bind_push_option(L, arg, field)) return def;
  if (lua_type(L, -1) != LUA_TBOOLEAN) wrong_type(L, arg, field, "boolean");
  bool value = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return value;
}

bool pi_bind_is_bare(lua_State *L) {
  if (!lua_istable(L, -1)) return false;
  if (!lua_getmetatable(L, -1)) return true;
  lua_pop(L, 1);
  return false;
}

const char *pi_bind_path(lua_State *L, int arg) {
  size_t size;
  const char *path = luaL_checklstring(L, arg, &size);
  luaL_argcheck(L, size > 0, arg, "path is empty");
  luaL_argcheck(L, strlen(path) == size, arg, "path holds a NUL byte");
  return path;
}

void pi_bind_handle(lua_State *L, const char *type, const luaL_Reg *methods, lua_CFunction release) {
  luaL_newmetatable(L, type);
  if (methods != NULL) {
    lua_newtable(L);
    luaL_setfuncs(L, methods, 0);
    lua_setfield(L, -2, "__index");
  }
  lua_pushcfunction(L, release);
  lua_setfield(L, -2, "__gc");
  lua_pushcfunction(L, release);
  lua_setfield(L, -2, "__close");
  lua_pop(L, 1);
}
