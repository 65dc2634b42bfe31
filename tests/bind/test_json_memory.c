/* Decoding JSON in a Lua state that runs out of memory at every point: "not enough memory" or the whole value, never
 * one with parts missing, which is what jansson makes of it when it sees the failure (engine/bind/bind_json.c). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int pi_open_json(lua_State *L);

/* The memory of a state: requests are counted once `counting`, and fail from the `failing`th on (0: none). */
typedef struct memory {
  bool counting;
  size_t requests, failing, bytes;
} memory;

static void *request(void *ud, void *block, size_t old, size_t size) {
  memory *m = ud;
  size_t had = block != NULL ? old : 0;
  bool more = size > had;
  if (more && m->counting && ++m->requests >= m->failing && m->failing != 0) return NULL;
  m->bytes += size - had;
  if (size > 0) return realloc(block, size);
  free(block);
  return NULL;
}

enum { STRING_SIZE = 50000, DIGITS = 400 };

/* ["xxx...", 0.1000...1, {"xxx...": "xxx..."}]: each longer than the block that jansson collects it in at first. */
static void push_text(lua_State *L) {
  static char string[STRING_SIZE + 1], digits[DIGITS + 1];
  memset(string, 'x', STRING_SIZE);
  memset(digits, '0', DIGITS);
  digits[DIGITS - 1] = '1';
  lua_pushfstring(L, "[\"%s\",0.1%s,{\"%s\":\"%s\"}]", string, digits, string, string);
}

static void assert_whole(lua_State *L) {
  assert_int_equal(lua_rawlen(L, -1), 3);
  lua_rawgeti(L, -1, 1);
  assert_int_equal(lua_rawlen(L, -1), STRING_SIZE);
  lua_rawgeti(L, -2, 2);
  assert_true(lua_tonumber(L, -1) == 0.1);
  lua_rawgeti(L, -3, 3);
  lua_pushvalue(L, -3);
  assert_int_equal(lua_rawget(L, -2), LUA_TSTRING);
  assert_int_equal(lua_rawlen(L, -1), STRING_SIZE);
}

/* Decodes with the `failing`th and all later requests failing; returns how many there were, 0 when one failed. */
static size_t decode(size_t failing) {
  memory m = {.failing = failing};
  lua_State *L = lua_newstate(request, &m);
  assert_non_null(L);
  luaL_requiref(L, "pienv.c.json", pi_open_json, 0);
  lua_getfield(L, -1, "decode");
  push_text(L);
  lua_newtable(L);
  m.counting = true;
  int status = lua_pcall(L, 2, 1, 0);
  m.counting = false;
  if (status == LUA_OK)
    assert_whole(L);
  else
    assert_int_equal(status, LUA_ERRMEM);
  lua_close(L);
  assert_int_equal(m.bytes, 0);
  return status == LUA_OK ? m.requests : 0;
}

static void a_decode_short_of_memory_raises_or_is_whole(void **state) {
  (void)state;
  size_t requests = decode(0);
  assert_true(requests > 10); /* the memory of the parser is the state's */
  for (size_t failing = 1; failing <= requests; failing++) assert_int_equal(decode(failing), 0);
  assert_int_equal(decode(requests + 1), requests);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(a_decode_short_of_memory_raises_or_is_whole)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
