/* require "pienv.c.lock", the C half of pienv.lock: documented in lua/pienv/_meta/lock.lua. */
#include "bind/bind_fs.h"
#include "core/lock.h"

static const char TYPE[] = "pienv.lock";

static int lock_try(lua_State *L) {
  static const char *const known[] = {"create_mode", "shared", NULL};
  const char *path = pi_bind_path(L, 1);
  pi_bind_options(L, 2, known);
  bool shared = pi_bind_opt_boolean(L, 2, "shared", false);
  int create_mode = -1;
  if (pi_bind_push_option(L, 2, "create_mode")) create_mode = (int)pi_bind_mode(L, 2, -1, 0777);
  pi_err err;
  pi_lock *lock = lua_newuserdatauv(L, sizeof *lock, 0);
  pi_lock_init(lock);
  luaL_setmetatable(L, TYPE);
  if (pi_lock_try(lock, path, shared ? PI_LOCK_SHARED : PI_LOCK_EXCLUSIVE, create_mode, &err) < 0)
    return pi_bind_fail(L, &err);
  return 1;
}

static int lock_read(lua_State *L) {
  const char *path = pi_bind_path(L, 1);
  char record[PI_LOCK_RECORD_SIZE];
  pi_err err;
  ssize_t size = pi_lock_read(record, path, &err);
  if (size < 0) return pi_bind_fail(L, &err);
  lua_pushlstring(L, record, (size_t)size);
  return 1;
}

static int held_record(lua_State *L) {
  size_t size;
  pi_lock *lock = luaL_checkudata(L, 1, TYPE);
  luaL_argcheck(L, lock->fd >= 0, 1, "the lock is released");
  const char *bytes = luaL_checklstring(L, 2, &size);
  luaL_argcheck(L, size <= PI_LOCK_RECORD_SIZE, 2, "record is too long");
  pi_err err;
  return pi_bind_result(L, pi_lock_record(lock, bytes, size, &err), &err);
}

static int held_release(lua_State *L) {
  pi_lock_release(luaL_checkudata(L, 1, TYPE));
  return 0;
}

static const luaL_Reg methods[] = {{"record", held_record}, {"release", held_release}, {NULL, NULL}};

static const luaL_Reg functions[] = {{"read", lock_read}, {"try", lock_try}, {NULL, NULL}};

int pi_open_lock(lua_State *L);

int pi_open_lock(lua_State *L) {
  pi_bind_handle(L, TYPE, methods, held_release);
  luaL_newlib(L, functions);
  lua_pushinteger(L, PI_LOCK_RECORD_SIZE);
  lua_setfield(L, -2, "record_size");
  return 1;
}
