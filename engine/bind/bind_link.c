/* require "pienv.link": documented in lua/pienv/_meta/link.lua. */
#include <string.h>

#include "bind/bind_fs.h"
#include "core/link.h"

/* Adds the way at the top of the stack to the plan. */
static void add_way(lua_State *L, int arg, pi_link_plan *plan) {
  const char *name = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
  unsigned way = 0;
  while (way < PI_LINK_WAYS && (name == NULL || strcmp(name, pi_link_name((pi_link_way)way)) != 0)) way++;
  if (way == PI_LINK_WAYS) luaL_argerror(L, arg, "option 'ways' lists 'reflink', 'hardlink' and 'copy'");
  for (size_t i = 0; i < plan->count; i++)
    if (plan->ways[i] == (pi_link_way)way) luaL_argerror(L, arg, "option 'ways' lists a way twice");
  plan->ways[plan->count++] = (pi_link_way)way;
}

static void check_ways(lua_State *L, int arg, pi_link_plan *plan) {
  if (!pi_bind_push_option(L, arg, "ways")) luaL_argerror(L, arg, "option 'ways' is missing");
  luaL_argcheck(L, lua_istable(L, -1), arg, "option 'ways' must be a table");
  lua_Unsigned count = lua_rawlen(L, -1);
  luaL_argcheck(L, count > 0, arg, "option 'ways' is empty");
  for (lua_Unsigned i = 1; i <= count; i++) {
    lua_rawgeti(L, -1, (lua_Integer)i);
    add_way(L, arg, plan);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

/* `owner` is where the new file's owner is kept. */
static pi_link_plan check_plan(lua_State *L, int arg, pi_fs_owner *owner) {
  static const char *const known[] = {"gid", "mode", "sync", "uid", "ways", NULL};
  luaL_checktype(L, arg, LUA_TTABLE);
  pi_bind_options(L, arg, known);
  pi_link_plan plan = {.count = 0};
  check_ways(L, arg, &plan);
  plan.put = (pi_fs_put){.mode = pi_bind_opt_mode(L, arg, 0777),
                         .sync = pi_bind_opt_boolean(L, arg, "sync", false),
                         .owner = pi_bind_opt_owner(L, arg, owner) ? owner : NULL};
  return plan;
}

static void set_string(lua_State *L, const char *field, const char *text) {
  lua_pushstring(L, text);
  lua_setfield(L, -2, field);
}

static int push_result(lua_State *L, const pi_link_result *result) {
  lua_createtable(L, 0, 2);
  set_string(L, "how", pi_link_name(result->how));
  lua_createtable(L, (int)result->passed_count, 0);
  for (size_t i = 0; i < result->passed_count; i++) {
    lua_createtable(L, 0, 3);
    set_string(L, "how", pi_link_name(result->passed[i].way));
    set_string(L, "code", result->passed[i].code);
    set_string(L, "reason", result->passed[i].reason);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, -2, "passed");
  return 1;
}

static int link_put(lua_State *L) {
  const char *from = pi_bind_path(L, 1), *to = pi_bind_path(L, 2);
  pi_fs_owner owner;
  pi_link_plan plan = check_plan(L, 3, &owner);
  pi_link_result result;
  pi_err err;
  if (pi_link_put(&result, from, to, &plan, &err) < 0) return pi_bind_fail(L, &err);
  return push_result(L, &result);
}

static const luaL_Reg functions[] = {{"put", link_put}, {NULL, NULL}};

int pi_open_link(lua_State *L);

int pi_open_link(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
