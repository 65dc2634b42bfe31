/* Stock files: see stock.h. PIENV_SOURCE_ROOT is defined by a development build (cmake/Embed.cmake). */
#include "host/stock.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/err.h"
#include "core/io.h"

#ifdef PIENV_SOURCE_ROOT

#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>

int pi_stock_push(lua_State *L, const char *name) {
  char path[4096];
  struct stat status;
  if (strstr(name, "..") != NULL) return 0;
  int length = snprintf(path, sizeof path, "%s/%s", PIENV_SOURCE_ROOT, name);
  if (length < 0 || (size_t)length >= sizeof path || stat(path, &status) < 0) return 0;
  if (!S_ISREG(status.st_mode)) return 0;
  size_t size = (size_t)status.st_size;
  void *block = lua_newuserdatauv(L, size, 0); /* before the file is open: only this can raise */
  int file = pi_io_open(AT_FDCWD, path, O_RDONLY, 0);
  ssize_t got = file >= 0 ? pi_io_read(file, block, size) : -1;
  pi_io_close(&file);
  if (got < 0 || (size_t)got != size) return luaL_error(L, "read %s: it changes or cannot be read", path);
  lua_pushlstring(L, block, size);
  lua_remove(L, -2);
  return 1;
}

static int is_lua(const char *name) {
  size_t length = strlen(name);
  return length > 4 && strcmp(name + length - 4, ".lua") == 0;
}

int pi_stock_load(lua_State *L, const char *name, bool bare) {
  size_t size;
  (void)bare; /* nothing was compiled */
  if (!is_lua(name) || !pi_stock_push(L, name)) return 0;
  const char *text = lua_tolstring(L, -1, &size);
  if (luaL_loadbufferx(L, text, size, lua_pushfstring(L, "@stock:%s", name), "t") != LUA_OK) return lua_error(L);
  lua_replace(L, -3);
  lua_pop(L, 1);
  return 1;
}

static int release_glob(lua_State *L) {
  glob_t *found = lua_touserdata(L, 1);
  globfree(found);
  memset(found, 0, sizeof *found);
  return 0;
}

/* Pushes an empty glob_t that the collector releases after a failure; after success it is released at once, because
 * Lua drops a finalizer that finds no memory for its call. */
static glob_t *push_glob(lua_State *L) {
  glob_t *found = lua_newuserdatauv(L, sizeof *found, 0);
  memset(found, 0, sizeof *found);
  if (luaL_newmetatable(L, "pienv.glob")) {
    lua_pushcfunction(L, release_glob);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  return found;
}

static void sort(lua_State *L) { /* the list on top */
  lua_getglobal(L, "table");
  lua_getfield(L, -1, "sort");
  lua_pushvalue(L, -3);
  lua_call(L, 1, 0);
  lua_pop(L, 1);
}

void pi_stock_push_names(lua_State *L) {
  static const char *const patterns[] = {"lua/pienv/*.lua", "lua/pienv/*/*.lua", "recipes/*.lua", "recipes/*/*.lua",
                                         "recipes/*/*.cjs"};
  lua_newtable(L);
  for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
    char pattern[4096];
    (void)snprintf(pattern, sizeof pattern, "%s/%s", PIENV_SOURCE_ROOT, patterns[i]);
    glob_t *found = push_glob(L);
    if (glob(pattern, 0, NULL, found) == 0)
      for (size_t k = 0; k < found->gl_pathc; k++) {
        lua_pushstring(L, found->gl_pathv[k] + strlen(PIENV_SOURCE_ROOT) + 1);
        lua_rawseti(L, -3, (lua_Integer)lua_rawlen(L, -3) + 1);
      }
    globfree(found);
    memset(found, 0, sizeof *found);
    lua_pop(L, 1);
  }
  sort(L);
}

const char *pi_stock_root(void) { return PIENV_SOURCE_ROOT; }

#else

#include "host/embedded.h"

const char *pi_stock_root(void) { return NULL; }

static int compare_name(const void *name, const void *file) {
  return strcmp(name, ((const pi_embedded_file *)file)->name);
}

static const pi_embedded_file *find(const char *name) {
  return bsearch(name, pi_embedded_files, pi_embedded_count, sizeof pi_embedded_files[0], compare_name);
}

int pi_stock_push(lua_State *L, const char *name) {
  const pi_embedded_file *file = find(name);
  if (file != NULL) lua_pushlstring(L, (const char *)file->text, file->text_size);
  return file != NULL;
}

int pi_stock_load(lua_State *L, const char *name, bool bare) {
  const pi_embedded_file *file = find(name);
  if (file == NULL || file->code_size == 0) return 0; /* what is no Lua has no chunk */
  bare = bare && file->bare_size > 0;
  const char *code = (const char *)(bare ? file->bare : file->code);
  if (luaL_loadbufferx(L, code, bare ? file->bare_size : file->code_size, name, "b") != LUA_OK) return lua_error(L);
  return 1;
}

void pi_stock_push_names(lua_State *L) {
  lua_createtable(L, (int)pi_embedded_count, 0);
  for (size_t i = 0; i < pi_embedded_count; i++) {
    lua_pushstring(L, pi_embedded_files[i].name);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

#endif
