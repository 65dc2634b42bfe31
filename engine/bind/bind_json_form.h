/* json.form of pienv.c.json (bind_json.c). */
#ifndef PIENV_BIND_BIND_JSON_FORM_H
#define PIENV_BIND_BIND_JSON_FORM_H

#include <lua.h>

int pi_bind_json_form(lua_State *L);

#endif
