/* The table that describes an object file: what only ELF, or only Mach-O, has. */
#include "bind/bind_object.h"

static void set_integer(lua_State *L, const char *field, lua_Integer value) {
  lua_pushinteger(L, value);
  lua_setfield(L, -2, field);
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
    pi_bind_object_set_string(L, "library", library);
    lua_newtable(L);
    for (; i < o->versions.count && versions[i].library == library; i++) append_string(L, versions[i].name);
    lua_setfield(L, -2, "versions");
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
  }
  lua_setfield(L, -2, "versions");
}

static void set_symbol_versions(lua_State *L, const pi_object *o) {
  const pi_object_symbol *symbols = o->symbols.items;
  lua_newtable(L);
  for (size_t i = 0; i < o->symbols.count; i++)
    if (symbols[i].version != NULL) pi_bind_object_set_string(L, symbols[i].name, symbols[i].version);
  lua_setfield(L, -2, "symbol_versions");
}

void pi_bind_object_set_elf(lua_State *L, const pi_object *o) {
  set_integer(L, "osabi", o->osabi);
  pi_bind_object_set_boolean(L, "section_table", o->section_table);
  pi_bind_object_set_string(L, "interpreter", o->interpreter);
  pi_bind_object_set_boolean(L, "exec_stack", o->exec_stack);
  set_integer(L, "tls_size", (lua_Integer)o->tls_size);
  pi_bind_object_set_boolean(L, "dynamic", o->dynamic);
  pi_bind_object_set_string(L, "rpath", o->rpath);
  pi_bind_object_set_string(L, "runpath", o->runpath);
  set_versions(L, o);
  set_symbol_versions(L, o);
  pi_bind_object_set_boolean(L, "static_tls", o->static_tls);
  pi_bind_object_set_boolean(L, "textrel", o->textrel);
  pi_bind_object_set_boolean(L, "bind_now", o->bind_now);
  pi_bind_object_set_boolean(L, "nodelete", o->nodelete);
  pi_bind_object_set_boolean(L, "pie", o->pie);
  if (o->isa_needed > 0) set_integer(L, "isa_needed", o->isa_needed);
  if (o->isa_used > 0) set_integer(L, "isa_used", o->isa_used);
  if (o->android > 0) set_integer(L, "android", o->android);
}

/* "11.0", "10.15.4": the third number only where it is not 0. */
static void set_version(lua_State *L, const char *field, uint32_t version) {
  unsigned major = version >> 16, minor = version >> 8 & 0xFF, patch = version & 0xFF;
  if (patch > 0)
    lua_pushfstring(L, "%d.%d.%d", (int)major, (int)minor, (int)patch);
  else
    lua_pushfstring(L, "%d.%d", (int)major, (int)minor);
  lua_setfield(L, -2, field);
}

static void set_platform(lua_State *L, const pi_object *o) {
  if (o->platform == 0) return;
  const char *name = pi_object_platform_name(o->platform);
  if (name != NULL)
    lua_pushstring(L, name);
  else
    lua_pushfstring(L, "platform-%d", (int)o->platform);
  lua_setfield(L, -2, "platform");
  set_version(L, "os_minimum", o->os_minimum);
  if (o->sdk != 0) set_version(L, "sdk", o->sdk);
}

static void set_run_paths(lua_State *L, const pi_object *o) {
  const char *const *paths = o->run_paths.items;
  lua_createtable(L, (int)o->run_paths.count, 0);
  for (size_t i = 0; i < o->run_paths.count; i++) append_string(L, paths[i]);
  lua_setfield(L, -2, "run_paths");
}

static void set_signature(lua_State *L, const pi_object_signature *signature) {
  enum { ADHOC = 0x2, LINKER_SIGNED = 0x20000 };
  if (signature->size == 0) return;
  lua_createtable(L, 0, 6);
  set_integer(L, "size", (lua_Integer)signature->size);
  set_integer(L, "flags", signature->flags);
  pi_bind_object_set_boolean(L, "adhoc", (signature->flags & ADHOC) != 0);
  pi_bind_object_set_boolean(L, "linker_signed", (signature->flags & LINKER_SIGNED) != 0);
  pi_bind_object_set_boolean(L, "identity", signature->identity);
  pi_bind_object_set_string(L, "identifier", signature->identifier);
  lua_setfield(L, -2, "signature");
}

static void set_slices(lua_State *L, const pi_object *o) {
  const pi_object_slice *slices = o->slices.items;
  lua_createtable(L, (int)o->slices.count, 0);
  for (size_t i = 0; i < o->slices.count; i++) {
    pi_bind_object_push(L, &slices[i].object);
    set_integer(L, "offset", (lua_Integer)slices[i].offset);
    set_integer(L, "size", (lua_Integer)slices[i].size);
    set_integer(L, "align", (lua_Integer)1 << slices[i].align);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, -2, "slices");
}

void pi_bind_object_set_macho(lua_State *L, const pi_object *o) {
  if (o->slices.count > 0) {
    set_slices(L, o);
    return;
  }
  set_platform(L, o);
  set_run_paths(L, o);
  set_signature(L, &o->signature);
  pi_bind_object_set_boolean(L, "strings_misaligned", o->strings_misaligned);
}
