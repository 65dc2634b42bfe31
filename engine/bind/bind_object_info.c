/* The table that describes an object file: what every format has. */
#include <lauxlib.h>
#include <string.h>

#include "bind/bind_object.h"

void pi_bind_object_set_string(lua_State *L, const char *field, const char *value) {
  if (value == NULL) return;
  lua_pushstring(L, value);
  lua_setfield(L, -2, field);
}

void pi_bind_object_set_boolean(lua_State *L, const char *field, bool value) {
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
    pi_bind_object_set_string(L, "name", sections[i].name);
    set_name(L, "type", pi_object_section_type_name(sections[i].type), "type-", sections[i].type);
    lua_pushinteger(L, (lua_Integer)sections[i].size);
    lua_setfield(L, -2, "size");
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, -2, "sections");
}

/* What the loader loads with the file: without those that a first call loads. */
static void set_needed(lua_State *L, const pi_object *o) {
  const pi_object_library *needed = o->needed.items;
  lua_Integer n = 0;
  lua_createtable(L, (int)o->needed.count, 0);
  for (size_t i = 0; i < o->needed.count; i++) {
    if (needed[i].delay) continue;
    lua_pushstring(L, needed[i].name);
    lua_rawseti(L, -2, ++n);
  }
  lua_setfield(L, -2, "needed");
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

/* Pushes a list with a table for each library, each with an empty list of symbols. */
static void push_libraries(lua_State *L, const pi_object *o) {
  const pi_object_library *needed = o->needed.items;
  lua_createtable(L, (int)o->needed.count, 0);
  for (size_t i = 0; i < o->needed.count; i++) {
    lua_createtable(L, 0, 4);
    pi_bind_object_set_string(L, "library", needed[i].name);
    pi_bind_object_set_boolean(L, "weak", needed[i].weak);
    pi_bind_object_set_boolean(L, "delay", needed[i].delay);
    lua_newtable(L);
    lua_setfield(L, -2, "symbols");
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

/* Which symbols come from which library, in the formats that tell it. */
static void set_imports(lua_State *L, const pi_object *o) {
  const pi_object_symbol *symbols = o->symbols.items;
  push_libraries(L, o);
  for (size_t i = 0; i < o->symbols.count; i++) {
    if (symbols[i].library == 0) continue;
    (void)lua_rawgeti(L, -1, symbols[i].library);
    (void)lua_getfield(L, -1, "symbols");
    lua_pushstring(L, symbols[i].name);
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
    lua_pop(L, 2);
  }
  lua_setfield(L, -2, "imports");
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

void pi_bind_object_push(lua_State *L, const pi_object *o) {
  static const char *const formats[] = {[PI_OBJECT_ELF] = "elf", [PI_OBJECT_MACHO] = "macho", [PI_OBJECT_PE] = "pe"};
  lua_createtable(L, 0, 32);
  pi_bind_object_set_string(L, "format", formats[o->format]);
  bool fat = o->slices.count > 0; /* such a file says nothing itself: its lists are empty */
  if (!fat) {
    lua_pushinteger(L, o->bits);
    lua_setfield(L, -2, "class");
  }
  pi_bind_object_set_string(L, "endian", o->big_endian ? "big" : "little");
  set_name(L, "machine", fat ? "fat" : pi_object_machine_name(o), "machine-", o->machine);
  set_name(L, "type", fat ? "fat" : pi_object_type_name(o), "type-", o->type);
  set_sections(L, o);
  pi_bind_object_set_string(L, "soname", o->soname);
  set_needed(L, o);
  set_symbols(L, "exports", o, false, false);
  set_symbols(L, "undefined", o, true, false);
  set_symbols(L, "undefined_weak", o, true, true);
  set_build_id(L, o);
  if (o->format != PI_OBJECT_ELF) set_imports(L, o);
  if (o->format == PI_OBJECT_ELF) pi_bind_object_set_elf(L, o);
  if (o->format == PI_OBJECT_MACHO) pi_bind_object_set_macho(L, o);
}
