/* require "pienv.shape": do many tables have only fields of given types? Documented in lua/pienv/_meta/shape.lua.
 *
 * A shape becomes a table of masks, by the names of its fields: bits of Lua's types, and those below. */
#include <string.h>

#include "bind/bind.h"

enum { ROWS = 1, SHAPES }; /* the first of the shapes, which their masks replace */

enum { TEXTS = 1 << LUA_NUMTYPES, NEEDED = TEXTS << 1 };

/* 0: there is no such type. Two types of Lua have one name. */
static int mask_of_name(lua_State *L, const char *name, size_t size) {
  static const char texts[] = "texts";
  int mask = size == sizeof texts - 1 && memcmp(name, texts, size) == 0 ? TEXTS : 0;
  for (int type = 0; type < LUA_NUMTYPES; type++) {
    const char *known = lua_typename(L, type);
    if (strlen(known) == size && memcmp(known, name, size) == 0) mask |= 1 << type;
  }
  return mask;
}

/* "string|texts!": one of these, and it must be there. */
static int mask_of(lua_State *L, const char *names, size_t size) {
  int mask = size > 0 && names[size - 1] == '!' ? NEEDED : 0;
  const char *end = names + size - (mask != 0);
  for (const char *name = names, *next; name != NULL; name = next) {
    const char *bar = memchr(name, '|', (size_t)(end - name));
    next = bar != NULL ? bar + 1 : NULL;
    int one = mask_of_name(L, name, (size_t)((bar != NULL ? bar : end) - name));
    if (one == 0) return luaL_error(L, "a shape names no type: '%s'", names);
    mask |= one;
  }
  return mask;
}

/* Puts the masks of a shape in its place, and the count of its needed fields at [1], which is no field's name. */
static void read_shape(lua_State *L, int arg) {
  lua_Integer needed = 0;
  luaL_checktype(L, arg, LUA_TTABLE);
  lua_newtable(L);
  for (lua_pushnil(L); lua_next(L, arg) != 0; lua_pop(L, 1)) {
    luaL_argcheck(L, lua_type(L, -2) == LUA_TSTRING && lua_type(L, -1) == LUA_TSTRING, arg,
                  "a shape must hold texts by names");
    size_t size;
    const char *names = lua_tolstring(L, -1, &size);
    int mask = mask_of(L, names, size);
    needed += (mask & NEEDED) != 0;
    lua_pushvalue(L, -2);
    lua_pushinteger(L, mask);
    lua_rawset(L, -5);
  }
  lua_pushinteger(L, needed);
  lua_rawseti(L, -2, 1);
  lua_replace(L, arg);
}

/* Is the table on top a list of texts, none of them empty? What is no part of the list is not looked at. */
static bool is_texts(lua_State *L) {
  lua_Unsigned count = lua_rawlen(L, -1);
  bool right = true;
  for (lua_Unsigned i = 1; right && i <= count; i++) {
    right = lua_rawgeti(L, -1, (lua_Integer)i) == LUA_TSTRING && lua_rawlen(L, -1) > 0;
    lua_pop(L, 1);
  }
  return right;
}

/* Does the value on top suit the mask? */
static bool suits(lua_State *L, int mask) {
  int type = lua_type(L, -1);
  return (mask & 1 << type) != 0 || ((mask & TEXTS) != 0 && pi_bind_is_bare(L) && is_texts(L));
}

/* The mask of the field whose name is below the value on top; 0: the shape has none. */
static int mask_of_field(lua_State *L, int shape) {
  if (lua_type(L, -2) != LUA_TSTRING) return 0;
  lua_pushvalue(L, -2);
  lua_rawget(L, shape);
  int mask = (int)lua_tointeger(L, -1);
  lua_pop(L, 1);
  return mask;
}

/* Is the table on top of this shape? */
static bool is_of(lua_State *L, int shape) {
  int row = lua_gettop(L);
  (void)lua_rawgeti(L, shape, 1);
  lua_Integer needed = lua_tointeger(L, -1);
  lua_pop(L, 1);
  for (lua_pushnil(L); lua_next(L, row) != 0; lua_pop(L, 1)) {
    int mask = mask_of_field(L, shape);
    if (!suits(L, mask)) {
      lua_settop(L, row);
      return false;
    }
    needed -= (mask & NEEDED) != 0;
  }
  return needed == 0;
}

static bool is_of_any(lua_State *L, int last) {
  for (int shape = SHAPES; shape <= last; shape++)
    if (is_of(L, shape)) return true;
  return false;
}

static int shape_all(lua_State *L) {
  int last = lua_gettop(L);
  luaL_checktype(L, ROWS, LUA_TTABLE);
  for (int arg = SHAPES; arg <= last; arg++) read_shape(L, arg);
  lua_pushvalue(L, ROWS);
  bool right = pi_bind_is_bare(L);
  lua_settop(L, last);
  lua_pushnil(L);
  while (right && lua_next(L, ROWS) != 0) {
    right = lua_type(L, -2) == LUA_TSTRING && pi_bind_is_bare(L) && is_of_any(L, last);
    lua_pop(L, 1);
  }
  lua_pushboolean(L, right);
  return 1;
}

static const luaL_Reg functions[] = {{"all", shape_all}, {NULL, NULL}};

int pi_open_shape(lua_State *L);

int pi_open_shape(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
