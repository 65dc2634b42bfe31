/* require "pienv.fs": folders and names. Documented in lua/pienv/_meta/fs.lua. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bind/bind_fs.h"
#include "core/tmpfile.h"

static int fs_list(lua_State *L) {
  const char *path = pi_bind_path(L, 1);
  pi_err err;
  pi_names *names = pi_bind_push_names(L);
  if (pi_fs_list(names, path, &err) < 0) return pi_bind_fail(L, &err);
  pi_bind_names_to_table(L, names);
  pi_names_release(names);
  return 1;
}

static int fs_mkdirs(lua_State *L) {
  static const char *const known[] = {"mode", NULL};
  const char *path = pi_bind_path(L, 1);
  pi_bind_options(L, 2, known);
  int mode = pi_bind_opt_mode(L, 2, 07777);
  pi_err err;
  pi_names *created = pi_bind_push_names(L);
  if (pi_fs_mkdirs(created, path, mode, &err) < 0) return pi_bind_fail(L, &err);
  pi_bind_names_to_table(L, created);
  return 1;
}

static int fs_remove_tree(lua_State *L) {
  static const char *const known[] = {NULL};
  const char *path = pi_bind_path(L, 1);
  pi_bind_options(L, 2, known);
  size_t removed;
  pi_err err;
  if (pi_fs_remove_tree(&removed, path, &err) < 0) return pi_bind_fail(L, &err);
  lua_pushinteger(L, (lua_Integer)removed);
  return 1;
}

static int fs_sweep(lua_State *L) {
  const char *path = pi_bind_path(L, 1);
  pi_err err;
  pi_names *removed = pi_bind_push_names(L);
  if (pi_tmpfile_sweep(removed, path, &err) < 0) return pi_bind_fail(L, &err);
  pi_names_sort(removed);
  pi_bind_names_to_table(L, removed);
  return 1;
}

/* Pushes what a core function stored in *text, or its failure. */
static int push_text(lua_State *L, int result, char *const *text, const pi_err *err) {
  if (result < 0) return pi_bind_fail(L, err);
  lua_pushstring(L, *text);
  return 1;
}

/* A new folder whose path Lua does not know yet: removed again when pushing the path runs out of memory. */
static const char NEW_FOLDER[] = "pienv.fs.new_folder";

static int new_folder_release(lua_State *L) {
  char **path = luaL_checkudata(L, 1, NEW_FOLDER);
  if (*path != NULL) (void)rmdir(*path);
  free(*path);
  *path = NULL;
  return 0;
}

static int fs_mkdtemp(lua_State *L) {
  const char *parent = pi_bind_path(L, 1), *prefix = pi_bind_path(L, 2);
  luaL_argcheck(L, strchr(prefix, '/') == NULL, 2, "prefix holds a slash");
  pi_err err;
  pi_bind_handle(L, NEW_FOLDER, NULL, new_folder_release);
  char **path = lua_newuserdatauv(L, sizeof *path, 0);
  *path = NULL;
  luaL_setmetatable(L, NEW_FOLDER);
  if (pi_fs_mkdtemp(path, parent, prefix, &err) < 0) return pi_bind_fail(L, &err);
  lua_pushstring(L, *path);
  free(*path);
  *path = NULL;
  return 1;
}

static int fs_readlink(lua_State *L) {
  const char *path = pi_bind_path(L, 1);
  pi_err err;
  char **target = pi_bind_push_text(L);
  return push_text(L, pi_fs_readlink(target, path, &err), target, &err);
}

static int fs_realpath(lua_State *L) {
  const char *path = pi_bind_path(L, 1);
  pi_err err;
  char **real = pi_bind_push_text(L);
  return push_text(L, pi_fs_realpath(real, path, &err), real, &err);
}

static int fs_cwd(lua_State *L) {
  pi_err err;
  char **path = pi_bind_push_text(L);
  return push_text(L, pi_fs_cwd(path, &err), path, &err);
}

static int fs_owner_name(lua_State *L) {
  lua_Integer uid = luaL_checkinteger(L, 1);
  luaL_argcheck(L, uid >= 0 && uid <= 0xffffffffLL, 1, "not a user number");
  pi_err err;
  char **name = pi_bind_push_text(L);
  return push_text(L, pi_fs_owner_name(name, (unsigned)uid, &err), name, &err);
}

const luaL_Reg pi_bind_fs_tree[] = {
    {"cwd", fs_cwd},
    {"list", fs_list},
    {"mkdirs", fs_mkdirs},
    {"mkdtemp", fs_mkdtemp},
    {"owner_name", fs_owner_name},
    {"readlink", fs_readlink},
    {"realpath", fs_realpath},
    {"remove_tree", fs_remove_tree},
    {"sweep", fs_sweep},
    {NULL, NULL},
};
