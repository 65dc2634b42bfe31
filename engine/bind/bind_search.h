/* What is looked for in files, as a list of strings: for pienv.search and whoever searches bytes on the way. */
#ifndef PIENV_BIND_SEARCH_H
#define PIENV_BIND_SEARCH_H

#include "bind/bind.h"
#include "core/search.h"

/* Raises unless the value at `list` is a list of 1 to 1000 strings of 1 byte to 64 KiB; `arg`: the one that is named.
 */
void pi_bind_check_needles(lua_State *L, int list, int arg);

/* Pushes a block that holds the needles of a list that was checked and, behind them, room for `limit` offsets of each.
 * The list holds the strings. */
pi_search_needle *pi_bind_push_needles(lua_State *L, int list, size_t limit);

#endif
