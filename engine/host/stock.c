/* Stock Lua files: see stock.h. PIENV_SOURCE_ROOT is defined by a development build (cmake/Embed.cmake). */
#include "host/stock.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/err.h"

#ifdef PIENV_SOURCE_ROOT

#include <glob.h>

int pi_stock_push(lua_State *L, const char *name) {
  char block[4096];
  if (strstr(name, "..") != NULL) return 0;
  const char *path = lua_pushfstring(L, "%s/%s", PIENV_SOURCE_ROOT, name);
  FILE *file = fopen(path, "rbe");
  lua_pop(L, 1);
  if (file == NULL) return 0;
  luaL_Buffer buffer; /* only memory can run out below; the descriptor is then lost with the process */
  luaL_buffinit(L, &buffer);
  for (size_t n; (n = fread(block, 1, sizeof block, file)) > 0;) luaL_addlstring(&buffer, block, n);
  (void)fclose(file);
  luaL_pushresult(&buffer);
  return 1;
}

void pi_stock_push_names(lua_State *L) {
  static const char *const patterns[] = {"lua/pienv/*.lua", "lua/pienv/*/*.lua", "recipes/*.lua", "recipes/*/*.lua"};
  lua_newtable(L);
  for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
    glob_t found;
    char pattern[4096];
    (void)snprintf(pattern, sizeof pattern, "%s/%s", PIENV_SOURCE_ROOT, patterns[i]);
    if (glob(pattern, 0, NULL, &found) == 0)
      for (size_t k = 0; k < found.gl_pathc; k++) {
        lua_pushstring(L, found.gl_pathv[k] + strlen(PIENV_SOURCE_ROOT) + 1);
        lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
      }
    globfree(&found);
  }
}

#else

#include "host/embedded.h"

static int compare_name(const void *name, const void *file) {
  return strcmp(name, ((const pi_embedded_file *)file)->name);
}

int pi_stock_push(lua_State *L, const char *name) {
  const pi_embedded_file *file =
      bsearch(name, pi_embedded_files, pi_embedded_count, sizeof pi_embedded_files[0], compare_name);
  if (file == NULL) return 0;
  lua_pushlstring(L, (const char *)file->bytes, file->size);
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
