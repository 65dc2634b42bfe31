/* require "pienv.fs": what several users share, and folders as handles. Documented in lua/pienv/_meta/fs.lua. */
#include <fcntl.h>
#include <string.h>

#include "bind/bind_fs.h"
#include "core/beneath.h"
#include "core/io.h"
#include "core/sha256.h"

static const char FOLDER[] = "pienv.fs.folder";

static unsigned check_id(lua_State *L, int arg, lua_Integer id) {
  luaL_argcheck(L, id >= 0 && id <= 0xffffffffLL, arg, "not a number of a user or group");
  return (unsigned)id;
}

bool pi_bind_opt_owner(lua_State *L, int arg, pi_fs_owner *owner) {
  enum { NONE = -1 };
  lua_Integer uid = pi_bind_opt_integer(L, arg, "uid", NONE), gid = pi_bind_opt_integer(L, arg, "gid", NONE);
  if (uid == NONE && gid == NONE) return false;
  *owner = (pi_fs_owner){check_id(L, arg, uid), check_id(L, arg, gid)};
  return true;
}

static int fs_append(lua_State *L) {
  static const char *const known[] = {"mode", NULL};
  size_t size;
  const char *path = pi_bind_path(L, 1), *bytes = luaL_checklstring(L, 2, &size);
  pi_bind_options(L, 3, known);
  int mode = pi_bind_opt_mode(L, 3, 0777);
  pi_err err;
  return pi_bind_result(L, pi_fs_append(path, bytes, size, mode, &err), &err);
}

static int fs_chown(lua_State *L) {
  const char *path = pi_bind_path(L, 1);
  pi_fs_owner owner = {check_id(L, 2, luaL_checkinteger(L, 2)), check_id(L, 3, luaL_checkinteger(L, 3))};
  pi_err err;
  return pi_bind_result(L, pi_fs_chown(path, &owner, &err), &err);
}

static int fs_space(lua_State *L) {
  const char *path = pi_bind_path(L, 1);
  uint64_t available, total;
  pi_err err;
  if (pi_fs_space(&available, &total, path, &err) < 0) return pi_bind_fail(L, &err);
  lua_pushinteger(L, (lua_Integer)available);
  lua_pushinteger(L, (lua_Integer)total);
  return 2;
}

static int folder_release(lua_State *L) {
  pi_io_close(luaL_checkudata(L, 1, FOLDER));
  return 0;
}

static int folder_path(lua_State *L) {
  int *fd = luaL_checkudata(L, 1, FOLDER);
  luaL_argcheck(L, *fd >= 0, 1, "the folder is closed");
  lua_getiuservalue(L, 1, 1);
  return 1;
}

/* Elements of the list are held by the list, so that no text moves while the core reads it. */
static const char *check_element(lua_State *L, int list, lua_Integer i) {
  size_t size;
  if (lua_rawgeti(L, list, i) != LUA_TSTRING)
    luaL_argerror(L, list, lua_pushfstring(L, "path %I must be a string, got %s", i, luaL_typename(L, -1)));
  const char *path = lua_tolstring(L, -1, &size);
  if (size == 0 || strlen(path) != size) luaL_argerror(L, list, lua_pushfstring(L, "path %I is none", i));
  lua_pop(L, 1);
  return path;
}

int pi_bind_folder(lua_State *L, int arg) {
  const int *fd = luaL_checkudata(L, arg, FOLDER);
  luaL_argcheck(L, *fd >= 0, arg, "the folder is closed");
  return *fd;
}

/* The fingerprint of the files in a list, as digits. */
static int fingerprint_of(lua_State *L, int list, char hex[PI_SHA256_HEX_SIZE], int64_t *newest, pi_err *err) {
  unsigned char digest[PI_SHA256_SIZE];
  int fd = pi_bind_folder(L, 1);
  luaL_checktype(L, list, LUA_TTABLE);
  pi_sha256 hash;
  pi_sha256_init(&hash);
  *newest = INT64_MIN;
  lua_Integer count = (lua_Integer)lua_rawlen(L, list);
  for (lua_Integer i = 1; i <= count; i++)
    if (pi_fs_fingerprint(&hash, newest, fd, check_element(L, list, i), err) < 0) return -1;
  pi_sha256_final(&hash, digest);
  pi_sha256_hex(digest, hex);
  return 0;
}

static int folder_fingerprint(lua_State *L) {
  char hex[PI_SHA256_HEX_SIZE];
  int64_t newest;
  pi_err err;
  if (fingerprint_of(L, 2, hex, &newest, &err) < 0) return pi_bind_fail(L, &err);
  lua_pushlstring(L, hex, PI_SHA256_HEX_SIZE - 1);
  lua_pushinteger(L, (lua_Integer)newest);
  return 2;
}

static int folder_unchanged(lua_State *L) {
  char hex[PI_SHA256_HEX_SIZE];
  int64_t newest;
  pi_err err;
  size_t size;
  const char *prints = luaL_checklstring(L, 2, &size);
  int lists = lua_gettop(L) - 2;
  luaL_argcheck(L, lists >= 1, 3, "a list of paths is missing");
  bool same = size % (size_t)lists == 0;
  size_t digits = size / (size_t)lists;
  same = same && digits >= 1 && digits < PI_SHA256_HEX_SIZE;
  for (int i = 0; same && i < lists; i++)
    same = fingerprint_of(L, 3 + i, hex, &newest, &err) == 0 && memcmp(hex, prints + (size_t)i * digits, digits) == 0;
  lua_pushboolean(L, same);
  return 1;
}

static int fail_open(lua_State *L, int reason, const char *path) {
  pi_err err;
  (void)pi_err_os(&err, reason, "open folder", path);
  return pi_bind_fail(L, &err);
}

/* Gives the handle on top its path. */
static void name_folder(lua_State *L, int fd, const char *root, const char *path) {
  char name[PI_BENEATH_NAME_SIZE];
  pi_beneath_name(name, fd);
  if (name[0] != '\0')
    lua_pushstring(L, name);
  else
    lua_pushfstring(L, path[0] != '\0' ? "%s/%s" : "%s", root, path);
  lua_setiuservalue(L, -2, 1);
}

static int fs_folder(lua_State *L) {
  static const char *const known[] = {"create", NULL};
  const char *root = pi_bind_path(L, 1), *path = luaL_optstring(L, 2, "");
  pi_bind_options(L, 3, known);
  bool create = pi_bind_opt_boolean(L, 3, "create", false);
  int *fd = lua_newuserdatauv(L, sizeof *fd, 1);
  *fd = -1;
  luaL_setmetatable(L, FOLDER);
  int top = pi_io_open(AT_FDCWD, root, O_RDONLY | O_DIRECTORY, 0);
  if (top < 0) return fail_open(L, errno, root);
  *fd = create ? pi_beneath_open_by_parts(top, path, true) : pi_beneath_open(top, path);
  int reason = errno;
  pi_io_close(&top);
  if (*fd < 0) return fail_open(L, reason, lua_pushfstring(L, "%s/%s", root, path));
  name_folder(L, *fd, root, path);
  return 1;
}

void pi_bind_fs_folder_type(lua_State *L) {
  static const luaL_Reg methods[] = {{"close", folder_release},
                                     {"fingerprint", folder_fingerprint},
                                     {"path", folder_path},
                                     {"unchanged", folder_unchanged},
                                     {NULL, NULL}};
  pi_bind_handle(L, FOLDER, methods, folder_release);
}

const luaL_Reg pi_bind_fs_share[] = {
    {"append", fs_append}, {"chown", fs_chown}, {"folder", fs_folder}, {"space", fs_space}, {NULL, NULL},
};
