/* Objects with always the same members, as one line of JSON: for logs, of which a run writes thirty thousand lines.
 * Documented in lua/pienv/_meta/json.lua. */
#include "bind/bind_json_form.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bind/bind.h"
#include "core/utf8.h"

enum { MOST_MEMBERS = 40 }; /* arguments of one call, with room for what a list needs of the stack */

/* The upvalues of a form: its names, which the second one, a table, holds. */
enum { FORM = 1, NAMES };

typedef struct member {
  const char *name;
  size_t size; /* bytes */
} member;

typedef struct form {
  int count;
  member members[MOST_MEMBERS];
} form;

/* Adds a control character, a quote or a backslash. */
static void add_escaped(luaL_Buffer *out, char c) {
  static const char plain[] = "\"\\\b\f\n\r\t", short_ones[] = "\"\\bfnrt";
  const char *at = strchr(plain, c);
  char text[8] = {'\\', 'u', '0', '0', "0123456789abcdef"[(unsigned char)c >> 4], "0123456789abcdef"[c & 15]};
  if (c == '\0' || at == NULL) {
    luaL_addlstring(out, text, 6);
    return;
  }
  luaL_addchar(out, '\\');
  luaL_addchar(out, short_ones[at - plain]);
}

static bool is_plain(char c) { return c >= ' ' && c < 127 && c != '"' && c != '\\'; }

/* Adds the character at `at`, which is not plain; returns its bytes. */
static size_t add_odd(luaL_Buffer *out, const char *at, size_t left) {
  size_t length = pi_utf8_length(at, left);
  if (length == 0)
    luaL_addstring(out, "\xEF\xBF\xBD");
  else if (length > 1)
    luaL_addlstring(out, at, length);
  else
    add_escaped(out, *at);
  return length > 0 ? length : 1;
}

static void add_text(luaL_Buffer *out, const char *text, size_t size) {
  luaL_addchar(out, '"');
  for (size_t at = 0; at < size;) {
    size_t from = at;
    while (at < size && is_plain(text[at])) at++;
    luaL_addlstring(out, text + from, at - from);
    if (at < size) at += add_odd(out, text + at, size - at);
  }
  luaL_addchar(out, '"');
}

/* Digits of a number, at least so many. */
static void add_digits(luaL_Buffer *out, unsigned long long number, int least) {
  char digits[24];
  int at = (int)sizeof digits;
  for (; number > 0 || least > 0; number /= 10, least--) digits[--at] = (char)('0' + number % 10);
  luaL_addlstring(out, digits + at, sizeof digits - (size_t)at);
}

static void add_integer(luaL_Buffer *out, lua_Integer value) {
  if (value < 0) luaL_addchar(out, '-');
  add_digits(out, value < 0 ? 0 - (unsigned long long)value : (unsigned long long)value, 1);
}

/* Six digits behind the point: printf takes long for them, and times are most of what a log holds. */
static void add_float(luaL_Buffer *out, lua_Number value) {
  unsigned long long millionths = (unsigned long long)(fabs(value) * 1e6 + 0.5);
  if (value < 0 && millionths > 0) luaL_addchar(out, '-');
  add_digits(out, millionths / 1000000, 1);
  luaL_addchar(out, '.');
  add_digits(out, millionths % 1000000, 6);
}

/* The items of a list are held by it. */
static void add_list(lua_State *L, luaL_Buffer *out, int list) {
  luaL_addchar(out, '[');
  for (lua_Integer i = 1, count = (lua_Integer)lua_rawlen(L, list); i <= count; i++) {
    size_t size;
    luaL_argcheck(L, lua_rawgeti(L, list, i) == LUA_TSTRING, list, "a list holds something else than texts");
    const char *text = lua_tolstring(L, -1, &size);
    lua_pop(L, 1);
    if (i > 1) luaL_addchar(out, ',');
    add_text(out, text, size);
  }
  luaL_addchar(out, ']');
}

static void add_value(lua_State *L, luaL_Buffer *out, int arg) {
  size_t size;
  switch (lua_type(L, arg)) {
    case LUA_TSTRING: {
      const char *text = lua_tolstring(L, arg, &size);
      add_text(out, text, size);
      break;
    }
    case LUA_TNUMBER:
      if (lua_isinteger(L, arg))
        add_integer(out, lua_tointeger(L, arg));
      else
        add_float(out, lua_tonumber(L, arg));
      break;
    case LUA_TBOOLEAN: luaL_addstring(out, lua_toboolean(L, arg) ? "true" : "false"); break;
    default: add_list(L, out, arg);
  }
}

/* Raises for what a form has no way to write: before the buffer takes its place on the stack. */
static void check_value(lua_State *L, int arg) {
  int type = lua_type(L, arg);
  luaL_argexpected(
      L, type == LUA_TNIL || type == LUA_TSTRING || type == LUA_TNUMBER || type == LUA_TBOOLEAN || type == LUA_TTABLE,
      arg, "text, number, boolean or list of texts");
  if (type == LUA_TNUMBER && !lua_isinteger(L, arg))
    luaL_argcheck(L, fabs(lua_tonumber(L, arg)) < 1e12, arg, "no such number can be written"); /* also for NaN */
}

static int write_form(lua_State *L) {
  const form *f = lua_touserdata(L, lua_upvalueindex(FORM));
  luaL_Buffer out;
  int last = lua_gettop(L);
  luaL_argcheck(L, last <= f->count, f->count + 1, "the form has no such member");
  for (int arg = 1; arg <= last; arg++) check_value(L, arg);
  luaL_buffinit(L, &out);
  char before = '{';
  for (int arg = 1; arg <= last; arg++) {
    if (lua_isnil(L, arg)) continue;
    luaL_addchar(&out, before);
    luaL_addchar(&out, '"');
    luaL_addlstring(&out, f->members[arg - 1].name, f->members[arg - 1].size);
    luaL_addlstring(&out, "\":", 2);
    add_value(L, &out, arg);
    before = ',';
  }
  luaL_addstring(&out, before == '{' ? "{}\n" : "}\n");
  luaL_pushresult(&out);
  return 1;
}

static bool is_name(const char *text, size_t size) {
  return size > 0 && strspn(text, "abcdefghijklmnopqrstuvwxyz_0123456789") == size;
}

int pi_bind_json_form(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_Unsigned count = lua_rawlen(L, 1);
  luaL_argcheck(L, count <= MOST_MEMBERS, 1, "too many members");
  form *f = lua_newuserdatauv(L, sizeof *f, 0);
  f->count = (int)count;
  lua_createtable(L, f->count, 0);
  for (int i = 0; i < f->count; i++) {
    member *m = &f->members[i];
    luaL_argcheck(L, lua_rawgeti(L, 1, i + 1) == LUA_TSTRING, 1, "names are texts");
    m->name = lua_tolstring(L, -1, &m->size);
    luaL_argcheck(L, is_name(m->name, m->size), 1, "a name has small letters, digits and '_' only");
    lua_rawseti(L, -2, i + 1);
  }
  lua_pushcclosure(L, write_form, 2);
  return 1;
}
