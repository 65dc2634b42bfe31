/* require "pienv.c.gittree": documented in lua/pienv/_meta/gittree.lua. */
#include <stdint.h>
#include <string.h>

#include "bind/bind.h"
#include "core/gittree.h"
#include "core/gittree_content.h"
#include "core/gittree_glob.h"
#include "core/gittree_plain.h"
#include "core/gittree_state.h"

static const char LIBRARY[] = "pienv.gittree.library", HEAD[] = "pienv.gittree.head", STATE[] = "pienv.gittree.state";

static int head_release(lua_State *L) {
  pi_gittree_head_release(luaL_checkudata(L, 1, HEAD));
  return 0;
}

static int state_release(lua_State *L) {
  pi_gittree_state_release(luaL_checkudata(L, 1, STATE));
  return 0;
}

/* The strings of the list at `arg`, as an array that a userdata on the stack owns. The list holds the strings. */
static const char **check_strings(lua_State *L, int arg, size_t *count) {
  luaL_checktype(L, arg, LUA_TTABLE);
  *count = lua_rawlen(L, arg);
  const char **paths = lua_newuserdatauv(L, (*count + 1) * sizeof *paths, 0);
  for (size_t i = 0; i < *count; i++) {
    lua_rawgeti(L, arg, (lua_Integer)i + 1);
    if (lua_type(L, -1) != LUA_TSTRING) luaL_argerror(L, arg, "list must hold strings");
    paths[i] = lua_tostring(L, -1);
    if (strlen(paths[i]) != lua_rawlen(L, -1)) luaL_argerror(L, arg, "string holds a NUL byte");
    lua_pop(L, 1);
  }
  return paths;
}

static void set_string(lua_State *L, const char *field, const char *value) {
  if (value == NULL || value[0] == '\0') return;
  lua_pushstring(L, value);
  lua_setfield(L, -2, field);
}

static void push_head(lua_State *L, const pi_gittree_head *head, const char *const *paths) {
  lua_createtable(L, 0, 6);
  set_string(L, "root", head->root);
  set_string(L, "commondir", head->commondir);
  set_string(L, "gitdir", head->gitdir);
  set_string(L, "commit", head->commit);
  set_string(L, "format", "sha1");
  lua_createtable(L, (int)head->count, 0);
  for (size_t i = 0; i < head->count; i++) {
    lua_createtable(L, 0, 3);
    set_string(L, "path", paths[i]);
    set_string(L, "type", head->entries[i].type);
    set_string(L, "id", head->entries[i].id);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, -2, "entries");
}

static int library_release(lua_State *L) {
  int *started = luaL_checkudata(L, 1, LIBRARY);
  if (*started) pi_gittree_stop();
  *started = 0;
  return 0;
}

/* libgit2 starts when it is first needed, and stops when the state is closed: the registry owns it. */
static void start_library(lua_State *L) {
  pi_err err;
  bool started_before = lua_rawgetp(L, LUA_REGISTRYINDEX, LIBRARY) != LUA_TNIL;
  lua_pop(L, 1);
  if (started_before) return;
  int *started = lua_newuserdatauv(L, sizeof *started, 0);
  *started = 0;
  luaL_setmetatable(L, LIBRARY);
  if (pi_gittree_start(&err) < 0) luaL_error(L, "%s", err.message);
  *started = 1;
  lua_rawsetp(L, LUA_REGISTRYINDEX, LIBRARY);
}

static int gittree_head(lua_State *L) {
  const char *dir = pi_bind_path(L, 1);
  size_t count;
  const char *const *paths = check_strings(L, 2, &count);
  pi_gittree_head *head = lua_newuserdatauv(L, sizeof *head, 0);
  memset(head, 0, sizeof *head);
  luaL_setmetatable(L, HEAD);
  pi_err err;
  bool plain = pi_gittree_plain_head(head, dir, paths, count);
  if (!plain) start_library(L);
  int result = plain ? 0 : pi_gittree_head_read(head, dir, paths, count, &err);
  if (result == 0) push_head(L, head, paths);
  pi_gittree_head_release(head);
  return result < 0 ? pi_bind_fail(L, &err) : 1;
}

static void push_state(lua_State *L, const pi_gittree_state *state, const pi_gittree_request *request) {
  lua_createtable(L, 0, 3);
  lua_pushboolean(L, state->count == 0);
  lua_setfield(L, -2, "clean");
  lua_createtable(L, (int)state->count, 0);
  for (size_t i = 0; i < state->count; i++) {
    lua_createtable(L, 0, 2);
    set_string(L, "path", state->changes[i].path);
    set_string(L, "kind", state->changes[i].kind);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, -2, "changes");
  if (state->ids == NULL) return;
  lua_createtable(L, 0, (int)request->count);
  for (size_t i = 0; i < request->count; i++) {
    if (state->ids[i][0] != '\0')
      lua_pushstring(L, state->ids[i]);
    else
      lua_pushboolean(L, 0);
    lua_setfield(L, -2, request->paths[i]);
  }
  lua_setfield(L, -2, "ids");
}

/* The options at `arg`. What is pushed here stays on the stack: it owns what the request refers to. */
static void check_request(lua_State *L, int arg, pi_gittree_request *request) {
  static const char *const known[] = {"head", "ids", "ignore", "memo", "settle", NULL};
  pi_bind_options(L, arg, known);
  request->ids = pi_bind_opt_boolean(L, arg, "ids", false);
  request->memo = pi_bind_opt_string(L, arg, "memo", NULL);
  lua_Integer settle = pi_bind_opt_integer(L, arg, "settle", 2);
  luaL_argcheck(L, settle >= -1000 && settle <= 1000, arg, "option 'settle' must be -1000 to 1000 seconds");
  request->settle = (int)settle;
  if (pi_bind_push_option(L, arg, "ignore"))
    request->exempt = check_strings(L, lua_absindex(L, -1), &request->exempt_count);
}

/* The id of entry `which` of the head on top of the stack, which must be of this path; "" where there is none. */
static void check_entry(lua_State *L, int arg, pi_gittree_entry *entry, const char *path, size_t which) {
  lua_rawgeti(L, -1, (lua_Integer)which + 1);
  luaL_argcheck(L, lua_istable(L, -1), arg, "option 'head' is of other paths");
  const char *of = pi_bind_opt_string(L, lua_gettop(L), "path", ""),
             *id = pi_bind_opt_string(L, lua_gettop(L), "id", "");
  luaL_argcheck(L, strcmp(of, path) == 0, arg, "option 'head' is of other paths");
  luaL_argcheck(L, strlen(id) < sizeof entry->id, arg, "option 'head' has ids of another kind");
  memcpy(entry->id, id, strlen(id) + 1);
  entry->type = NULL; /* not asked for */
  lua_pop(L, 1);
}

/* The option "head": what gittree_head gave, where that was without libgit2. It refers to strings of the option and to
 * a userdata that is left on the stack. */
static bool opt_head(lua_State *L, int arg, pi_gittree_known *head, const pi_gittree_request *request) {
  if (!pi_bind_push_option(L, arg, "head")) return false;
  int table = lua_gettop(L);
  luaL_argcheck(L, lua_istable(L, table), arg, "option 'head' must be what head() gives");
  *head = (pi_gittree_known){.root = pi_bind_opt_string(L, table, "root", NULL),
                             .gitdir = pi_bind_opt_string(L, table, "gitdir", NULL)};
  if (head->root == NULL || head->gitdir == NULL) return false;
  pi_gittree_entry *entries = lua_newuserdatauv(L, (request->count + 1) * sizeof *entries, 0);
  luaL_argcheck(L,
                pi_bind_push_option(L, table, "entries") && lua_istable(L, -1) && lua_rawlen(L, -1) == request->count,
                arg, "option 'head' is of other paths");
  for (size_t i = 0; i < request->count; i++) check_entry(L, arg, &entries[i], request->paths[i], i);
  head->entries = entries;
  return true;
}

static int gittree_state(lua_State *L) {
  pi_gittree_request request = {.dir = pi_bind_path(L, 1)};
  lua_settop(L, 3);
  request.paths = check_strings(L, 2, &request.count);
  check_request(L, 3, &request);
  pi_gittree_known head;
  bool has_head = opt_head(L, 3, &head, &request);
  pi_gittree_state *state = lua_newuserdatauv(L, sizeof *state, 0);
  memset(state, 0, sizeof *state);
  luaL_setmetatable(L, STATE);
  pi_err err;
  bool plain = pi_gittree_plain_state(state, &request, has_head ? &head : NULL);
  if (!plain) start_library(L);
  int result = plain ? 0 : pi_gittree_state_read(state, &request, &err);
  if (result == 0) push_state(L, state, &request);
  pi_gittree_state_release(state);
  return result < 0 ? pi_bind_fail(L, &err) : 1;
}

static int gittree_hash(lua_State *L) {
  size_t size;
  const char *type = luaL_checkstring(L, 1), *bytes = luaL_checklstring(L, 2, &size);
  char hex[PI_GITTREE_HEX_SIZE];
  git_oid id;
  luaL_argcheck(L, strlen(type) <= 6, 1, "must be a type of git's objects");
  pi_gittree_hash(&id, type, bytes, size);
  lua_pushstring(L, git_oid_tostr(hex, sizeof hex, &id));
  return 1;
}

static int gittree_covers(lua_State *L) {
  lua_pushboolean(L, pi_gittree_glob_covers(luaL_checkstring(L, 1), luaL_checkstring(L, 2)));
  return 1;
}

static const luaL_Reg functions[] = {
    {"head", gittree_head}, {"state", gittree_state}, {"hash", gittree_hash}, {"covers", gittree_covers}, {NULL, NULL}};

int pi_open_gittree(lua_State *L);

int pi_open_gittree(lua_State *L) {
  pi_bind_handle(L, LIBRARY, NULL, library_release);
  pi_bind_handle(L, HEAD, NULL, head_release);
  pi_bind_handle(L, STATE, NULL, state_release);
  luaL_newlib(L, functions);
  return 1;
}
