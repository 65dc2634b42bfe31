/* What every binding uses, and nothing more.
 *
 * A binding does four things in this order (docs/ARCHITECTURE.md, "C habits"):
 *   1. check every argument            (may raise; nothing is owned yet)
 *   2. create the owning userdata      (in its closed state, with its metatable)
 *   3. call the core
 *   4. push the results
 * One failure shape: nil, "<verb> <path>: <reason>", "ECODE" through pi_bind_fail. Wrong use raises and names the
 * argument. The modules are listed in modules.c; each is `int pi_open_NOUN(lua_State *L)` in bind_NOUN.c. A module is
 * "pienv.NOUN", or "pienv.c.NOUN" where lua/pienv/NOUN.lua holds its other half. */
#ifndef PIENV_BIND_BIND_H
#define PIENV_BIND_BIND_H

#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>

#include "core/err.h"

/* Pushes nil, err->message, err->code; returns 3. */
int pi_bind_fail(lua_State *L, const pi_err *err);

/* Pushes true, or the failure when `result` is negative; for functions that only succeed or fail. */
int pi_bind_result(lua_State *L, int result, const pi_err *err);

/* Option tables. `arg` is the index of the table or of nothing (then the defaults are meant). Fields are read raw: a
 * metatable's __index could hand out strings that nothing holds.
 * pi_bind_options raises for a value that is no table and for a key that `known` (NULL-terminated) does not list;
 * pi_bind_push_option returns false, and pushes nothing, where the table or the field is missing. */
void pi_bind_options(lua_State *L, int arg, const char *const known[]);
bool pi_bind_push_option(lua_State *L, int arg, const char *field);
const char *pi_bind_opt_string(lua_State *L, int arg, const char *field, const char *def);
lua_Integer pi_bind_opt_integer(lua_State *L, int arg, const char *field, lua_Integer def);
lua_Number pi_bind_opt_number(lua_State *L, int arg, const char *field, lua_Number def);
bool pi_bind_opt_boolean(lua_State *L, int arg, const char *field, bool def);

/* Is a table on top that has no metatable? Through one it could have more than a raw look sees. */
bool pi_bind_is_bare(lua_State *L);

/* A string argument that is handed to the system as a path: raises when it is empty or holds a NUL byte. */
const char *pi_bind_path(lua_State *L, int arg);

/* Makes the metatable `type` for a handle: `methods` as __index, `release` as __gc and __close. `methods` NULL: for a
 * userdata that only owns something while a binding works, and that Lua code never sees. */
void pi_bind_handle(lua_State *L, const char *type, const luaL_Reg *methods, lua_CFunction release);

/* The C modules, sorted by name, ended by {NULL, NULL}: for the host's module searcher and the stub test. */
extern const luaL_Reg pi_bind_modules[];

#endif
