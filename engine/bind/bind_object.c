/* require "pienv.object": documented in lua/pienv/_meta/object.lua. */
#include <string.h>

#include "bind/bind.h"
#include "core/object.h"

static const char TYPE[] = "pienv.object.file";

static int file_release(lua_State *L) {
  pi_object_release(luaL_checkudata(L, 1, TYPE));
  return 0;
}

static void set_string(lua_State *L, const char *field, const char *value) {
  if (value == NULL) return;
  lua_pushstring(L, value);
  lua_setfield(L, -2, field);
}

static void set_integer(lua_State *L, const char *field, lua_Integer value) {
  lua_pushinteger(L, value);
  lua_setfield(L, -2, field);
}

static void set_boolean(lua_State *L, const char *field, bool value) {
  lua_pushboolean(L, value);
  lua_setfield(L, -2, field);
}

/* A name, or "<prefix>N" for a number without one. */
static void set_name(lua_State *L, const char *field, const char *name, const char *prefix, lua_Integer number) {
  if (name != NULL)
    lua_pushstring(L, name);
  else
    lua_pushfstring(L, "%s%I", prefix, number);
  lua_setfield(L, -2, field);
}

static void set_sections(lua_State *L, const pi_object *o) {
  const pi_object_section *sections = o->sections.items;
  lua_createtable(L, (int)o->sections.count, 0);
  for (size_t i = 0; i < o->sections.count; i++) {
    lua_createtable(L, 0, 3);
    set_string(L, "name", sections[i].name);
    set_name(L, "type", pi_object_section_type_name(sections[i].type), "type-", sections[i].type);
    set_integer(L, "size", (lua_Integer)sections[i].size);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, -2, "sections");
}

static void set_needed(lua_State *L, const pi_object *o) {
  const char *const *needed = o->needed.items;
  lua_createtable(L, (int)o->needed.count, 0);
  for (size_t i = 0; i < o->needed.count; i++) {
    lua_pushstring(L, needed[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, -2, "needed");
}

static void append_string(lua_State *L, const char *text) {
  lua_pushstring(L, text);
  lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
}

/* The versions of one library stand together in the file, so that one pass groups them. */
static void set_versions(lua_State *L, const pi_object *o) {
  const pi_object_version *versions = o->versions.items;
  lua_newtable(L);
  for (size_t i = 0; i < o->versions.count;) {
    const char *library = versions[i].library;
    lua_createtable(L, 0, 2);
    set_string(L, "library", library);
    lua_newtable(L);
    for (; i < o->versions.count && versions[i].library == library; i++) append_string(L, versions[i].name);
    lua_setfield(L, -2, "versions");
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
  }
  lua_setfield(L, -2, "versions");
}

/* Sorted names without duplicates: one name may stand for several versions. */
static void set_symbols(lua_State *L, const char *field, const pi_object *o, bool undefined, bool weak_only) {
  const pi_object_symbol *symbols = o->symbols.items, *last = NULL;
  lua_newtable(L);
  lua_Integer n = 0;
  for (size_t i = 0; i < o->symbols.count; i++) {
    if (symbols[i].undefined != undefined || (weak_only && !symbols[i].weak)) continue;
    if (last != NULL && strcmp(last->name, symbols[i].name) == 0) continue;
    last = &symbols[i];
    lua_pushstring(L, last->name);
    lua_rawseti(L, -2, ++n);
  }
  lua_setfield(L, -2, field);
}

static void set_symbol_versions(lua_State *L, const pi_object *o) {
  const pi_object_symbol *symbols = o->symbols.items;
  lua_newtable(L);
  for (size_t i = 0; i < o->symbols.count; i++)
    if (symbols[i].version != NULL) set_string(L, symbols[i].name, symbols[i].version);
  lua_setfield(L, -2, "symbol_versions");
}

static void set_build_id(lua_State *L, const pi_object *o) {
  static const char digits[] = "0123456789abcdef";
  luaL_Buffer buffer;
  if (o->build_id == NULL) return;
  char *hex = luaL_buffinitsize(L, &buffer, 2 * o->build_id_size);
  for (size_t i = 0; i < o->build_id_size; i++) {
    hex[2 * i] = digits[o->build_id[i] >> 4];
    hex[2 * i + 1] = digits[o->build_id[i] & 15];
  }
  luaL_pushresultsize(&buffer, 2 * o->build_id_size);
  lua_setfield(L, -2, "build_id");
}

static void push_info(lua_State *L, const pi_object *o) {
  lua_createtable(L, 0, 32);
  set_string(L, "format", "elf");
  set_integer(L, "class", o->bits);
  set_string(L, "endian", o->big_endian ? "big" : "little");
  set_integer(L, "osabi", o->osabi);
  set_name(L, "machine", pi_object_machine_name(o->machine), "machine-", o->machine);
  set_name(L, "type", pi_object_type_name(o->type), "type-", o->type);
  set_boolean(L, "section_table", o->section_table);
  set_sections(L, o);
  set_string(L, "interpreter", o->interpreter);
  set_boolean(L, "exec_stack", o->exec_stack);
  set_integer(L, "tls_size", (lua_Integer)o->tls_size);
  set_boolean(L, "dynamic", o->dynamic);
  set_string(L, "soname", o->soname);
  set_string(L, "rpath", o->rpath);
  set_string(L, "runpath", o->runpath);
  set_needed(L, o);
  set_versions(L, o);
  set_symbols(L, "exports", o, false, false);
  set_symbols(L, "undefined", o, true, false);
  set_symbols(L, "undefined_weak", o, true, true);
  set_symbol_versions(L, o);
  set_boolean(L, "static_tls", o->static_tls);
  set_boolean(L, "textrel", o->textrel);
  set_boolean(L, "bind_now", o->bind_now);
  set_boolean(L, "nodelete", o->nodelete);
  set_boolean(L, "pie", o->pie);
  if (o->isa_needed > 0) set_integer(L, "isa_needed", o->isa_needed);
  if (o->isa_used > 0) set_integer(L, "isa_used", o->isa_used);
  set_build_id(L, o);
}

static int object_inspect(lua_State *L) {
  const char *path = pi_bind_path(L, 1);
  lua_settop(L, 1);
  pi_object *o = lua_newuserdatauv(L, sizeof *o, 0);
  memset(o, 0, sizeof *o);
  luaL_setmetatable(L, TYPE);
  pi_err err;
  int result = pi_object_read(o, path, &err);
  if (result == 0) push_info(L, o);
  pi_object_release(o);
  return result < 0 ? pi_bind_fail(L, &err) : 1;
}

static const luaL_Reg functions[] = {{"inspect", object_inspect}, {NULL, NULL}};

int pi_open_object(lua_State *L);

int pi_open_object(lua_State *L) {
  luaL_newmetatable(L, TYPE);
  lua_pushcfunction(L, file_release);
  lua_setfield(L, -2, "__gc");
  lua_pop(L, 1);
  luaL_newlib(L, functions);
  return 1;
}
