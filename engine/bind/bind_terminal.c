/* require "pienv.terminal": documented in lua/pienv/_meta/terminal.lua. */
#include <limits.h>

#include "bind/bind.h"
#include "core/terminal.h"

static int check_fd(lua_State *L, int arg) {
  lua_Integer fd = luaL_checkinteger(L, arg);
  luaL_argcheck(L, fd >= 0 && fd <= INT_MAX, arg, "not a descriptor");
  return (int)fd;
}

static int terminal_is_tty(lua_State *L) {
  lua_pushboolean(L, pi_terminal_is_tty(check_fd(L, 1)));
  return 1;
}

static int terminal_is_ours(lua_State *L) {
  lua_pushboolean(L, pi_terminal_is_ours(check_fd(L, 1)));
  return 1;
}

static int terminal_size(lua_State *L) {
  int columns, rows;
  pi_err err;
  if (pi_terminal_size(&columns, &rows, check_fd(L, 1), &err) < 0) return pi_bind_fail(L, &err);
  lua_pushinteger(L, columns);
  lua_pushinteger(L, rows);
  return 2;
}

static int terminal_sanitize(lua_State *L) {
  size_t size;
  const char *text = luaL_checklstring(L, 1, &size);
  luaL_argcheck(L, size <= (size_t)-1 / PI_TERMINAL_GROWTH, 1, "text is too long");
  luaL_Buffer buffer;
  char *out = luaL_buffinitsize(L, &buffer, size * PI_TERMINAL_GROWTH);
  luaL_pushresultsize(&buffer, pi_terminal_sanitize(out, text, size));
  return 1;
}

static int terminal_clip(lua_State *L) {
  size_t size;
  int used;
  const char *text = luaL_checklstring(L, 1, &size);
  lua_Integer columns = luaL_checkinteger(L, 2);
  luaL_argcheck(L, columns >= 0 && columns <= INT_MAX, 2, "not a number of columns");
  lua_pushlstring(L, text, pi_terminal_clip(&used, text, size, (int)columns));
  lua_pushinteger(L, used);
  return 2;
}

static const luaL_Reg functions[] = {{"clip", terminal_clip},     {"is_ours", terminal_is_ours},
                                     {"is_tty", terminal_is_tty}, {"sanitize", terminal_sanitize},
                                     {"size", terminal_size},     {NULL, NULL}};

int pi_open_terminal(lua_State *L);

int pi_open_terminal(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
