/* libFuzzer: Lua code on any bytes. tests/fuzz/lua/NAME.lua returns a function of the bytes; tests/CMakeLists.txt makes
 * a program of each. It may return, or raise what a user is told (pienv.failure); any other error is a finding, and so
 * is more memory than MOST_BYTES, and whatever libFuzzer itself calls one. The coverage that leads the search is that
 * of the lines of Lua: a hook counts each pair of lines that follow each other. */
#include <lauxlib.h>
#include <lua.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "host/vm.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { MOST_BYTES = 128 << 20, PAIRS = 1 << 14 };

/* libFuzzer takes this section as coverage. */
__attribute__((section("__libfuzzer_extra_counters"))) static uint8_t pairs[PAIRS];
static uint8_t seen[PAIRS];
static unsigned last_line;

static void on_line(lua_State *L, lua_Debug *ar) {
  (void)lua_getinfo(L, "S", ar);
  unsigned line = (unsigned)((uintptr_t)ar->source >> 4) * 31u + (unsigned)ar->currentline * 2654435761u;
  unsigned pair = (line ^ last_line >> 1) % PAIRS;
  last_line = line;
  if (pairs[pair] < UINT8_MAX) pairs[pair]++;
  seen[pair] = 1;
}

static void report(void) {
  unsigned count = 0;
  for (size_t i = 0; i < PAIRS; i++) count += seen[i];
  (void)fprintf(stderr, "stat::lua_pairs_of_lines:         %u\n", count);
}

static void die(lua_State *L) {
  (void)fprintf(stderr, "%s\n", luaL_tolstring(L, -1, NULL));
  abort();
}

static int add_traceback(lua_State *L) {
  if (lua_type(L, 1) == LUA_TSTRING) luaL_traceback(L, L, lua_tostring(L, 1), 1);
  return 1;
}

/* Its stack: the handler, whether an error is one for users, the function. */
static lua_State *new_state(void) {
  pi_vm *vm = pi_vm_new(true);
  if (vm == NULL || atexit(report) != 0) abort();
  lua_State *L = pi_vm_state(vm);
  pi_vm_limit_memory(vm, MOST_BYTES);
  (void)lua_gc(L, LUA_GCRESTART);
  lua_pushcfunction(L, add_traceback);
  if (luaL_dostring(L, "return require('pienv.failure').is")) die(L);
  if (luaL_dofile(L, FUZZ_LUA)) die(L);
  lua_sethook(L, on_line, LUA_MASKLINE, 0);
  return L;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static lua_State *L;
  if (L == NULL) L = new_state();
  last_line = 0;
  lua_pushvalue(L, 3);
  (void)lua_pushlstring(L, (const char *)bytes, size);
  if (lua_pcall(L, 1, 0, 1) != LUA_OK) {
    lua_pushvalue(L, 2);
    lua_pushvalue(L, -2);
    if (lua_pcall(L, 1, 1, 0) != LUA_OK || !lua_toboolean(L, -1)) {
      lua_settop(L, 4);
      die(L);
    }
  }
  lua_settop(L, 3);
  return 0;
}
