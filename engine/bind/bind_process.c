/* require "pienv.process": documented in lua/pienv/_meta/process.lua.
 *
 * The loop is a userdata that every function has as its upvalue and every handle as its user value, so that it outlives
 * them. A table with weak values, its user value, finds the handle of a process: a handle that nobody holds is
 * collected, and its process with it. */
#include "bind/bind_process.h"

#include <math.h>
#include <signal.h>

#include "bind/bind.h"
#include "core/cpu.h"
#include "core/signals.h"

static const char HANDLE[] = "pienv.process.handle";
static const char LOOP[] = "pienv.process.loop";

typedef pi_bind_process handle;

typedef struct owner {
  pi_process_loop *loop;
} owner;

pi_process_loop *pi_bind_process_loop(lua_State *L) {
  const owner *o = lua_touserdata(L, lua_upvalueindex(1));
  if (o->loop == NULL) luaL_error(L, "pienv is ending: no process can be started or waited for");
  return o->loop;
}

void pi_bind_process_handles(lua_State *L) { (void)lua_getiuservalue(L, lua_upvalueindex(1), 1); }

pi_bind_process *pi_bind_process_spawn(lua_State *L, const pi_process_spec *spec, pi_err *err) {
  pi_process_loop *loop = pi_bind_process_loop(L);
  pi_bind_process_handles(L);
  handle *h = lua_newuserdatauv(L, sizeof *h, 1);
  *h = (handle){NULL, false};
  luaL_setmetatable(L, HANDLE);
  lua_pushvalue(L, lua_upvalueindex(1));
  (void)lua_setiuservalue(L, -2, 1);
  if (pi_process_spawn(&h->process, loop, spec, err) < 0) return NULL;
  lua_pushvalue(L, -1);
  lua_rawsetp(L, -3, h->process);
  return h;
}

static int process_spawn(lua_State *L) {
  pi_process_spec spec;
  pi_err err;
  pi_bind_process_options(L, 1, &spec);
  spec.argv = pi_bind_process_argv(L, 1, 1);
  return pi_bind_process_spawn(L, &spec, &err) != NULL ? 1 : pi_bind_fail(L, &err);
}

static void release(handle *h) {
  pi_process *process = h->process;
  h->process = NULL;
  pi_process_release(process);
}

static int handle_release(lua_State *L) {
  release(luaL_checkudata(L, 1, HANDLE));
  return 0;
}

static pi_process *check_process(lua_State *L) {
  const handle *h = luaL_checkudata(L, 1, HANDLE);
  luaL_argcheck(L, h->process != NULL, 1, "process is closed");
  return h->process;
}

static int handle_pid(lua_State *L) {
  lua_pushinteger(L, pi_process_pid(check_process(L)));
  return 1;
}

static int handle_cancel(lua_State *L) {
  pi_process_cancel(check_process(L));
  return 0;
}

static int handle_postpone(lua_State *L) {
  lua_Number seconds = luaL_checknumber(L, 2);
  luaL_argcheck(L, seconds >= 0 && seconds < 1e9, 2, "not a number of seconds"); /* also for NaN */
  pi_process_postpone(check_process(L), seconds);
  return 0;
}

static int handle_kill(lua_State *L) {
  pi_err err;
  pi_process *process = check_process(L);
  const char *name = luaL_optstring(L, 2, "SIGTERM");
  int number = pi_signal_number(name);
  luaL_argcheck(L, number != 0, 2, lua_pushfstring(L, "no signal is named '%s'", name));
  return pi_bind_result(L, pi_process_kill(process, number, &err), &err);
}

static int process_cores(lua_State *L) {
  lua_pushinteger(L, pi_cpu_cores());
  return 1;
}

/* Handles end before the loop, but for those that a finalizer made while the state closes: Lua collects these no more.
 */
static int loop_release(lua_State *L) {
  owner *o = luaL_checkudata(L, 1, LOOP);
  if (lua_getiuservalue(L, 1, 1) == LUA_TTABLE)
    for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1)) release(lua_touserdata(L, -1));
  pi_process_loop_free(o->loop);
  o->loop = NULL;
  return 0;
}

/* Pushes the loop. A state that closes finalises in the reverse order of creation: the handles before it. */
static void push_loop(lua_State *L) {
  pi_err err;
  owner *o = lua_newuserdatauv(L, sizeof *o, 1);
  o->loop = NULL;
  luaL_newmetatable(L, LOOP);
  lua_pushcfunction(L, loop_release);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "v");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  (void)lua_setiuservalue(L, -2, 1);
  if (pi_process_loop_new(&o->loop, &err) < 0) luaL_error(L, "%s", err.message);
}

static const luaL_Reg methods[] = {{"cancel", handle_cancel}, {"close", handle_release},     {"kill", handle_kill},
                                   {"pid", handle_pid},       {"postpone", handle_postpone}, {NULL, NULL}};

static const luaL_Reg functions[] = {{"cores", process_cores},
                                     {"environment", pi_bind_process_environment},
                                     {"poll", pi_bind_process_poll},
                                     {"spawn", process_spawn},
                                     {NULL, NULL}};

int pi_open_process(lua_State *L);

int pi_open_process(lua_State *L) {
  pi_bind_handle(L, HANDLE, methods, handle_release);
  luaL_newmetatable(L, PI_BIND_ENVIRONMENT);
  lua_pop(L, 1);
  luaL_newlibtable(L, functions);
  push_loop(L);
  luaL_setfuncs(L, functions, 1);
  return 1;
}
