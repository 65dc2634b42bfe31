/* require "pienv.sha256": documented in lua/pienv/_meta/sha256.lua. */
#include "bind/bind_fs.h"
#include "bind/bind_search.h"
#include "core/sha256_copy.h"

static const char TYPE[] = "pienv.sha256";

static int push_hex(lua_State *L, const unsigned char digest[PI_SHA256_SIZE]) {
  char hex[PI_SHA256_HEX_SIZE];
  pi_sha256_hex(digest, hex);
  lua_pushstring(L, hex);
  return 1;
}

static int sha256_hash(lua_State *L) {
  size_t size;
  const char *bytes = luaL_checklstring(L, 1, &size);
  unsigned char digest[PI_SHA256_SIZE];
  pi_sha256 s;
  pi_sha256_init(&s);
  pi_sha256_update(&s, bytes, size);
  pi_sha256_final(&s, digest);
  return push_hex(L, digest);
}

static int sha256_file(lua_State *L) {
  const char *path = pi_bind_path(L, 1);
  unsigned char digest[PI_SHA256_SIZE];
  pi_err err;
  if (pi_sha256_file(digest, path, &err) < 0) return pi_bind_fail(L, &err);
  return push_hex(L, digest);
}

/* The needles of option 'search', kept on the stack; NULL where there is none. */
static pi_search_needle *push_search(lua_State *L, int arg, size_t *count) {
  *count = 0;
  if (!pi_bind_push_option(L, arg, "search")) return NULL;
  luaL_argcheck(L, lua_istable(L, -1), arg, "option 'search' must be a table");
  pi_bind_check_needles(L, lua_gettop(L), arg);
  *count = lua_rawlen(L, -1);
  return pi_bind_push_needles(L, lua_gettop(L), 0);
}

static void push_counts(lua_State *L, const pi_search_needle *needles, size_t count) {
  lua_createtable(L, (int)count, 0);
  for (size_t i = 0; i < count; i++) {
    lua_pushinteger(L, (lua_Integer)needles[i].count);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

static int sha256_copy(lua_State *L) {
  static const char *const known[] = {"gid", "mode", "search", "sync", "uid", NULL};
  const char *from = pi_bind_path(L, 1), *to = pi_bind_path(L, 2);
  pi_bind_options(L, 3, known);
  pi_fs_owner owner;
  pi_fs_put put = {.mode = pi_bind_opt_mode(L, 3, 0777),
                   .sync = pi_bind_opt_boolean(L, 3, "sync", true),
                   .owner = pi_bind_opt_owner(L, 3, &owner) ? &owner : NULL};
  unsigned char digest[PI_SHA256_SIZE];
  uint64_t size;
  size_t count;
  pi_err err;
  pi_searcher search;
  pi_search_needle *needles = push_search(L, 3, &count);
  if (needles != NULL && pi_searcher_open(&search, needles, count, false) < 0) {
    pi_err_os_pair(&err, ENOMEM, "copy", from, to);
    return pi_bind_fail(L, &err);
  }
  int result = pi_sha256_copy(digest, &size, from, to, &put, needles != NULL ? &search : NULL, &err);
  if (needles != NULL) pi_searcher_release(&search);
  if (result < 0) return pi_bind_fail(L, &err);
  push_hex(L, digest);
  lua_pushinteger(L, (lua_Integer)size);
  if (needles == NULL) return 2;
  push_counts(L, needles, count);
  return 3;
}

static int sha256_new(lua_State *L) {
  pi_sha256 *s = lua_newuserdatauv(L, sizeof *s, 0);
  pi_sha256_init(s);
  luaL_setmetatable(L, TYPE);
  return 1;
}

static int stream_update(lua_State *L) {
  pi_sha256 *s = luaL_checkudata(L, 1, TYPE);
  size_t size;
  const char *bytes = luaL_checklstring(L, 2, &size);
  pi_sha256_update(s, bytes, size);
  lua_settop(L, 1); /* the stream itself, so that calls chain */
  return 1;
}

static int stream_hex(lua_State *L) {
  pi_sha256 *s = luaL_checkudata(L, 1, TYPE);
  pi_sha256 copy = *s; /* the stream goes on: a digest of what came so far */
  unsigned char digest[PI_SHA256_SIZE];
  pi_sha256_final(&copy, digest);
  return push_hex(L, digest);
}

static const luaL_Reg methods[] = {{"update", stream_update}, {"hex", stream_hex}, {NULL, NULL}};

static const luaL_Reg functions[] = {
    {"copy", sha256_copy}, {"hash", sha256_hash}, {"file", sha256_file}, {"new", sha256_new}, {NULL, NULL}};

int pi_open_sha256(lua_State *L);

int pi_open_sha256(lua_State *L) {
  luaL_newmetatable(L, TYPE);
  lua_newtable(L);
  luaL_setfuncs(L, methods, 0);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  luaL_newlib(L, functions);
  return 1;
}
