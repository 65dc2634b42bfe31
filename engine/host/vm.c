/* The Lua state of recipes: see vm.h. */
#include "host/vm.h"

#include <lauxlib.h>
#include <lualib.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bind/bind.h"
#include "core/interrupt.h"
#include "core/signals.h"
#include "core/time.h"
#include "host/output.h"
#include "host/stock.h"

struct pi_vm {
  lua_State *state;
  size_t used;     /* bytes that Lua holds */
  size_t most;     /* limit of `used`; 0: none */
  double deadline; /* on the monotonic clock; 0: none */
  int raised;      /* how often the present interrupt was raised */
  bool shielded;   /* the task scheduler runs: nothing is raised */
  bool told;       /* an interrupt was raised since pi_vm_shield was asked last */
  int told_closed; /* the end of our reader was made an interrupt: once is enough, it does not come back */
};

/* How many VM instructions run between two looks at signals and clock: about a tenth of a millisecond. An interrupt
 * that was raised PATIENCE times and is still there meets code like `while true do pcall(f) end`; from then on it is
 * raised at every instruction, so that such loops end too. */
enum { HOOK_INSTRUCTIONS = 20000, PATIENCE = 100 };

static void *allocate(void *ud, void *block, size_t old_size, size_t new_size) {
  pi_vm *vm = ud;
  if (block == NULL) old_size = 0; /* then it is a type tag */
  if (new_size == 0) {
    free(block);
    vm->used -= old_size;
    return NULL;
  }
  if (vm->most != 0 && new_size > old_size && vm->used - old_size + new_size > vm->most) return NULL;
  void *moved = realloc(block, new_size);
  if (moved != NULL) vm->used = vm->used - old_size + new_size;
  return moved;
}

int pi_vm_expired(const pi_vm *vm) { return vm->deadline > 0 && pi_time_monotonic() > vm->deadline; }

int pi_vm_interrupted(pi_vm *vm) {
  if (!vm->told_closed && pi_output_closed()) {
    vm->told_closed = 1;
    pi_interrupt_request(SIGPIPE);
  }
  return pi_interrupt_pending();
}

/* What the task scheduler raises in tasks that wait, too (lua/pienv/task/scheduler.lua). */
static void raise_interrupt(lua_State *L, const char *signal_name) {
  lua_createtable(L, 0, 3);
  lua_pushliteral(L, "interrupt");
  lua_setfield(L, -2, "kind");
  lua_pushstring(L, signal_name);
  lua_setfield(L, -2, "signal");
  lua_pushfstring(L, "interrupted by %s", signal_name);
  lua_setfield(L, -2, "message");
  lua_error(L);
}

static void raise_timeout(lua_State *L) {
  lua_createtable(L, 0, 2);
  lua_pushliteral(L, "timeout");
  lua_setfield(L, -2, "kind");
  lua_pushliteral(L, "time limit reached");
  lua_setfield(L, -2, "message");
  lua_error(L);
}

/* Raises where a signal is pending or time is up. The state stays as it is until the runtime takes the interrupt, so a
 * recipe that catches the error is interrupted again. */
static void on_instructions(lua_State *L, lua_Debug *ar) {
  (void)ar;
  pi_vm *vm = pi_vm_of(L);
  int interrupt = vm->shielded ? 0 : pi_vm_interrupted(vm);
  bool ends = interrupt != 0 || (!vm->shielded && pi_vm_expired(vm));
  int count = ends && vm->raised >= PATIENCE ? 1 : HOOK_INSTRUCTIONS;
  vm->raised = ends ? vm->raised + (vm->raised < PATIENCE) : 0;
  if (lua_gethookcount(L) != count) lua_sethook(L, on_instructions, LUA_MASKCOUNT, count);
  vm->told = vm->told || interrupt != 0;
  if (interrupt != 0) raise_interrupt(L, pi_signal_name(interrupt));
  if (ends) raise_timeout(L);
}

static int search_engine(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  for (const luaL_Reg *module = pi_bind_modules; module->name != NULL; module++)
    if (strcmp(module->name, name) == 0) {
      lua_pushcfunction(L, module->func);
      lua_pushliteral(L, ":engine:");
      return 2;
    }
  lua_pushfstring(L, "no engine module '%s'", name);
  return 1;
}

static int search_stock(lua_State *L) {
  static const char *const forms[] = {"%s.lua", "%s/init.lua"};
  const char *name = luaL_gsub(L, luaL_checkstring(L, 1), ".", "/");
  const char *top = strncmp(name, "pienv", 5) == 0 ? "lua/" : "";
  for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
    const char *relative = luaL_gsub(L, forms[i], "%s", name);
    const char *path = lua_pushfstring(L, "%s%s", top, relative);
    if (!pi_stock_load(L, path)) continue;
    lua_pushstring(L, path);
    return 2;
  }
  lua_pushfstring(L, "no stock module '%s'", luaL_checkstring(L, 1));
  return 1;
}

/* package.searchers = {preload, engine, stock}; nothing is looked for in the file system. */
static void set_searchers(lua_State *L) {
  lua_getglobal(L, "package");
  lua_getfield(L, -1, "searchers");
  lua_pushcfunction(L, search_engine);
  lua_rawseti(L, -2, 2);
  lua_pushcfunction(L, search_stock);
  lua_rawseti(L, -2, 3);
  lua_pushnil(L);
  lua_rawseti(L, -2, 4);
  lua_pop(L, 1);
  lua_pushliteral(L, "");
  lua_setfield(L, -2, "path");
  lua_pushliteral(L, "");
  lua_setfield(L, -2, "cpath");
  lua_pushnil(L);
  lua_setfield(L, -2, "loadlib");
  lua_pop(L, 1);
}

static void remove_function(lua_State *L, const char *library, const char *name) {
  lua_getglobal(L, library);
  lua_pushnil(L);
  lua_setfield(L, -2, name);
  lua_pop(L, 1);
}

/* Runs protected, because every step may run out of memory. */
static int open_state(lua_State *L) {
  lua_pushboolean(L, 1);
  lua_setfield(L, LUA_REGISTRYINDEX, "LUA_NOENV");
  luaL_openlibs(L);
  remove_function(L, "os", "execute");
  remove_function(L, "io", "popen");
  remove_function(L, "os", "setlocale"); /* it changes how every state sorts and writes numbers */
  set_searchers(L);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  lua_pushcfunction(L, pi_open_vm);
  lua_setfield(L, -2, "pienv.vm");
  lua_pop(L, 1);
  return 0;
}

pi_vm *pi_vm_new(void) {
  pi_vm *vm = calloc(1, sizeof *vm);
  if (vm == NULL) return NULL;
  vm->state = lua_newstate(allocate, vm);
  if (vm->state == NULL) goto failed;
  lua_gc(vm->state, LUA_GCGEN, 0, 0);
  lua_pushcfunction(vm->state, open_state);
  if (lua_pcall(vm->state, 0, 0, 0) != LUA_OK) goto failed;
  lua_sethook(vm->state, on_instructions, LUA_MASKCOUNT, HOOK_INSTRUCTIONS);
  return vm;
failed:
  pi_vm_free(vm);
  return NULL;
}

lua_State *pi_vm_state(pi_vm *vm) { return vm->state; }

void pi_vm_free(pi_vm *vm) {
  if (vm == NULL) return;
  if (vm->state != NULL) lua_close(vm->state);
  free(vm);
}

void pi_vm_limit_memory(pi_vm *vm, size_t bytes) { vm->most = bytes; }

void pi_vm_limit_time(pi_vm *vm, double seconds) { vm->deadline = seconds > 0 ? pi_time_monotonic() + seconds : 0; }

bool pi_vm_shield(pi_vm *vm, bool shielded) {
  bool told = vm->told;
  vm->shielded = shielded;
  vm->told = false;
  return told;
}

pi_vm *pi_vm_of(lua_State *L) {
  void *ud;
  (void)lua_getallocf(L, &ud);
  return ud;
}
