/* require "pienv.records": documented in lua/pienv/_meta/records.lua.
 *
 * An index owns the bytes of its file, or holds the text that it was made of as its user value: Lua moves no string. */
#include <string.h>

#include "bind/bind_fs.h"
#include "bind/bind_records.h"
#include "core/records_ahead.h"

static const char INDEX[] = "pienv.records.index";

enum { MOST_FIELDS = 100 };

typedef struct file_index {
  pi_records_ahead *ahead; /* its thread; NULL: what follows is there */
  pi_records records;
  pi_fs_bytes bytes; /* of the file */
  pi_fs_stat stat;
  const char *text; /* that the records lie in; NULL: there is none, or a failure */
  size_t size;
  pi_err err;
} file_index;

static int index_release(lua_State *L) {
  file_index *x = luaL_checkudata(L, 1, INDEX);
  pi_records_ahead *ahead = x->ahead;
  x->ahead = NULL;
  pi_records_ahead_release(ahead);
  pi_records_release(&x->records);
  pi_fs_bytes_release(&x->bytes);
  x->text = "";
  x->size = 0;
  return 0;
}

static void name_text(file_index *x) {
  x->text = x->bytes.bytes;
  x->size = x->bytes.size;
}

/* The index at `arg`, with what its thread has read. */
static file_index *check_index(lua_State *L, int arg) {
  file_index *x = luaL_checkudata(L, arg, INDEX);
  pi_records_ahead *ahead = x->ahead;
  if (ahead == NULL) return x;
  x->ahead = NULL;
  if (pi_records_ahead_take(ahead, &x->records, &x->bytes, &x->stat, &x->err) == 0) name_text(x);
  return x;
}

const pi_records *pi_bind_records(lua_State *L, int arg) { return &check_index(L, arg)->records; }

static file_index *new_index(lua_State *L) {
  file_index *x = lua_newuserdatauv(L, sizeof *x, 1);
  *x = (file_index){0};
  luaL_setmetatable(L, INDEX);
  return x;
}

static int records_index(lua_State *L) {
  size_t size;
  const char *text = luaL_checklstring(L, 1, &size);
  pi_err err;
  file_index *x = new_index(L);
  lua_pushvalue(L, 1);
  (void)lua_setiuservalue(L, -2, 1);
  x->text = text;
  x->size = size;
  if (pi_records_open(&x->records, text, size, &err) < 0) return pi_bind_fail(L, &err);
  return 1;
}

static int records_read(lua_State *L) {
  const char *path = pi_bind_path(L, 1);
  pi_err err;
  file_index *x = new_index(L);
  if (pi_fs_read_nofollow(&x->bytes, &x->stat, path, 0, &err) < 0) return pi_bind_fail(L, &err);
  name_text(x);
  if (pi_records_open(&x->records, x->text, x->size, &err) < 0) return pi_bind_fail(L, &err);
  return 1;
}

static int records_ahead(lua_State *L) {
  const char *path = pi_bind_path(L, 1);
  pi_err err;
  file_index *x = new_index(L);
  if (pi_records_ahead_start(&x->ahead, path, &err) < 0) return pi_bind_fail(L, &err);
  return 1;
}

static int index_facts(lua_State *L) {
  const file_index *x = check_index(L, 1);
  if (x->text == NULL) return pi_bind_fail(L, &x->err);
  luaL_argcheck(L, x->bytes.bytes != NULL, 1, "the index is closed, or of no file");
  pi_bind_stat_to_table(L, &x->stat);
  return 1;
}

static int index_head(lua_State *L) {
  const file_index *x = check_index(L, 1);
  const char *end = x->size > 0 ? memchr(x->text, '\n', x->size) : NULL;
  if (end != NULL)
    lua_pushlstring(L, x->text, (size_t)(end - x->text));
  else
    lua_pushnil(L);
  return 1;
}

static const pi_records_line *find(lua_State *L) {
  const pi_records *r = pi_bind_records(L, 1);
  size_t size;
  const char *key = luaL_checklstring(L, 2, &size);
  return pi_records_find(r, key, size);
}

static int index_line(lua_State *L) {
  const pi_records_line *line = find(L);
  if (line != NULL)
    lua_pushlstring(L, line->start, (size_t)(line->end - line->start));
  else
    lua_pushnil(L);
  return 1;
}

static int index_fields(lua_State *L) {
  lua_Integer most = luaL_checkinteger(L, 3);
  luaL_argcheck(L, most >= 1 && most <= MOST_FIELDS, 3, "1 to 100 fields can be asked for");
  const pi_records_line *line = find(L);
  if (line == NULL || !pi_records_is_whole(line)) return 0;
  luaL_checkstack(L, (int)most, NULL);
  int count = 0;
  for (const char *at = line->fields; at != NULL && count < most; count++) {
    const char *tab = memchr(at, '\t', (size_t)(line->end - at));
    lua_pushlstring(L, at, (size_t)((tab != NULL ? tab : line->end) - at));
    at = tab != NULL ? tab + 1 : NULL;
  }
  return count;
}

static int index_keys(lua_State *L) {
  const pi_records *r = pi_bind_records(L, 1);
  lua_createtable(L, (int)r->count, 0);
  for (size_t i = 0; i < r->count; i++) {
    const pi_records_line *line = &r->last[i];
    lua_pushlstring(L, line->key, (size_t)(line->fields - 1 - line->key));
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

static int index_lines(lua_State *L) {
  const pi_records *r = pi_bind_records(L, 1);
  lua_pushinteger(L, (lua_Integer)r->lines);
  return 1;
}

static const luaL_Reg methods[] = {{"all_held", pi_bind_records_all_held},
                                   {"close", index_release},
                                   {"facts", index_facts},
                                   {"fields", index_fields},
                                   {"head", index_head},
                                   {"held", pi_bind_records_held},
                                   {"keys", index_keys},
                                   {"line", index_line},
                                   {"lines", index_lines},
                                   {NULL, NULL}};

static const luaL_Reg functions[] = {
    {"ahead", records_ahead}, {"index", records_index}, {"read", records_read}, {NULL, NULL}};

int pi_open_records(lua_State *L);

int pi_open_records(lua_State *L) {
  pi_bind_handle(L, INDEX, methods, index_release);
  pi_bind_records_look_type(L);
  luaL_newlib(L, functions);
  return 1;
}
