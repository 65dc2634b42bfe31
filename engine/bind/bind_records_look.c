/* require "pienv.records": many records against their files. Documented in lua/pienv/_meta/records.lua.
 *
 * While rows are gathered no Lua code runs and nothing of them changes, so that no path moves until the answer. */
#include <string.h>

#include "bind/bind_fs.h"
#include "bind/bind_records.h"
#include "core/records_look.h"

static const char LOOK[] = "pienv.records.look";

enum { INDEX = 1, FOLDER, ROWS, HOW, KEY, OF, KNOWN, LISTS, FIRST, LOOKS, UNKNOWN, TOP = UNKNOWN };

/* In the places of options that all_held does not take. */
enum { WITHOUT = KEY, TEXT = KNOWN };

typedef struct gathering {
  lua_State *L;
  const pi_records *records;
  pi_records_look *look;
  const char *text; /* the last one that was known to be right */
  size_t text_size;
  bool unknown; /* a text was not known */
} gathering;

static int look_release(lua_State *L) {
  pi_records_look_release(luaL_checkudata(L, 1, LOOK));
  return 0;
}

void pi_bind_records_look_type(lua_State *L) { pi_bind_handle(L, LOOK, NULL, look_release); }

/* Keys that a text cannot hold as they are: whoever writes records writes such ones in another way. */
static bool is_plain_key(const char *key, size_t size) {
  for (size_t i = 0; i < size; i++)
    if ((unsigned char)key[i] < ' ' || key[i] == 127 || key[i] == '%') return false;
  return true;
}

/* One file; not a folder ("src/") or a pattern. */
static bool is_plain_path(const char *path, size_t size) {
  return size > 0 && path[size - 1] != '/' && strcspn(path, "*?[{\\") == size;
}

/* Pushes a field of the table on top; false, and pushes nothing, where it is none or has a metatable. */
static bool push_field(lua_State *L, int name) {
  if (!pi_bind_is_bare(L)) return false;
  lua_pushvalue(L, name);
  (void)lua_rawget(L, -2);
  return true;
}

/* Is what stands between the fingerprints and the last field among the texts that are right? */
static bool is_known(gathering *g, const char *text, size_t size) {
  lua_State *L = g->L;
  if (g->text != NULL && g->text_size == size && memcmp(g->text, text, size) == 0) return true;
  lua_pushlstring(L, text, size);
  lua_pushvalue(L, -1);
  int type = lua_rawget(L, KNOWN);
  bool right = lua_toboolean(L, -1);
  lua_pop(L, 1);
  if (type == LUA_TNIL) {
    g->unknown = true;
    lua_pushboolean(L, true);
    lua_rawset(L, UNKNOWN);
    return false;
  }
  lua_pop(L, 1);
  if (right) g->text = text, g->text_size = size;
  return right;
}

/* The key on top; size 0: there can be no record of that name. */
static pi_records_bytes read_key(lua_State *L) {
  pi_records_bytes key = {NULL, 0};
  if (lua_type(L, -1) != LUA_TSTRING) return key;
  key.at = lua_tolstring(L, -1, &key.size);
  if (!is_plain_key(key.at, key.size)) key.size = 0;
  return key;
}

/* Is the text of the record one that is right? */
static bool has_known_text(gathering *g, const pi_records_line *line) {
  pi_records_fields fields;
  return line != NULL && pi_records_look_read(&fields, g->look, line) && is_known(g, fields.text.at, fields.text.size);
}

/* Is nil, or a table without a metatable, on top? */
static bool is_list(lua_State *L) { return lua_isnil(L, -1) || pi_bind_is_bare(L); }

/* What became of a row: its files are asked about, it is passed by, or there is no memory. */
typedef enum taken { TAKEN, PASSED_BY, NO_MEMORY } taken;

/* Adds the list on top; nil is an empty one. */
static taken add_list(gathering *g, pi_err *err) {
  lua_State *L = g->L;
  if (!is_list(L)) return PASSED_BY;
  lua_Integer count = lua_isnil(L, -1) ? 0 : (lua_Integer)lua_rawlen(L, -1);
  for (lua_Integer i = 1; i <= count; i++) {
    size_t size = 0;
    const char *path = lua_rawgeti(L, -1, i) == LUA_TSTRING ? lua_tolstring(L, -1, &size) : NULL;
    lua_pop(L, 1); /* the list holds it */
    if (path == NULL || !is_plain_path(path, size)) return PASSED_BY;
    if (pi_records_look_file(g->look, path, err) < 0) return NO_MEMORY;
  }
  return pi_records_look_end_list(g->look, err) < 0 ? NO_MEMORY : TAKEN;
}

/* Adds the lists of the table on top, which has at least one. */
static taken add_lists(gathering *g, pi_err *err) {
  lua_State *L = g->L;
  taken result = TAKEN;
  bool any = false;
  int holder = lua_gettop(L), name = holder + 1;
  for (lua_Integer i = 1; result == TAKEN && i <= (lua_Integer)g->look->lists; i++) {
    (void)lua_rawgeti(L, LISTS, i);
    lua_pushvalue(L, holder);
    result = push_field(L, name) ? add_list(g, err) : PASSED_BY;
    any = any || !lua_isnil(L, -1);
    lua_settop(L, holder);
  }
  return result == TAKEN && !any ? PASSED_BY : result;
}

/* Asks about the row on top. -1: no memory. */
static int ask(gathering *g, lua_Integer row, pi_err *err) {
  if (!push_field(g->L, KEY)) return 0;
  pi_records_bytes key = read_key(g->L);
  lua_pop(g->L, 1);
  const pi_records_line *line = key.size > 0 ? pi_records_find(g->records, key.at, key.size) : NULL;
  if (!has_known_text(g, line) || g->unknown || pi_records_look_is_asked(g->look, line)) return 0;
  if (!push_field(g->L, OF)) return 0;
  if (pi_records_look_ask(g->look, line, key, (size_t)row, err) < 0) return -1;
  taken result = add_lists(g, err);
  if (result != TAKEN) pi_records_look_drop(g->look);
  return result == NO_MEMORY ? -1 : 0;
}

static int gather(gathering *g, pi_err *err) {
  lua_Integer count = (lua_Integer)lua_rawlen(g->L, ROWS);
  for (lua_Integer i = 1; i <= count; i++) {
    (void)lua_rawgeti(g->L, ROWS, i);
    int result = ask(g, i, err);
    lua_settop(g->L, TOP);
    if (result < 0) return -1;
  }
  return 0;
}

/* The rows whose records hold, as a set. */
static void push_held(lua_State *L, const pi_records_look *look) {
  lua_createtable(L, 0, (int)look->asked);
  for (size_t i = 0; i < look->records->count; i++) {
    if (!pi_records_look_holds(look, i)) continue;
    (void)lua_rawgeti(L, ROWS, (lua_Integer)look->questions[i].tag);
    lua_pushboolean(L, true);
    lua_rawset(L, -3);
  }
}

static void push_table(lua_State *L, const char *field) {
  if (!pi_bind_push_option(L, HOW, field) || !lua_istable(L, -1))
    luaL_argerror(L, HOW, lua_pushfstring(L, "option '%s' must be a table", field));
}

static void push_text(lua_State *L, const char *field) {
  if (!pi_bind_push_option(L, HOW, field) || lua_type(L, -1) != LUA_TSTRING)
    luaL_argerror(L, HOW, lua_pushfstring(L, "option '%s' must be a string", field));
}

/* The options that both functions take, behind their own on the stack. */
static unsigned read_options(gathering *g, int folder) {
  lua_State *L = g->L;
  push_table(L, "lists");
  push_text(L, "first");
  lua_Integer threads = pi_bind_opt_integer(L, HOW, "threads", 1);
  size_t lists = (size_t)lua_rawlen(L, LISTS);
  luaL_argcheck(L, lists > 0, HOW, "option 'lists' names none");
  luaL_argcheck(L, threads >= 1 && threads <= PI_RECORDS_THREADS_MOST, HOW, "option 'threads' must be 1 to 8");
  g->look = lua_newuserdatauv(L, sizeof *g->look, 0);
  pi_records_look_init(g->look, g->records, folder, lists);
  g->look->base.at = lua_tolstring(L, FIRST, &g->look->base.size);
  luaL_setmetatable(L, LOOK);
  lua_newtable(L);
  return (unsigned)threads;
}

static void check_arguments(lua_State *L, const char *const known[]) {
  lua_settop(L, HOW);
  luaL_checktype(L, ROWS, LUA_TTABLE);
  pi_bind_options(L, HOW, known);
}

int pi_bind_records_held(lua_State *L) {
  static const char *const known[] = {"first", "key", "known", "lists", "of", "threads", NULL};
  gathering g = {.L = L, .records = pi_bind_records(L, INDEX)};
  pi_err err;
  int folder = pi_bind_folder(L, FOLDER);
  check_arguments(L, known);
  push_text(L, "key");
  push_text(L, "of");
  push_table(L, "known");
  unsigned threads = read_options(&g, folder);
  if (gather(&g, &err) < 0) return pi_bind_fail(L, &err);
  if (!g.unknown) {
    pi_records_look_answer(g.look, threads);
    push_held(L, g.look);
  } else {
    lua_pushnil(L);
  }
  pi_records_look_release(g.look);
  lua_pushvalue(L, UNKNOWN);
  return 2;
}

/* Has the table on top one of the fields that it must not have? */
static bool has_other(lua_State *L) {
  int holder = lua_gettop(L);
  bool any = false;
  for (lua_Integer i = 1; !any && lua_rawgeti(L, WITHOUT, i) != LUA_TNIL; i++) {
    any = lua_rawget(L, holder) != LUA_TNIL;
    lua_settop(L, holder);
  }
  lua_settop(L, holder);
  return any;
}

/* Asks about the holder on top, whose key is below it. */
static taken ask_keyed(gathering *g, pi_err *err) {
  lua_State *L = g->L;
  lua_pushvalue(L, -2);
  pi_records_bytes key = read_key(L);
  lua_pop(L, 1); /* the table holds it */
  const pi_records_line *line = key.size > 0 ? pi_records_guess(g->records, key.at, key.size) : NULL;
  if (line == NULL || pi_records_look_is_asked(g->look, line)) return PASSED_BY;
  if (!lua_istable(L, -1) || has_other(L)) return PASSED_BY;
  return pi_records_look_ask(g->look, line, key, 0, err) < 0 ? NO_MEMORY : add_lists(g, err);
}

/* Asks about all, until one is passed by. */
static taken gather_all(gathering *g, pi_err *err) {
  lua_State *L = g->L;
  taken result = TAKEN;
  lua_pushnil(L);
  while (result == TAKEN && lua_next(L, ROWS) != 0) {
    result = ask_keyed(g, err);
    lua_pop(L, 1);
  }
  lua_settop(L, TOP);
  return result;
}

static bool all_hold(const pi_records_look *look) {
  size_t held = 0;
  for (size_t i = 0; i < look->records->count; i++) held += pi_records_look_holds(look, i);
  return held == look->asked;
}

int pi_bind_records_all_held(lua_State *L) {
  static const char *const known[] = {"first", "lists", "text", "threads", "without", NULL};
  gathering g = {.L = L, .records = pi_bind_records(L, INDEX)};
  pi_err err;
  int folder = pi_bind_folder(L, FOLDER);
  check_arguments(L, known);
  push_table(L, "without");
  lua_pushnil(L); /* in the place of OF */
  push_text(L, "text");
  unsigned threads = read_options(&g, folder);
  g.look->text.at = lua_tolstring(L, TEXT, &g.look->text.size);
  taken result = gather_all(&g, &err);
  if (result == NO_MEMORY) return pi_bind_fail(L, &err);
  if (result == TAKEN) pi_records_look_answer(g.look, threads);
  bool held = result == TAKEN && all_hold(g.look);
  pi_records_look_release(g.look);
  lua_pushboolean(L, held);
  return 1;
}
