/* The Lua state that recipes run in.
 *
 * - the standard library without os.execute and io.popen (processes go through the engine, so that plan, trace and
 *   tests see them), without os.setlocale (it changes sorting and number formats) and without C libraries from disk;
 *   LUA_PATH, LUA_CPATH and LUA_INIT are not read;
 * - `require` finds the C modules (bind/modules.c), "pienv.vm", then stock Lua files (host/stock.h);
 *   the recipe runtime adds the project's files (lua/pienv/project.lua);
 * - memory is limited, and running Lua code is interrupted by signals (core/interrupt.h), by the end of whoever reads
 * its output (host/output.h), and by a time limit. The interrupt is an error that Lua may catch to clean up; code that
 *   catches it again and again and goes on is unwound by force. */
#ifndef PIENV_HOST_VM_H
#define PIENV_HOST_VM_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct pi_vm pi_vm;

/* A new state, or NULL when memory runs out. */
pi_vm *pi_vm_new(void);

lua_State *pi_vm_state(pi_vm *vm);

/* Closes the state and frees everything; NULL is fine. */
void pi_vm_free(pi_vm *vm);

/* Limits memory (0: no limit); past it an allocation fails as if memory had run out. */
void pi_vm_limit_memory(pi_vm *vm, size_t bytes);

/* Limits wall time, counted from now (0: no limit); past it running Lua code gets the error { kind = "timeout" }. */
void pi_vm_limit_time(pi_vm *vm, double seconds);

/* Non-zero when the time limit has passed. */
int pi_vm_expired(const pi_vm *vm);

/* The pending interrupt's signal, or 0; a reader of our output that has gone away is one (SIGPIPE). */
int pi_vm_interrupted(pi_vm *vm);

/* While shielded, running Lua code is neither interrupted nor limited in time: for the task scheduler, whose tables
 * must stay consistent. Returns whether an interrupt has been raised in Lua code since the last call. */
bool pi_vm_shield(pi_vm *vm, bool shielded);

/* The vm that owns a state. */
pi_vm *pi_vm_of(lua_State *L);

/* require "pienv.vm": documented in lua/pienv/_meta/vm.lua. */
int pi_open_vm(lua_State *L);

#endif
