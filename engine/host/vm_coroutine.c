/* Which coroutine runs, told to the vm: Lua tells nobody. The functions of the library do their own work; around what
 * runs another coroutine, the vm is told. */
#include <lauxlib.h>

#include "host/vm.h"

/* Calls the function below its `nargs` arguments, which runs the coroutine `co`; what it raises is raised. The results
 * are on top. */
static void call_in(lua_State *L, lua_State *co, int nargs) {
  pi_vm *vm = pi_vm_of(L);
  lua_State *before = pi_vm_switch(vm, co);
  int status = lua_pcall(L, nargs, LUA_MULTRET, 0);
  (void)pi_vm_switch(vm, before);
  if (status != LUA_OK) (void)lua_error(L);
}

/* resume and close: the coroutine is the first argument, the library's function the upvalue. */
static int with_coroutine(lua_State *L) {
  lua_State *co = lua_tothread(L, 1);
  luaL_argexpected(L, co != NULL, 1, "coroutine");
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  call_in(L, co, lua_gettop(L) - 1);
  return lua_gettop(L);
}

/* What wrap gave; upvalues: that of the library, its coroutine. */
static int call_wrapped(lua_State *L) {
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  call_in(L, lua_tothread(L, lua_upvalueindex(2)), lua_gettop(L) - 1);
  return lua_gettop(L);
}

/* The library's function holds its coroutine as its first upvalue. */
static int wrap(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_settop(L, 1);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, 1, 1);
  if (lua_getupvalue(L, -1, 1) == NULL || !lua_isthread(L, -1))
    return luaL_error(L, "this Lua's coroutine.wrap is unknown");
  lua_pushcclosure(L, call_wrapped, 2);
  return 1;
}

/* vm.resume: between the two shields runs only what the coroutine runs. */
int pi_vm_resume(lua_State *L) {
  pi_vm *vm = pi_vm_of(L);
  lua_State *co = lua_tothread(L, 1);
  int nargs = lua_gettop(L) - 1, count = 0;
  luaL_argexpected(L, co != NULL, 1, "coroutine");
  luaL_argcheck(L, lua_checkstack(co, nargs), 1, "too many arguments to resume");
  lua_xmove(L, co, nargs);
  lua_State *before = pi_vm_switch(vm, co);
  (void)pi_vm_shield(vm, false);
  int status = lua_resume(co, L, nargs, &count);
  bool told = pi_vm_shield(vm, true);
  (void)pi_vm_switch(vm, before);
  if (status != LUA_OK && status != LUA_YIELD) count = 1; /* what it raised */
  luaL_checkstack(L, count + 2, "too many results to resume");
  lua_pushboolean(L, told);
  if (status == LUA_YIELD)
    lua_pushnil(L);
  else
    lua_pushboolean(L, status == LUA_OK);
  lua_xmove(co, L, count);
  return count + 2;
}

void pi_vm_open_coroutines(lua_State *L) {
  static const luaL_Reg told[] = {{"close", with_coroutine}, {"resume", with_coroutine}, {"wrap", wrap}, {NULL, NULL}};
  lua_getglobal(L, "coroutine");
  for (const luaL_Reg *f = told; f->name != NULL; f++) {
    lua_getfield(L, -1, f->name);
    lua_pushcclosure(L, f->func, 1);
    lua_setfield(L, -2, f->name);
  }
  lua_pop(L, 1);
}
