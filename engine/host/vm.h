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

/* A new state, or NULL when memory runs out. A quick one has its first memory from an arena (host/arena.h), and until
 * pi_vm_watch nothing is interrupted in it, and stock files are read without lines and names. */
pi_vm *pi_vm_new(bool quick);

/* From now on running Lua code is interrupted and limited in time, in this coroutine and those that it makes. */
void pi_vm_watch(lua_State *L);

/* From now on garbage is collected. Until then it is only in a state that has grown large: while a recipe is loaded
 * nearly all that is made stays, and a look at it is one for nothing. */
void pi_vm_collect(lua_State *L);

lua_State *pi_vm_state(pi_vm *vm);

/* Closes the state, which releases all handles, and frees everything; NULL is fine. The memory of a quick one is left
 * to the kernel: it is the last that its process does. */
void pi_vm_free(pi_vm *vm);

/* Says that the state holds nothing that must be released (a child, a temporary file), and that the process ends now:
 * pi_vm_free then leaves its memory to the kernel. */
void pi_vm_settle(pi_vm *vm);

/* Limits memory (0: no limit); past it an allocation fails as if memory had run out. */
void pi_vm_limit_memory(pi_vm *vm, size_t bytes);

/* Limits wall time, counted from now (0: no limit); past it running Lua code gets the error { kind = "timeout" }. */
void pi_vm_limit_time(pi_vm *vm, double seconds);

/* Moves the time limit by so many seconds: nothing ran meanwhile. */
void pi_vm_postpone(pi_vm *vm, double seconds);

/* Non-zero when the time limit has passed. */
int pi_vm_expired(const pi_vm *vm);

/* The pending interrupt's signal, or 0; a reader of our output that has gone away is one (SIGPIPE). */
int pi_vm_interrupted(pi_vm *vm);

/* While shielded, running Lua code is neither interrupted nor limited in time: for the task scheduler, whose tables
 * must stay consistent. Returns whether an interrupt has been raised in Lua code since the last call. */
bool pi_vm_shield(pi_vm *vm, bool shielded);

/* Says that the coroutine L runs from now on: interrupts are raised there. Returns the one that ran before. */
lua_State *pi_vm_switch(pi_vm *vm, lua_State *L);

/* Makes the functions of the library `coroutine` say so (vm_coroutine.c). */
void pi_vm_open_coroutines(lua_State *L);

/* The function `resume` of the module "pienv.vm". */
int pi_vm_resume(lua_State *L);

/* The vm that owns a state. */
pi_vm *pi_vm_of(lua_State *L);

/* require "pienv.vm": documented in lua/pienv/_meta/vm.lua. */
int pi_open_vm(lua_State *L);

#endif
