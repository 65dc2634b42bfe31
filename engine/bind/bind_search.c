/* require "pienv.search": documented in lua/pienv/_meta/search.lua. */
#include "bind/bind_search.h"

enum { MOST_NEEDLES = 1000, DEFAULT_LIMIT = 16, MOST_LIMIT = 100000 };

void pi_bind_check_needles(lua_State *L, int list, int arg) {
  lua_Unsigned count = lua_rawlen(L, list);
  luaL_argcheck(L, count > 0 && count <= MOST_NEEDLES, arg, "1 to 1000 needles are looked for");
  for (lua_Integer i = 1; i <= (lua_Integer)count; i++, lua_pop(L, 1)) {
    luaL_argcheck(L, lua_rawgeti(L, list, i) == LUA_TSTRING, arg, "a needle is not a string");
    size_t size = lua_rawlen(L, -1);
    luaL_argcheck(L, size > 0 && size <= PI_SEARCH_MOST, arg, "a needle is empty or over 64 KiB long");
  }
}

pi_search_needle *pi_bind_push_needles(lua_State *L, int list, size_t limit) {
  size_t count = lua_rawlen(L, list);
  pi_search_needle *needles = lua_newuserdatauv(L, count * (sizeof *needles + limit * sizeof(uint64_t)), 0);
  uint64_t *offsets = (uint64_t *)(void *)(needles + count);
  for (size_t i = 0; i < count; i++) {
    (void)lua_rawgeti(L, list, (lua_Integer)i + 1);
    needles[i] = (pi_search_needle){
        .bytes = lua_tostring(L, -1), .size = lua_rawlen(L, -1), .offsets = offsets + i * limit, .limit = limit};
    lua_pop(L, 1);
  }
  return needles;
}

/* Pushes the bytes behind a match; false and *err. */
static bool push_after(lua_State *L, const char *path, uint64_t offset, size_t size, pi_err *err) {
  luaL_Buffer buffer;
  char *room = luaL_buffinitsize(L, &buffer, size);
  ptrdiff_t got = pi_search_bytes_at(room, size, path, offset, err);
  luaL_pushresultsize(&buffer, got > 0 ? (size_t)got : 0);
  return got >= 0;
}

/* Pushes { count, offsets, after? }. */
static bool push_found(lua_State *L, const pi_search_needle *needle, const char *path, size_t after, pi_err *err) {
  size_t kept = needle->count < needle->limit ? (size_t)needle->count : needle->limit;
  lua_createtable(L, 0, 3);
  lua_pushinteger(L, (lua_Integer)needle->count);
  lua_setfield(L, -2, "count");
  lua_createtable(L, (int)kept, 0);
  for (size_t i = 0; i < kept; i++) {
    lua_pushinteger(L, (lua_Integer)needle->offsets[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, -2, "offsets");
  if (after == 0) return true;
  lua_createtable(L, (int)kept, 0);
  for (size_t i = 0; i < kept; i++) {
    if (!push_after(L, path, needle->offsets[i] + needle->size, after, err)) return false;
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, -2, "after");
  return true;
}

static int search_file(lua_State *L) {
  static const char *const known[] = {"limit", "after", "word_end", NULL};
  const char *path = pi_bind_path(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  pi_bind_check_needles(L, 2, 2);
  pi_bind_options(L, 3, known);
  lua_Integer limit = pi_bind_opt_integer(L, 3, "limit", DEFAULT_LIMIT), after = pi_bind_opt_integer(L, 3, "after", 0);
  luaL_argcheck(L, limit >= 0 && limit <= MOST_LIMIT, 3, "option 'limit' must be 0 to 100000");
  luaL_argcheck(L, after >= 0 && after <= PI_SEARCH_MOST, 3, "option 'after' must be 0 to 65536");
  bool word_end = pi_bind_opt_boolean(L, 3, "word_end", false);
  size_t count = lua_rawlen(L, 2);
  pi_search_needle *needles = pi_bind_push_needles(L, 2, (size_t)limit);
  pi_err err;
  if (pi_search_file(needles, count, word_end, path, &err) < 0) return pi_bind_fail(L, &err);
  lua_createtable(L, (int)count, 0);
  for (size_t i = 0; i < count; i++) {
    if (!push_found(L, &needles[i], path, (size_t)after, &err)) return pi_bind_fail(L, &err);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

static const luaL_Reg functions[] = {{"file", search_file}, {NULL, NULL}};

int pi_open_search(lua_State *L);

int pi_open_search(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
