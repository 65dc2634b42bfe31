/* Between the two files of the process binding: a Lua table into a pi_process_spec. */
#ifndef PIENV_BIND_BIND_PROCESS_H
#define PIENV_BIND_BIND_PROCESS_H

#include <lua.h>

#include "core/process.h"

/* Reads the table at `arg` and raises for wrong use. The spec points into Lua values that this leaves on the stack:
 * the caller keeps its stack until the spec has been used. */
void pi_bind_process_spec(lua_State *L, int arg, pi_process_spec *spec);

/* process.environment: a userdata with this metatable, which is an envp. */
#define PI_BIND_ENVIRONMENT "pienv.process.environment"
int pi_bind_process_environment(lua_State *L);

#endif
