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
#include "host/arena.h"
#include "host/build.h"
#include "host/output.h"
#include "host/stock.h"

struct pi_vm {
  lua_State *state;
  lua_State *volatile current; /* the coroutine that runs */
  volatile sig_atomic_t news;  /* a signal came, or a pipe lost its reader, since Lua code was last looked at */
  pi_arena arena;              /* the first blocks of the state */
  size_t used;                 /* bytes that Lua holds */
  size_t most;                 /* limit of `used`; 0: none */
  double deadline;             /* on the monotonic clock; 0: none */
  int raised;                  /* how often the present interrupt was raised */
  bool quick;                  /* the one state of a process that ends with it */
  bool hoards;                 /* no garbage is collected yet */
  bool shielded;               /* the task scheduler runs: nothing is raised */
  bool watched;                /* no short way any more */
  bool settled;                /* nothing is held that must be released */
  bool leaving;                /* the process ends: what is freed now is freed with it */
  bool told;                   /* an interrupt was raised since pi_vm_shield was asked last */
  int told_closed;             /* the end of our reader was made an interrupt: once is enough, it does not come back */
};

/* A hook that counts instructions costs a fifth of the interpreter's speed, so there is none while nothing has
 * happened: the handler of a signal installs it in the coroutine that runs (which lua_sethook allows), and every other
 * one gets it where it goes on. Only a time limit needs it all the time: that many VM instructions run between two
 * looks at the clock, about a tenth of a millisecond. An interrupt that was raised PATIENCE times and is still there
 * meets code like `while true do pcall(f) end`; from then on it is raised at every instruction, so that such loops end
 * too. */
enum { HOOK_INSTRUCTIONS = 20000, PATIENCE = 100 };

/* A block in place of another one, or of none. */
static void *renew(pi_vm *vm, void *block, size_t old_size, size_t size) {
  bool ours = block != NULL && pi_arena_has(&vm->arena, block);
  if (ours && pi_arena_extend(&vm->arena, block, old_size, size)) return block;
  void *moved = block == NULL || ours ? pi_arena_take(&vm->arena, size) : NULL;
  if (moved == NULL) moved = realloc(ours ? NULL : block, size);
  if (moved == NULL || !ours) return moved;
  memcpy(moved, block, old_size < size ? old_size : size);
  pi_arena_give_back(&vm->arena, block, old_size);
  return moved;
}

/* Bytes that a state may hold before garbage is looked for in it, whatever it does. */
enum { HOARD = 16 << 20 };

/* This only sets the balance of the collector, which is looked at after the allocation. */
static void end_hoard(pi_vm *vm) {
  vm->hoards = false;
  (void)lua_gc(vm->state, LUA_GCRESTART);
}

static void *allocate(void *ud, void *block, size_t old_size, size_t new_size) {
  pi_vm *vm = ud;
  if (block == NULL) old_size = 0; /* then it is a type tag */
  if (new_size == 0) {
    if (vm->leaving) return NULL;
    if (block != NULL && pi_arena_has(&vm->arena, block))
      pi_arena_give_back(&vm->arena, block, old_size);
    else
      free(block);
    vm->used -= old_size;
    return NULL;
  }
  if (vm->most != 0 && new_size > old_size && vm->used - old_size + new_size > vm->most) return NULL;
  void *moved = renew(vm, block, old_size, new_size);
  if (moved != NULL) vm->used = vm->used - old_size + new_size;
  if (vm->hoards && vm->used > HOARD) end_hoard(vm);
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

static void on_instructions(lua_State *L, lua_Debug *ar);

static bool needs_hook(const pi_vm *vm) { return vm->deadline > 0 || vm->news != 0 || pi_interrupt_pending() != 0; }

static void set_hook(lua_State *L, int count) {
  if (lua_gethookcount(L) != count) lua_sethook(L, on_instructions, count > 0 ? LUA_MASKCOUNT : 0, count);
}

/* In a handler of signals. */
static void on_news(void *data) {
  pi_vm *vm = data;
  vm->news = 1;
  if (lua_gethookcount(vm->current) == 0) set_hook(vm->current, HOOK_INSTRUCTIONS);
}

/* Has the coroutine that runs looked at, if need be. */
static void look_ahead(pi_vm *vm) {
  bool needed = vm->watched && !vm->shielded && needs_hook(vm);
  if (needed && lua_gethookcount(vm->current) == 0) set_hook(vm->current, HOOK_INSTRUCTIONS);
}

lua_State *pi_vm_switch(pi_vm *vm, lua_State *L) {
  lua_State *before = vm->current;
  vm->current = L;
  look_ahead(vm);
  return before;
}

/* Raises where a signal is pending or time is up. The state stays as it is until the runtime takes the interrupt, so a
 * recipe that catches the error is interrupted again. While the scheduler runs there is nothing to be done: it asks
 * itself, and the end of the shield looks again. */
static void on_instructions(lua_State *L, lua_Debug *ar) {
  (void)ar;
  pi_vm *vm = pi_vm_of(L);
  if (vm->shielded) {
    set_hook(L, 0);
    return;
  }
  vm->news = 0;
  int interrupt = pi_vm_interrupted(vm);
  bool ends = interrupt != 0 || pi_vm_expired(vm);
  vm->raised = ends ? vm->raised + (vm->raised < PATIENCE) : 0;
  set_hook(L, vm->raised >= PATIENCE ? 1 : ends || vm->deadline > 0 ? HOOK_INSTRUCTIONS : 0);
  look_ahead(vm); /* a signal may have come in the middle of that */
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
    if (!pi_stock_load(L, path, !pi_vm_of(L)->watched)) continue;
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
  pi_vm_open_coroutines(L);
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

pi_vm *pi_vm_new(bool quick) {
  pi_vm *vm = calloc(1, sizeof *vm);
  if (vm == NULL) return NULL;
  if (quick) pi_arena_open(&vm->arena);
  vm->state = lua_newstate(allocate, vm);
  if (vm->state == NULL) goto failed;
  vm->current = vm->state;
  vm->quick = vm->hoards = quick;
  if (quick)
    (void)lua_gc(vm->state, LUA_GCSTOP);
  else
    (void)lua_gc(vm->state, LUA_GCGEN, 0, 0);
  lua_pushcfunction(vm->state, open_state);
  if (lua_pcall(vm->state, 0, 0, 0) != LUA_OK) goto failed;
  if (!quick) pi_vm_watch(vm->state);
  return vm;
failed:
  pi_vm_free(vm);
  return NULL;
}

void pi_vm_collect(lua_State *L) {
  pi_vm_of(L)->hoards = false;
  (void)lua_gc(L, LUA_GCRESTART);
  (void)lua_gc(L, LUA_GCGEN, 0, 0);
}

void pi_vm_watch(lua_State *L) {
  pi_vm *vm = pi_vm_of(L);
  vm->watched = true;
  pi_interrupt_watch(on_news, vm);
  look_ahead(vm);
}

lua_State *pi_vm_state(pi_vm *vm) { return vm->state; }

void pi_vm_free(pi_vm *vm) {
  if (vm != NULL && vm->watched) pi_interrupt_watch(NULL, NULL);
  if (vm == NULL || (vm->settled && !PI_BUILD_WATCHES_MEMORY)) return;
  vm->leaving = vm->quick && !PI_BUILD_WATCHES_MEMORY;
  if (vm->state != NULL) lua_close(vm->state);
  if (vm->leaving) return;
  pi_arena_close(&vm->arena);
  free(vm);
}

void pi_vm_settle(pi_vm *vm) { vm->settled = true; }

void pi_vm_limit_memory(pi_vm *vm, size_t bytes) { vm->most = bytes; }

void pi_vm_limit_time(pi_vm *vm, double seconds) {
  vm->deadline = seconds > 0 ? pi_time_monotonic() + seconds : 0;
  look_ahead(vm);
}

void pi_vm_postpone(pi_vm *vm, double seconds) { vm->deadline += vm->deadline > 0 ? seconds : 0; }

bool pi_vm_shield(pi_vm *vm, bool shielded) {
  bool told = vm->told;
  vm->shielded = shielded;
  vm->told = false;
  look_ahead(vm);
  return told;
}

pi_vm *pi_vm_of(lua_State *L) {
  void *ud;
  (void)lua_getallocf(L, &ud);
  return ud;
}
