/* Between the files of the process binding:
 *   bind_process.c        handles, and the loop that owns their processes
 *   bind_process_spec.c   a Lua table into a pi_process_spec
 *   bind_process_poll.c   waiting, and what has come */
#ifndef PIENV_BIND_BIND_PROCESS_H
#define PIENV_BIND_BIND_PROCESS_H

#include <lua.h>

#include "core/process.h"

/* A handle. */
typedef struct pi_bind_process {
  pi_process *process; /* NULL: closed */
  bool command;        /* poll has started it, in its turn */
} pi_bind_process;

/* Of the functions of the module, whose upvalue the loop is. Raises in a finalizer that runs after it when the state
 * closes. */
pi_process_loop *pi_bind_process_loop(lua_State *L);

/* Pushes the table of all handles, by the address of their process. */
void pi_bind_process_handles(lua_State *L);

/* Starts a process and pushes its handle. NULL: it did not start. */
pi_bind_process *pi_bind_process_spawn(lua_State *L, const pi_process_spec *spec, pi_err *err);

/* Reads the table at `arg` but for `argv`, and raises for wrong use. The spec points into Lua values that this leaves
 * on the stack: the caller keeps its stack until the spec has been used. */
void pi_bind_process_options(lua_State *L, int arg, pi_process_spec *spec);

/* The same for the field `argv` of the table at `holder`; messages name the argument `arg`. */
const char *const *pi_bind_process_argv(lua_State *L, int arg, int holder);

int pi_bind_process_poll(lua_State *L);

/* process.environment: a userdata with this metatable, which is an envp. */
#define PI_BIND_ENVIRONMENT "pienv.process.environment"
int pi_bind_process_environment(lua_State *L);

#endif
