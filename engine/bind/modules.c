/* The list of C modules: one line a noun, sorted. */
#include "bind/bind.h"

int pi_open_fs(lua_State *L);
int pi_open_sha256(lua_State *L);

const luaL_Reg pi_bind_modules[] = {
    {"pienv.fs", pi_open_fs},
    {"pienv.sha256", pi_open_sha256},
    {NULL, NULL},
};
