/* require "pienv.archive": documented in lua/pienv/_meta/archive.lua. */
#include <string.h>

#include "bind/bind_fs.h"
#include "core/archive.h"
#include "core/archive_gzip.h"
#include "core/cpu.h"

static const char MEMBERS[] = "pienv.archive.members";

static const pi_archive_limits LIMITS = {.bytes = (uint64_t)4 << 30, .members = 10000, .ratio = 200};

/* An integer option between two bounds. */
static lua_Integer opt_between(lua_State *L, int arg, const char *field, lua_Integer def, lua_Integer least,
                               lua_Integer most) {
  lua_Integer value = pi_bind_opt_integer(L, arg, field, def);
  if (value < least || value > most)
    luaL_argerror(L, arg, lua_pushfstring(L, "option '%s' must be from %I to %I", field, least, most));
  return value;
}

/* Raises for a string with a NUL byte in it, which C would cut. */
static void check_text(lua_State *L, int arg, const char *field, const char *text) {
  if (text == NULL) return;
  pi_bind_push_option(L, arg, field);
  if (lua_rawlen(L, -1) != strlen(text)) luaL_argerror(L, 2, lua_pushfstring(L, "field '%s' holds a NUL byte", field));
  lua_pop(L, 1);
}

/* One of spec.members, at the top of the stack: the strings stay alive in their tables. */
static void take_source(lua_State *L, pi_archive_source *source) {
  static const char *const known[] = {"name", "path", "bytes", "mode", "follow", NULL};
  int at = lua_gettop(L);
  luaL_argcheck(L, lua_istable(L, at), 2, "a member must be a table { name =, path = or bytes = }");
  pi_bind_options(L, at, known);
  source->name = pi_bind_opt_string(L, at, "name", NULL);
  source->path = pi_bind_opt_string(L, at, "path", NULL);
  source->bytes = pi_bind_opt_string(L, at, "bytes", NULL);
  luaL_argcheck(L, source->name != NULL, 2, "a member has no name");
  luaL_argcheck(L, (source->path != NULL) != (source->bytes != NULL), 2, "a member must have either path or bytes");
  check_text(L, at, "name", source->name);
  check_text(L, at, "path", source->path);
  if (source->bytes != NULL) {
    pi_bind_push_option(L, at, "bytes");
    source->size = lua_rawlen(L, -1);
    lua_pop(L, 1);
  }
  source->nofollow = !pi_bind_opt_boolean(L, at, "follow", true);
  int mode = pi_bind_opt_mode(L, at, 0777);
  source->mode = mode >= 0 ? (unsigned)mode : 0644;
}

/* Pushes spec.members as an array. */
static pi_archive_source *push_sources(lua_State *L, size_t *count) {
  if (!pi_bind_push_option(L, 2, "members") || !lua_istable(L, -1))
    luaL_argerror(L, 2, "option 'members' must be a list of tables");
  int list = lua_gettop(L);
  *count = lua_rawlen(L, list);
  pi_archive_source *sources = lua_newuserdatauv(L, (*count + 1) * sizeof *sources, 0);
  memset(sources, 0, (*count + 1) * sizeof *sources);
  for (size_t i = 0; i < *count; i++) {
    lua_rawgeti(L, list, (lua_Integer)i + 1);
    take_source(L, &sources[i]);
    lua_pop(L, 1);
  }
  return sources;
}

static bool opt_choice(lua_State *L, const char *field, const char *yes, const char *no) {
  const char *value = pi_bind_opt_string(L, 2, field, no);
  if (strcmp(value, yes) != 0 && strcmp(value, no) != 0)
    luaL_argerror(L, 2, lua_pushfstring(L, "option '%s' must be '%s' or '%s'", field, no, yes));
  return strcmp(value, yes) == 0;
}

/* Option "gzip_members": "many", or the number 1. */
static bool opt_single(lua_State *L) {
  if (!pi_bind_push_option(L, 2, "gzip_members")) return false;
  bool one = lua_isinteger(L, -1) && lua_tointeger(L, -1) == 1;
  bool many = lua_type(L, -1) == LUA_TSTRING && strcmp(lua_tostring(L, -1), "many") == 0;
  luaL_argcheck(L, one || many, 2, "option 'gzip_members' must be 'many' or 1");
  lua_pop(L, 1);
  return one;
}

/* More threads than four hardly pay off against reading and writing, and each takes memory. */
static int default_threads(void) {
  int cores = pi_cpu_cores();
  return cores < 4 ? cores : 4;
}

static pi_archive_put take_put(lua_State *L) {
  static const char *const known[] = {"members", "level",  "mtime", "gzip_members", "chunk",
                                      "threads", "format", "mode",  "sync",         NULL};
  luaL_checktype(L, 2, LUA_TTABLE);
  pi_bind_options(L, 2, known);
  return (pi_archive_put){
      .level = (int)opt_between(L, 2, "level", 9, 0, 12),
      .single = opt_single(L),
      .chunk = (size_t)opt_between(L, 2, "chunk", 4 << 20, (lua_Integer)PI_GZIP_CHUNK_LEAST,
                                   (lua_Integer)PI_GZIP_CHUNK_MOST),
      .threads = (unsigned)opt_between(L, 2, "threads", default_threads(), 1, PI_GZIP_THREADS_MOST),
      .pax = opt_choice(L, "format", "pax", "ustar"),
      .mtime = opt_between(L, 2, "mtime", 0, 0, PI_ARCHIVE_MTIME_MOST),
      .mode = pi_bind_opt_mode(L, 2, 0777),
      .sync = pi_bind_opt_boolean(L, 2, "sync", true),
  };
}

static void push_sum(lua_State *L, const pi_archive_sum *sum) {
  lua_createtable(L, 0, 3);
  lua_pushinteger(L, (lua_Integer)sum->size);
  lua_setfield(L, -2, "size");
  lua_pushstring(L, sum->sha256);
  lua_setfield(L, -2, "sha256");
}

static int archive_write(lua_State *L) {
  const char *to = pi_bind_path(L, 1);
  pi_archive_put put = take_put(L);
  size_t count;
  pi_archive_sum archive;
  pi_err err;
  pi_archive_source *sources = push_sources(L, &count);
  pi_archive_sum *sums = lua_newuserdatauv(L, (count + 1) * sizeof *sums, 0);
  memset(sums, 0, (count + 1) * sizeof *sums);
  if (pi_archive_write(&archive, sums, to, sources, count, &put, &err) < 0) return pi_bind_fail(L, &err);
  push_sum(L, &archive);
  lua_createtable(L, (int)count, 0);
  for (size_t i = 0; i < count; i++) {
    push_sum(L, &sums[i]);
    lua_pushstring(L, sources[i].name);
    lua_setfield(L, -2, "name");
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, -2, "members");
  return 1;
}

static pi_archive_limits take_limits(lua_State *L, int arg) {
  return (pi_archive_limits){
      .bytes = (uint64_t)opt_between(L, arg, "bytes", (lua_Integer)LIMITS.bytes, 1, LUA_MAXINTEGER),
      .members = (uint64_t)opt_between(L, arg, "members", (lua_Integer)LIMITS.members, 1, LUA_MAXINTEGER),
      .ratio = (uint64_t)opt_between(L, arg, "ratio", (lua_Integer)LIMITS.ratio, 1, LUA_MAXINTEGER),
  };
}

static int members_release(lua_State *L) {
  pi_archive_members_release(luaL_checkudata(L, 1, MEMBERS));
  return 0;
}

static void push_member(lua_State *L, const pi_archive_member *member) {
  lua_createtable(L, 0, 5);
  lua_pushstring(L, member->name);
  lua_setfield(L, -2, "name");
  lua_pushstring(L, member->folder ? "directory" : "file");
  lua_setfield(L, -2, "type");
  lua_pushinteger(L, (lua_Integer)member->size);
  lua_setfield(L, -2, "size");
  lua_pushinteger(L, (lua_Integer)member->mode);
  lua_setfield(L, -2, "mode");
  lua_pushinteger(L, (lua_Integer)member->mtime);
  lua_setfield(L, -2, "mtime");
}

static int archive_list(lua_State *L) {
  static const char *const known[] = {"bytes", "members", "ratio", NULL};
  const char *path = pi_bind_path(L, 1);
  pi_bind_options(L, 2, known);
  pi_archive_limits limits = take_limits(L, 2);
  pi_err err;
  pi_archive_members *members = lua_newuserdatauv(L, sizeof *members, 0);
  *members = (pi_archive_members){NULL, 0, 0};
  luaL_setmetatable(L, MEMBERS);
  if (pi_archive_list(members, path, &limits, &err) < 0) return pi_bind_fail(L, &err);
  lua_createtable(L, (int)members->count, 0);
  for (size_t i = 0; i < members->count; i++) {
    push_member(L, &members->items[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  pi_archive_members_release(members);
  return 1;
}

static const char *opt_digest(lua_State *L, int arg) {
  const char *hex = pi_bind_opt_string(L, arg, "sha256", NULL);
  if (hex != NULL &&
      (strlen(hex) != PI_SHA256_HEX_SIZE - 1 || strspn(hex, "0123456789abcdef") != PI_SHA256_HEX_SIZE - 1))
    luaL_argerror(L, arg, "option 'sha256' must be 64 lower-case hexadecimal digits");
  return hex;
}

static int archive_extract(lua_State *L) {
  static const char *const known[] = {"bytes", "members", "ratio", "sha256", "size", "mode", "sync", NULL};
  const char *path = pi_bind_path(L, 1), *member = pi_bind_path(L, 2), *to = pi_bind_path(L, 3);
  pi_bind_options(L, 4, known);
  pi_archive_take take = {
      .limits = take_limits(L, 4),
      .sha256 = opt_digest(L, 4),
      .size = opt_between(L, 4, "size", -1, -1, LUA_MAXINTEGER),
      .mode = pi_bind_opt_mode(L, 4, 0777),
      .sync = pi_bind_opt_boolean(L, 4, "sync", true),
  };
  pi_archive_taken taken;
  pi_err err;
  if (pi_archive_extract(&taken, path, member, to, &take, &err) < 0) return pi_bind_fail(L, &err);
  push_sum(L, &taken.sum);
  lua_pushinteger(L, (lua_Integer)taken.mtime_ns);
  lua_setfield(L, -2, "mtime_ns");
  lua_pushinteger(L, (lua_Integer)taken.inode);
  lua_setfield(L, -2, "inode");
  return 1;
}

static const luaL_Reg functions[] = {
    {"extract", archive_extract}, {"list", archive_list}, {"write", archive_write}, {NULL, NULL}};

int pi_open_archive(lua_State *L);

int pi_open_archive(lua_State *L) {
  pi_bind_handle(L, MEMBERS, NULL, members_release);
  luaL_newlib(L, functions);
  return 1;
}
