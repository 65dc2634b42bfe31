/* The stock files, Lua and what recipes/ generates from: out of the executable, or from the source tree in a
 * development build. They push onto a Lua stack, because only the VM and Lua ask for them. */
#ifndef PIENV_HOST_STOCK_H
#define PIENV_HOST_STOCK_H

#include <lua.h>
#include <stdbool.h>

/* Pushes the content of stock file `name` ("lua/pienv/init.lua") and returns 1; pushes nothing and returns 0
 * where there is none. */
int pi_stock_push(lua_State *L, const char *name);

/* Pushes stock file `name` as a loaded chunk (its first upvalue is _ENV) and returns 1; pushes nothing and returns 0
 * where there is none, or it is no Lua. Embedded files were compiled when pienv was built:
 * docs/adr/0013-compiled-chunks.md. Raises what a file of the source tree has wrong. `bare`: without lines and names,
 * where there is such a chunk; it is read faster. */
int pi_stock_load(lua_State *L, const char *name, bool bare);

/* Pushes a sorted list of the names of all stock files. */
void pi_stock_push_names(lua_State *L);

/* The source tree that a development build reads from; NULL where the files are embedded. */
const char *pi_stock_root(void);

#endif
