/* require "pienv.transaction": documented in lua/pienv/_meta/transaction.lua. */
#include "bind/bind_fs.h"
#include "core/transaction.h"

static const char TYPE[] = "pienv.transaction", RECOVERIES[] = "pienv.transaction.recoveries";

/* The option table of begin and recover: its only field, the root, must be given. */
static const char *check_root(lua_State *L, int arg) {
  static const char *const known[] = {"root", NULL};
  pi_bind_options(L, arg, known);
  const char *root = pi_bind_opt_string(L, arg, "root", NULL);
  luaL_argcheck(L, root != NULL && root[0] != '\0', arg, "option 'root' is missing");
  return root;
}

static int transaction_begin(lua_State *L) {
  const char *journal_folder = pi_bind_path(L, 1), *root = check_root(L, 2);
  pi_err err;
  pi_transaction *tx = lua_newuserdatauv(L, sizeof *tx, 0);
  pi_transaction_init(tx);
  luaL_setmetatable(L, TYPE);
  if (pi_transaction_begin(tx, journal_folder, root, &err) < 0) return pi_bind_fail(L, &err);
  return 1;
}

static pi_transaction *check_open(lua_State *L) {
  pi_transaction *tx = luaL_checkudata(L, 1, TYPE);
  luaL_argcheck(L, tx->root >= 0, 1, "the transaction is over");
  return tx;
}

static int tx_copy(lua_State *L) {
  static const char *const known[] = {"follow", "mode", NULL};
  pi_transaction *tx = check_open(L);
  const char *src = pi_bind_path(L, 2), *dst = pi_bind_path(L, 3);
  pi_bind_options(L, 4, known);
  int mode = pi_bind_opt_mode(L, 4, 0777);
  bool follow = pi_bind_opt_boolean(L, 4, "follow", true);
  pi_err err;
  if (src[0] != '/') src = lua_pushfstring(L, "%s/%s", tx->root_path, src); /* as targets are given */
  return pi_bind_result(L, pi_transaction_copy(tx, src, dst, mode, follow, &err), &err);
}

static int tx_write(lua_State *L) {
  static const char *const known[] = {"mode", NULL};
  size_t size;
  pi_transaction *tx = check_open(L);
  const char *dst = pi_bind_path(L, 2);
  const char *bytes = luaL_checklstring(L, 3, &size);
  pi_bind_options(L, 4, known);
  int mode = pi_bind_opt_mode(L, 4, 0777);
  pi_err err;
  return pi_bind_result(L, pi_transaction_write(tx, dst, bytes, size, mode, &err), &err);
}

static int tx_remove(lua_State *L) {
  pi_transaction *tx = check_open(L);
  const char *dst = pi_bind_path(L, 2);
  pi_err err;
  return pi_bind_result(L, pi_transaction_remove(tx, dst, &err), &err);
}

static int tx_commit(lua_State *L) {
  pi_transaction *tx = check_open(L);
  pi_err err;
  int result = pi_transaction_commit(tx, &err);
  int pushed = pi_bind_result(L, result, &err);
  if (result == 0) return pushed;
  lua_pushboolean(L, result == PI_TRANSACTION_MIXED);
  return pushed + 1;
}

static int tx_rollback(lua_State *L) {
  pi_transaction *tx = check_open(L);
  pi_err err;
  return pi_bind_result(L, pi_transaction_rollback(tx, &err), &err);
}

static int tx_release(lua_State *L) {
  pi_transaction_release(luaL_checkudata(L, 1, TYPE));
  return 0;
}

static int recoveries_release(lua_State *L) {
  pi_recoveries_release(luaL_checkudata(L, 1, RECOVERIES));
  return 0;
}

static int push_recoveries(lua_State *L, const pi_recoveries *recoveries) {
  lua_createtable(L, (int)recoveries->count, 0);
  for (size_t i = 0; i < recoveries->count; i++) {
    lua_createtable(L, 0, 2);
    lua_pushstring(L, recoveries->items[i].finished ? "finished" : "rolled back");
    lua_setfield(L, -2, "action");
    pi_bind_names_to_table(L, &recoveries->items[i].files);
    lua_setfield(L, -2, "files");
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

static int transaction_recover(lua_State *L) {
  const char *journal_folder = pi_bind_path(L, 1), *root = check_root(L, 2);
  pi_err err;
  pi_recoveries *recoveries = lua_newuserdatauv(L, sizeof *recoveries, 0);
  *recoveries = (pi_recoveries){NULL, 0};
  luaL_setmetatable(L, RECOVERIES);
  if (pi_transaction_recover(recoveries, journal_folder, root, &err) < 0) return pi_bind_fail(L, &err);
  return push_recoveries(L, recoveries);
}

static const luaL_Reg methods[] = {{"commit", tx_commit},     {"copy", tx_copy},   {"remove", tx_remove},
                                   {"rollback", tx_rollback}, {"write", tx_write}, {NULL, NULL}};

static const luaL_Reg functions[] = {{"begin", transaction_begin}, {"recover", transaction_recover}, {NULL, NULL}};

int pi_open_transaction(lua_State *L);

int pi_open_transaction(lua_State *L) {
  pi_bind_handle(L, TYPE, methods, tx_release);
  pi_bind_handle(L, RECOVERIES, NULL, recoveries_release);
  luaL_newlib(L, functions);
  return 1;
}
