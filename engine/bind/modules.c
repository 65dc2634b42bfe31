/* The list of C modules: one line a noun, sorted. */
#include "bind/bind.h"

int pi_open_archive(lua_State *L);
int pi_open_cpu(lua_State *L);
int pi_open_env(lua_State *L);
int pi_open_fs(lua_State *L);
int pi_open_gittree(lua_State *L);
int pi_open_json(lua_State *L);
int pi_open_link(lua_State *L);
int pi_open_lock(lua_State *L);
int pi_open_names(lua_State *L);
int pi_open_object(lua_State *L);
int pi_open_process(lua_State *L);
int pi_open_records(lua_State *L);
int pi_open_replay(lua_State *L);
int pi_open_search(lua_State *L);
int pi_open_sha256(lua_State *L);
int pi_open_shape(lua_State *L);
int pi_open_terminal(lua_State *L);
int pi_open_time(lua_State *L);
int pi_open_transaction(lua_State *L);

/* clang-format off: one line a noun, so that two additions do not meet in one line */
const luaL_Reg pi_bind_modules[] = {
    {"pienv.archive", pi_open_archive},
    {"pienv.c.gittree", pi_open_gittree}, /* pienv.c.NOUN: the C half of lua/pienv/NOUN.lua */
    {"pienv.c.json", pi_open_json},
    {"pienv.c.lock", pi_open_lock},
    {"pienv.cpu", pi_open_cpu},
    {"pienv.env", pi_open_env},
    {"pienv.fs", pi_open_fs},
    {"pienv.link", pi_open_link},
    {"pienv.names", pi_open_names},
    {"pienv.object", pi_open_object},
    {"pienv.process", pi_open_process},
    {"pienv.records", pi_open_records},
    {"pienv.replay", pi_open_replay},
    {"pienv.search", pi_open_search},
    {"pienv.sha256", pi_open_sha256},
    {"pienv.shape", pi_open_shape},
    {"pienv.terminal", pi_open_terminal},
    {"pienv.time", pi_open_time},
    {"pienv.transaction", pi_open_transaction},
    {NULL, NULL},
};
/* clang-format on */
