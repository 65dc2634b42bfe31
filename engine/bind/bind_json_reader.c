/* require "pienv.json_reader": documented in lua/pienv/_meta/json_reader.lua. */
#include "bind/bind.h"
#include "core/json_reader.h"

/* The arguments of decode: what it gives and gets back lies on the Lua stack. */
enum { TEXT = 1, ARRAY_MARK = 2 };

static int read_value(lua_State *L, pi_json_reader *r, const pi_json_token *first, pi_err *err);

static void push_text(lua_State *L, const pi_json_token *token) {
  if (!token->escaped) {
    lua_pushlstring(L, token->text, token->size);
    return;
  }
  luaL_Buffer buffer;
  char *out = luaL_buffinitsize(L, &buffer, token->size);
  luaL_pushresultsize(&buffer, pi_json_unescape(token, out));
}

static int read_array(lua_State *L, pi_json_reader *r, pi_err *err) {
  pi_json_token token;
  lua_newtable(L);
  lua_pushvalue(L, ARRAY_MARK);
  lua_setmetatable(L, -2);
  for (lua_Integer i = 1;; i++) {
    if (pi_json_reader_next(r, &token, err) < 0) return -1;
    if (token.kind == PI_JSON_ARRAY_END) return 0;
    if (read_value(L, r, &token, err) < 0) return -1;
    lua_rawseti(L, -2, i);
  }
}

static int read_object(lua_State *L, pi_json_reader *r, pi_err *err) {
  pi_json_token token;
  lua_newtable(L);
  for (;;) {
    if (pi_json_reader_next(r, &token, err) < 0) return -1;
    if (token.kind == PI_JSON_OBJECT_END) return 0;
    push_text(L, &token);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, -3) != LUA_TNIL) return pi_json_reader_fail(r, "key stands twice in one object", err);
    lua_pop(L, 1);
    if (pi_json_reader_next(r, &token, err) < 0 || read_value(L, r, &token, err) < 0) return -1;
    lua_rawset(L, -3);
  }
}

/* Pushes the value that starts with token `first`. */
static int read_value(lua_State *L, pi_json_reader *r, const pi_json_token *first, pi_err *err) {
  luaL_checkstack(L, 5, "nested too deep");
  switch (first->kind) {
    case PI_JSON_ARRAY_BEGIN: return read_array(L, r, err);
    case PI_JSON_OBJECT_BEGIN: return read_object(L, r, err);
    case PI_JSON_STRING: push_text(L, first); break;
    case PI_JSON_INTEGER: lua_pushinteger(L, first->integer); break;
    case PI_JSON_NUMBER: lua_pushnumber(L, first->number); break;
    case PI_JSON_NULL: lua_pushlightuserdata(L, NULL); break;
    default: lua_pushboolean(L, first->kind == PI_JSON_TRUE); break;
  }
  return 0;
}

static int json_reader_decode(lua_State *L) {
  size_t size;
  const char *text = luaL_checklstring(L, TEXT, &size);
  luaL_checktype(L, ARRAY_MARK, LUA_TTABLE);
  lua_settop(L, ARRAY_MARK);
  pi_json_reader r;
  pi_json_token token;
  pi_err err;
  pi_json_reader_init(&r, text, size);
  if (pi_json_reader_next(&r, &token, &err) < 0 || read_value(L, &r, &token, &err) < 0 ||
      pi_json_reader_next(&r, &token, &err) < 0)
    return pi_bind_fail(L, &err);
  return 1;
}

static const luaL_Reg functions[] = {{"decode", json_reader_decode}, {NULL, NULL}};

int pi_open_json_reader(lua_State *L);

int pi_open_json_reader(lua_State *L) {
  luaL_newlib(L, functions);
  lua_pushlightuserdata(L, NULL);
  lua_setfield(L, -2, "null");
  return 1;
}
