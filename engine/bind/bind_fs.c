/* require "pienv.fs": documented in lua/pienv/_meta/fs.lua. Single files; folders are in bind_fs_tree.c. */
#include "bind/bind_fs.h"

#include <unistd.h>

/* Options of write and copy; `owner` is where those of the file's new owner are kept. */
static pi_fs_put opt_put(lua_State *L, int arg, pi_fs_owner *owner) {
  static const char *const known[] = {"follow", "gid", "mode", "sync", "uid", NULL};
  pi_bind_options(L, arg, known);
  return (pi_fs_put){.mode = pi_bind_opt_mode(L, arg, 0777),
                     .sync = pi_bind_opt_boolean(L, arg, "sync", true),
                     .nofollow = !pi_bind_opt_boolean(L, arg, "follow", true),
                     .owner = pi_bind_opt_owner(L, arg, owner) ? owner : NULL};
}

enum { MOST_READ = 1 << 28 }; /* bytes, unless the caller says more: memory is taken for all of them */

static int fs_read(lua_State *L) {
  static const char *const known[] = {"follow", "limit", NULL};
  const char *path = pi_bind_path(L, 1);
  pi_bind_options(L, 2, known);
  lua_Integer limit = pi_bind_opt_integer(L, 2, "limit", MOST_READ);
  luaL_argcheck(L, limit >= 0, 2, "option 'limit' must not be negative");
  bool follow = pi_bind_opt_boolean(L, 2, "follow", true);
  pi_fs_stat stat;
  pi_err err;
  pi_fs_bytes *content = pi_bind_push_bytes(L);
  int result = follow ? pi_fs_read(content, &stat, path, (size_t)limit, &err)
                      : pi_fs_read_nofollow(content, &stat, path, (size_t)limit, &err);
  if (result < 0) return pi_bind_fail(L, &err);
  lua_pushlstring(L, content->bytes, content->size);
  pi_fs_bytes_release(content);
  pi_bind_stat_to_table(L, &stat);
  return 2;
}

static int fs_write(lua_State *L) {
  size_t size;
  const char *path = pi_bind_path(L, 1);
  const char *bytes = luaL_checklstring(L, 2, &size);
  pi_fs_owner owner;
  pi_fs_put put = opt_put(L, 3, &owner);
  pi_err err;
  return pi_bind_result(L, pi_fs_write(path, bytes, size, &put, &err), &err);
}

static int fs_copy(lua_State *L) {
  const char *src = pi_bind_path(L, 1), *dst = pi_bind_path(L, 2), *method;
  pi_fs_owner owner;
  pi_fs_put put = opt_put(L, 3, &owner);
  pi_err err;
  if (pi_fs_copy(&method, src, dst, &put, &err) < 0) return pi_bind_fail(L, &err);
  lua_pushstring(L, method);
  return 1;
}

static int fs_link(lua_State *L) {
  const char *src = pi_bind_path(L, 1), *dst = pi_bind_path(L, 2);
  pi_err err;
  return pi_bind_result(L, pi_fs_link(src, dst, &err), &err);
}

static int fs_symlink(lua_State *L) {
  const char *target = pi_bind_path(L, 1), *path = pi_bind_path(L, 2);
  pi_err err;
  return pi_bind_result(L, pi_fs_symlink(target, path, &err), &err);
}

static int fs_rename(lua_State *L) {
  const char *src = pi_bind_path(L, 1), *dst = pi_bind_path(L, 2);
  pi_err err;
  return pi_bind_result(L, pi_fs_rename(src, dst, &err), &err);
}

static int fs_chmod(lua_State *L) {
  const char *path = pi_bind_path(L, 1);
  unsigned mode = pi_bind_mode(L, 2, 2, 07777);
  pi_err err;
  return pi_bind_result(L, pi_fs_chmod(path, mode, &err), &err);
}

static int fs_sync(lua_State *L) {
  const char *path = pi_bind_path(L, 1);
  pi_err err;
  return pi_bind_result(L, pi_fs_sync(path, &err), &err);
}

static int fs_remove(lua_State *L) {
  const char *path = pi_bind_path(L, 1);
  bool removed;
  pi_err err;
  if (pi_fs_remove(&removed, path, &err) < 0) return pi_bind_fail(L, &err);
  lua_pushboolean(L, removed);
  return 1;
}

static int fs_stat(lua_State *L) {
  static const char *const known[] = {"follow", NULL};
  const char *path = pi_bind_path(L, 1);
  pi_bind_options(L, 2, known);
  bool follow = pi_bind_opt_boolean(L, 2, "follow", true);
  pi_fs_stat stat;
  pi_err err;
  if (pi_fs_stat_path(&stat, path, follow, &err) < 0) return pi_bind_fail(L, &err);
  pi_bind_stat_to_table(L, &stat);
  return 1;
}

static int fs_user(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)geteuid());
  return 1;
}

static const luaL_Reg functions[] = {
    {"chmod", fs_chmod},   {"copy", fs_copy},     {"link", fs_link},   {"read", fs_read},
    {"remove", fs_remove}, {"rename", fs_rename}, {"stat", fs_stat},   {"symlink", fs_symlink},
    {"sync", fs_sync},     {"user", fs_user},     {"write", fs_write}, {NULL, NULL},
};

int pi_open_fs(lua_State *L);

int pi_open_fs(lua_State *L) {
  pi_bind_fs_types(L);
  luaL_newlib(L, functions);
  luaL_setfuncs(L, pi_bind_fs_tree, 0);
  luaL_setfuncs(L, pi_bind_fs_share, 0);
  return 1;
}
