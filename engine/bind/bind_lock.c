/* require "pienv.c.lock", the C half of pienv.lock: documented in lua/pienv/_meta/lock.lua. */
#include "bind/bind_fs.h"
#include "core/lock_queue.h"

static const char TYPE[] = "pienv.lock";
static const char QUEUE[] = "pienv.lock.queue";

typedef struct waiter {
  pi_lock_queue *queue; /* NULL: has left */
} waiter;

typedef struct wanted {
  pi_lock_mode mode;
  int create_mode;
} wanted;

static wanted read_options(lua_State *L, int arg) {
  static const char *const known[] = {"create_mode", "shared", NULL};
  pi_bind_options(L, arg, known);
  bool shared = pi_bind_opt_boolean(L, arg, "shared", false);
  wanted w = {.mode = shared ? PI_LOCK_SHARED : PI_LOCK_EXCLUSIVE, .create_mode = -1};
  if (pi_bind_push_option(L, arg, "create_mode")) w.create_mode = (int)pi_bind_mode(L, arg, -1, 0777);
  return w;
}

static pi_lock *push_lock(lua_State *L) {
  pi_lock *lock = lua_newuserdatauv(L, sizeof *lock, 0);
  pi_lock_init(lock);
  luaL_setmetatable(L, TYPE);
  return lock;
}

static int lock_try(lua_State *L) {
  const char *path = pi_bind_path(L, 1);
  wanted w = read_options(L, 2);
  pi_err err;
  pi_lock *lock = push_lock(L);
  if (pi_lock_try(lock, path, w.mode, w.create_mode, &err) < 0) return pi_bind_fail(L, &err);
  return 1;
}

static int lock_queue(lua_State *L) {
  const char *path = pi_bind_path(L, 1);
  wanted w = read_options(L, 2);
  pi_err err;
  waiter *made = lua_newuserdatauv(L, sizeof *made, 0);
  made->queue = NULL;
  luaL_setmetatable(L, QUEUE);
  if (pi_lock_queue_enter(&made->queue, path, w.mode, w.create_mode, &err) < 0) return pi_bind_fail(L, &err);
  return 1;
}

static int queue_ask(lua_State *L) {
  const waiter *w = luaL_checkudata(L, 1, QUEUE);
  luaL_argcheck(L, w->queue != NULL, 1, "has left the queue");
  pi_err err;
  pi_lock *lock = push_lock(L);
  int taken = pi_lock_queue_ask(w->queue, lock, &err);
  if (taken == 0) lua_pushboolean(L, 0);
  return taken < 0 ? pi_bind_fail(L, &err) : 1;
}

static int queue_wait(lua_State *L) {
  const waiter *w = luaL_checkudata(L, 1, QUEUE);
  luaL_argcheck(L, w->queue != NULL, 1, "has left the queue");
  lua_Number seconds = luaL_checknumber(L, 2);
  luaL_argcheck(L, seconds >= 0, 2, "must not be negative");
  pi_lock_queue_wait(w->queue, seconds);
  return 0;
}

static int queue_leave(lua_State *L) {
  waiter *w = luaL_checkudata(L, 1, QUEUE);
  pi_lock_queue_leave(w->queue);
  w->queue = NULL;
  return 0;
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

static const luaL_Reg queue_methods[] = {
    {"ask", queue_ask}, {"leave", queue_leave}, {"wait", queue_wait}, {NULL, NULL}};

static const luaL_Reg functions[] = {{"queue", lock_queue}, {"read", lock_read}, {"try", lock_try}, {NULL, NULL}};

int pi_open_lock(lua_State *L);

int pi_open_lock(lua_State *L) {
  pi_bind_handle(L, TYPE, methods, held_release);
  pi_bind_handle(L, QUEUE, queue_methods, queue_leave);
  luaL_newlib(L, functions);
  lua_pushinteger(L, PI_LOCK_RECORD_SIZE);
  lua_setfield(L, -2, "record_size");
  return 1;
}
