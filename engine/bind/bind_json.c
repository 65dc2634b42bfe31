/* require "pienv.c.json": documented in lua/pienv/_meta/json.lua.
 *
 * A walk over what jansson parses. jansson cannot be trusted with a failing allocator: it ignores the failure where it
 * collects a string or a number, and goes on with bytes missing (docs/adr/0009-json-decoder.md). So it never sees one:
 * its memory is taken from chunks that are userdata of the Lua state. Where there is no more, Lua raises "not enough
 * memory" out of the parser, and the collector frees the chunks, all at once, as it does after a success. What a text
 * takes counts for the memory limit of the state like everything else. */
#include <assert.h>
#include <jansson.h>
#include <string.h>

#include "bind/bind.h"
#include "bind/bind_json_form.h"

static_assert(sizeof(json_int_t) == sizeof(lua_Integer), "integers keep their digits");

/* The stack of decode: its arguments, and the newest chunk, whose user value is the chunk before it. */
enum { TEXT = 1, ARRAY_MARK, CHUNK };

enum { CHUNK_SIZE = 16 * 1024, MOST_LEVELS = 128 };

/* What any allocation is aligned for. */
typedef union cell {
  void *pointer;
  double number;
  json_int_t integer;
} cell;

typedef struct arena {
  lua_State *L;
  char *at; /* what is left of the newest chunk */
  size_t left;
} arena;

static _Thread_local arena *current; /* of the running json_loadb: jansson's allocator has no argument for it */

static void add_chunk(arena *a, size_t least) {
  size_t size = least > CHUNK_SIZE ? least : CHUNK_SIZE;
  a->at = lua_newuserdatauv(a->L, size, 1);
  a->left = size;
  lua_pushvalue(a->L, CHUNK);
  lua_setiuservalue(a->L, -2, 1);
  lua_replace(a->L, CHUNK);
  current = a; /* a finalizer that the collector has run may have decoded, too */
}

static void *take(size_t size) {
  arena *a = current;
  size_t rounded = (size + sizeof(cell) - 1) / sizeof(cell) * sizeof(cell);
  if (rounded > a->left) add_chunk(a, rounded);
  char *block = a->at;
  a->at += rounded;
  a->left -= rounded;
  return block;
}

static void leave(void *block) { (void)block; }

/* Pushes a value; false when it has more levels than `levels`. */
static bool push_value(lua_State *L, json_t *value, int levels);

static bool push_array(lua_State *L, json_t *array, int levels) {
  lua_newtable(L);
  lua_pushvalue(L, ARRAY_MARK);
  lua_setmetatable(L, -2);
  for (size_t i = 0; i < json_array_size(array); i++) {
    if (!push_value(L, json_array_get(array, i), levels)) return false;
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return true;
}

static bool push_object(lua_State *L, json_t *object, int levels) {
  lua_newtable(L);
  for (void *i = json_object_iter(object); i != NULL; i = json_object_iter_next(object, i)) {
    lua_pushlstring(L, json_object_iter_key(i), json_object_iter_key_len(i));
    if (!push_value(L, json_object_iter_value(i), levels)) return false;
    lua_rawset(L, -3);
  }
  return true;
}

static bool push_value(lua_State *L, json_t *value, int levels) {
  luaL_checkstack(L, 3, "nested too deep");
  switch (json_typeof(value)) {
    case JSON_ARRAY: return levels > 0 && push_array(L, value, levels - 1);
    case JSON_OBJECT: return levels > 0 && push_object(L, value, levels - 1);
    case JSON_STRING: lua_pushlstring(L, json_string_value(value), json_string_length(value)); break;
    case JSON_INTEGER: lua_pushinteger(L, json_integer_value(value)); break;
    case JSON_REAL: lua_pushnumber(L, json_real_value(value)); break;
    case JSON_NULL: lua_pushlightuserdata(L, NULL); break;
    default: lua_pushboolean(L, json_is_true(value)); break;
  }
  return true;
}

/* jansson counts the column of the last character that it read, 0 before the first one. */
static int fail_at(lua_State *L, int line, int column, const char *reason) {
  pi_err err;
  pi_err_set(&err, "EJSON", "parse JSON: line %d, column %d: %s", line, column > 0 ? column : 1, reason);
  return pi_bind_fail(L, &err);
}

/* jansson skips a NUL byte that ends a number. */
static int fail_nul(lua_State *L, const char *text, const char *nul) {
  int line = 1, column = 1;
  for (const char *c = text; c < nul; c++) {
    bool newline = *c == '\n', starts_character = ((unsigned char)*c & 0xC0) != 0x80;
    line += newline;
    column = newline ? 1 : column + starts_character;
  }
  return fail_at(L, line, column, "NUL byte");
}

static int json_decode(lua_State *L) {
  size_t size;
  json_error_t error;
  const char *text = luaL_checklstring(L, TEXT, &size);
  luaL_checktype(L, ARRAY_MARK, LUA_TTABLE);
  lua_settop(L, CHUNK);
  luaL_checkstack(L, 3, NULL);
  const char *nul = memchr(text, '\0', size);
  if (nul != NULL) return fail_nul(L, text, nul);
  current = &(arena){.L = L};
  json_t *value = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
  current = NULL;
  if (value == NULL) return fail_at(L, error.line, error.column, error.text);
  if (push_value(L, value, MOST_LEVELS)) return 1;
  pi_err err;
  pi_err_set(&err, "EJSON", "parse JSON: nested deeper than %d levels", MOST_LEVELS);
  return pi_bind_fail(L, &err);
}

static const luaL_Reg functions[] = {{"decode", json_decode}, {"form", pi_bind_json_form}, {NULL, NULL}};

int pi_open_json(lua_State *L);

int pi_open_json(lua_State *L) {
  json_set_alloc_funcs(take, leave);
  luaL_newlib(L, functions);
  lua_pushlightuserdata(L, NULL);
  lua_setfield(L, -2, "null");
  return 1;
}
