/* What the bindings of fs and transaction share: see bind_fs.h. */
#include "bind/bind_fs.h"

#include <stdlib.h>

static const char NAMES[] = "pienv.fs.names", BYTES[] = "pienv.fs.bytes", TEXT[] = "pienv.fs.text";

static int names_release(lua_State *L) {
  pi_names_release(luaL_checkudata(L, 1, NAMES));
  return 0;
}

static int bytes_release(lua_State *L) {
  pi_fs_bytes_release(luaL_checkudata(L, 1, BYTES));
  return 0;
}

static int text_release(lua_State *L) {
  char **text = luaL_checkudata(L, 1, TEXT);
  free(*text);
  *text = NULL;
  return 0;
}

void pi_bind_fs_types(lua_State *L) {
  pi_bind_handle(L, NAMES, NULL, names_release);
  pi_bind_handle(L, BYTES, NULL, bytes_release);
  pi_bind_handle(L, TEXT, NULL, text_release);
  pi_bind_fs_folder_type(L);
}

pi_names *pi_bind_push_names(lua_State *L) {
  pi_names *names = lua_newuserdatauv(L, sizeof *names, 0);
  pi_names_init(names);
  luaL_setmetatable(L, NAMES);
  return names;
}

pi_fs_bytes *pi_bind_push_bytes(lua_State *L) {
  pi_fs_bytes *bytes = lua_newuserdatauv(L, sizeof *bytes, 0);
  *bytes = (pi_fs_bytes){NULL, 0};
  luaL_setmetatable(L, BYTES);
  return bytes;
}

char **pi_bind_push_text(lua_State *L) {
  char **text = lua_newuserdatauv(L, sizeof *text, 0);
  *text = NULL;
  luaL_setmetatable(L, TEXT);
  return text;
}

void pi_bind_names_to_table(lua_State *L, const pi_names *names) {
  lua_createtable(L, (int)names->count, 0);
  for (size_t i = 0; i < names->count; i++) {
    lua_pushstring(L, names->items[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

static void set_integer(lua_State *L, const char *field, lua_Integer value) {
  lua_pushinteger(L, value);
  lua_setfield(L, -2, field);
}

void pi_bind_stat_to_table(lua_State *L, const pi_fs_stat *stat) {
  lua_createtable(L, 0, 10);
  lua_pushstring(L, stat->type);
  lua_setfield(L, -2, "type");
  set_integer(L, "size", (lua_Integer)stat->size);
  set_integer(L, "mode", stat->mode);
  set_integer(L, "uid", stat->uid);
  set_integer(L, "gid", stat->gid);
  lua_pushnumber(L, (lua_Number)stat->mtime_ns / 1e9);
  lua_setfield(L, -2, "mtime");
  set_integer(L, "mtime_ns", (lua_Integer)stat->mtime_ns);
  set_integer(L, "inode", (lua_Integer)stat->inode);
  set_integer(L, "device", (lua_Integer)stat->device);
  set_integer(L, "links", (lua_Integer)stat->links);
}

/* The value at `index` as permission bits; -1 when it is none. */
static lua_Integer to_mode(lua_State *L, int index) {
  int ok;
  if (lua_type(L, index) == LUA_TNUMBER) {
    lua_Integer mode = lua_tointegerx(L, index, &ok);
    return ok ? mode : -1;
  }
  if (lua_type(L, index) != LUA_TSTRING) return -1;
  char *end;
  const char *digits = lua_tostring(L, index);
  long mode = strtol(digits, &end, 8);
  return digits[0] >= '0' && digits[0] <= '7' && *end == '\0' ? (lua_Integer)mode : -1;
}

unsigned pi_bind_mode(lua_State *L, int arg, int index, unsigned most) {
  lua_Integer mode = to_mode(L, index);
  if (mode < 0 || mode > (lua_Integer)most) {
    const char *limit = most == 0777 ? "0777" : "07777";
    luaL_argerror(
        L, arg,
        lua_pushfstring(L, "mode must be octal digits in quotes, as in \"0644\", or an integer, up to %s", limit));
  }
  return (unsigned)mode;
}

int pi_bind_opt_mode(lua_State *L, int arg, unsigned most) {
  if (!pi_bind_push_option(L, arg, "mode")) return -1;
  int mode = (int)pi_bind_mode(L, arg, -1, most);
  lua_pop(L, 1);
  return mode;
}
