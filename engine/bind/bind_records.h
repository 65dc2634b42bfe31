/* What the files of require "pienv.records" share. */
#ifndef PIENV_BIND_RECORDS_H
#define PIENV_BIND_RECORDS_H

#include "bind/bind.h"
#include "core/records.h"

/* The index at `arg`; raises for anything else. */
const pi_records *pi_bind_records(lua_State *L, int arg);

/* bind_records_look.c */
int pi_bind_records_held(lua_State *L);
int pi_bind_records_all_held(lua_State *L);
void pi_bind_records_look_type(lua_State *L);

#endif
