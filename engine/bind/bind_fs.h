/* What the files of require "pienv.fs" share (bind_fs.c, bind_fs_tree.c), and bind_transaction.c with them. */
#ifndef PIENV_BIND_FS_H
#define PIENV_BIND_FS_H

#include "bind/bind.h"
#include "core/fs.h"

/* Pushes an empty list, byte string or C string that is released when it is collected: created before the core is
 * called, so that nothing is lost when pushing the results raises. */
pi_names *pi_bind_push_names(lua_State *L);
pi_fs_bytes *pi_bind_push_bytes(lua_State *L);
char **pi_bind_push_text(lua_State *L);

/* Pushes the names as a Lua list. */
void pi_bind_names_to_table(lua_State *L, const pi_names *names);

/* Pushes the facts as a Lua table. */
void pi_bind_stat_to_table(lua_State *L, const pi_fs_stat *stat);

/* Permission bits from a value: an integer, or octal digits as chmod takes them ("644", "0755"); raises for anything
 * else and above `most` (Lua has no octal numbers: 644 without quotes is caught this way for most = 0777). */
unsigned pi_bind_mode(lua_State *L, int arg, int index, unsigned most);

/* Option "mode" of a table, or -1. */
int pi_bind_opt_mode(lua_State *L, int arg, unsigned most);

/* Options "uid" and "gid" of a table, both or none; false where they are missing. */
bool pi_bind_opt_owner(lua_State *L, int arg, pi_fs_owner *owner);

/* Creates the metatables that the push functions use. */
void pi_bind_fs_types(lua_State *L);

/* bind_fs_tree.c */
extern const luaL_Reg pi_bind_fs_tree[];

/* bind_fs_share.c */
int pi_bind_folder(lua_State *L, int arg); /* the descriptor of an open folder; raises for anything else */
extern const luaL_Reg pi_bind_fs_share[];
void pi_bind_fs_folder_type(lua_State *L);

#endif
