/* What the files of the object binding share. */
#ifndef PIENV_BIND_BIND_OBJECT_H
#define PIENV_BIND_BIND_OBJECT_H

#include <lua.h>

#include "core/object.h"

/* Pushes the table pienv.object.info. */
void pi_bind_object_push(lua_State *L, const pi_object *o);

/* Set a field of the table on top; a NULL string sets none. */
void pi_bind_object_set_string(lua_State *L, const char *field, const char *value);
void pi_bind_object_set_boolean(lua_State *L, const char *field, bool value);

/* Adds what only one of the formats has to the table on top. */
void pi_bind_object_set_elf(lua_State *L, const pi_object *o);
void pi_bind_object_set_macho(lua_State *L, const pi_object *o);

#endif
