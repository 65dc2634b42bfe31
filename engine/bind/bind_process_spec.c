/* The table that process.spawn takes: documented in lua/pienv/_meta/process.lua.
 *
 * The arrays argv and envp live in userdata, their texts in Lua strings that the stack holds: whatever raises, the
 * collector frees them. */
#include "bind/bind_process.h"

#include <stdlib.h>
#include <string.h>

#include "bind/bind.h"

static const lua_Integer DEFAULT_LIMIT = 16 << 20; /* bytes of each captured output */
static const double DEFAULT_GRACE = 2;
static const lua_Integer MOST_ARGUMENTS = 1 << 20; /* no system takes as many */

extern char **environ;

static const char *const known[] = {"argv",   "env",   "clear_env", "cwd",   "stdin", "stdout",
                                    "stderr", "limit", "timeout",   "grace", "watch", NULL};

/* The string on top; NULL where it is none, or holds a NUL. */
static const char *plain_text(lua_State *L) {
  size_t size;
  if (lua_type(L, -1) != LUA_TSTRING) return NULL;
  const char *text = lua_tolstring(L, -1, &size);
  return strlen(text) == size ? text : NULL;
}

/* Raises for the value on top, which is no plain text; `what` names it. */
static void refuse(lua_State *L, int arg, const char *what) {
  if (lua_type(L, -1) == LUA_TSTRING) luaL_argerror(L, arg, lua_pushfstring(L, "%s holds a NUL byte", what));
  luaL_argerror(L, arg, lua_pushfstring(L, "%s must be a string, got %s", what, luaL_typename(L, -1)));
}

/* Raises unless the value on top is a string without NUL; `what` names it. */
static const char *text_of(lua_State *L, int arg, const char *what) {
  const char *text = plain_text(L);
  if (text == NULL) refuse(L, arg, what);
  return text;
}

/* The greatest key of the list on top, so that a hole in it is seen. */
static lua_Integer count_arguments(lua_State *L, int arg) {
  lua_Integer most = 0;
  int list = lua_gettop(L);
  for (lua_pushnil(L); lua_next(L, list) != 0; lua_pop(L, 1)) {
    lua_Integer key = lua_isinteger(L, -2) ? lua_tointeger(L, -2) : 0;
    luaL_argcheck(L, key > 0, arg, "option 'argv' must be a list");
    if (key > most) most = key;
  }
  luaL_argcheck(L, most > 0, arg, "option 'argv' is empty");
  luaL_argcheck(L, most <= MOST_ARGUMENTS, arg, "option 'argv' has a hole");
  return most;
}

static void refuse_argument(lua_State *L, int arg, int i) {
  char what[32];
  (void)snprintf(what, sizeof what, "argv[%d]", i);
  refuse(L, arg, what);
}

const char *const *pi_bind_process_argv(lua_State *L, int arg, int holder) {
  if (lua_getfield(L, holder, "argv") != LUA_TTABLE)
    luaL_argerror(L, arg, lua_pushfstring(L, "option 'argv' must be a list, got %s", luaL_typename(L, -1)));
  lua_Integer count = count_arguments(L, arg);
  int list = lua_gettop(L);
  const char **argv = lua_newuserdatauv(L, ((size_t)count + 1) * sizeof *argv, 0);
  for (lua_Integer i = 1; i <= count; i++) {
    lua_rawgeti(L, list, i);
    argv[i - 1] = plain_text(L);
    if (argv[i - 1] == NULL) refuse_argument(L, arg, (int)i);
    lua_pop(L, 1); /* the list holds it */
  }
  argv[count] = NULL;
  /* NOLINTNEXTLINE(*core.NullDereference): count > 0 */
  luaL_argcheck(L, argv[0][0] != '\0', arg, "argv[1], the program, is empty");
  return argv;
}

static int compare_texts(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The first bytes of the names in a table: most variables of an environment begin with none of them. */
typedef struct first_bytes {
  bool are[256];
} first_bytes;

static void read_first_bytes(lua_State *L, int table, first_bytes *first) {
  *first = (first_bytes){0};
  if (table == 0) return;
  for (lua_pushnil(L); lua_next(L, table) != 0; lua_pop(L, 1)) {
    if (lua_type(L, -2) == LUA_TSTRING) first->are[*(const unsigned char *)lua_tostring(L, -2)] = true;
  }
}

/* Does the table at `table` set or unset the variable of "NAME=value"? */
static bool is_changed(lua_State *L, int table, const first_bytes *first, const char *variable) {
  if (!first->are[*(const unsigned char *)variable]) return false;
  lua_pushlstring(L, variable, strcspn(variable, "="));
  bool changed = lua_rawget(L, table) != LUA_TNIL;
  lua_pop(L, 1);
  return changed;
}

/* Pushes what a message calls a variable, below the value on top. */
static const char *variable(lua_State *L, const char *name) {
  const char *what = lua_pushfstring(L, "variable '%s' of option 'env'", name);
  lua_insert(L, -2);
  return what;
}

/* Pushes "NAME=value" for the key and value on top, for false nothing; false when nothing was pushed. */
static bool push_variable(lua_State *L, int arg) {
  if (lua_type(L, -2) != LUA_TSTRING) luaL_argerror(L, arg, "names in option 'env' must be strings");
  if (lua_isboolean(L, -1) && !lua_toboolean(L, -1)) return false;
  const char *name = lua_tostring(L, -2), *value = plain_text(L);
  bool possible = name[0] != '\0' && strchr(name, '=') == NULL && strlen(name) == lua_rawlen(L, -2);
  if (value == NULL) refuse(L, arg, variable(L, name));
  if (!possible) luaL_argerror(L, arg, lua_pushfstring(L, "%s: no such name is possible", variable(L, name)));
  lua_pushfstring(L, "%s=%s", name, value);
  return true;
}

/* Collects what the table sets into a new list, which it leaves on top. */
static lua_Integer set_variables(lua_State *L, int arg, int table) {
  lua_Integer count = 0;
  lua_createtable(L, 4, 0); /* most children get few */
  int list = lua_gettop(L);
  if (table == 0) return 0;
  for (lua_pushnil(L); lua_next(L, table) != 0; lua_settop(L, list + 1))
    if (push_variable(L, arg)) lua_rawseti(L, list, ++count);
  return count;
}

static size_t count_environment(void) {
  size_t n = 0;
  while (environ != NULL && environ[n] != NULL) n++;
  return n;
}

/* The whole environment of the child: what it inherits in its order, then what is set, sorted, for the order of a Lua
 * table changes from run to run. Left on top, with the list that holds its texts as its user value. */
static const char *const *make_envp(lua_State *L, int arg, int table, bool clear) {
  size_t kept = 0, inherited = clear ? 0 : count_environment();
  first_bytes first;
  lua_Integer set = set_variables(L, arg, table);
  int list = lua_gettop(L);
  const char **envp = lua_newuserdatauv(L, ((size_t)set + inherited + 1) * sizeof *envp, 1);
  read_first_bytes(L, table, &first);
  for (size_t i = 0; i < inherited; i++)
    if (!is_changed(L, table, &first, environ[i])) envp[kept++] = environ[i];
  for (lua_Integer i = 1; i <= set; i++) {
    lua_rawgeti(L, list, i);
    envp[kept + (size_t)i - 1] = lua_tostring(L, -1);
    lua_pop(L, 1); /* the list holds it */
  }
  qsort(envp + kept, (size_t)set, sizeof *envp, compare_texts);
  envp[kept + (size_t)set] = NULL;
  lua_pushvalue(L, list);
  (void)lua_setiuservalue(L, -2, 1);
  return envp;
}

int pi_bind_process_environment(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  (void)make_envp(L, 1, 1, false);
  luaL_setmetatable(L, PI_BIND_ENVIRONMENT);
  return 1;
}

static const char *const *read_env(lua_State *L, int arg) {
  bool clear = pi_bind_opt_boolean(L, arg, "clear_env", false);
  int type = lua_getfield(L, arg, "env"), table = lua_gettop(L);
  if (type == LUA_TNIL && !clear) return NULL;
  const char *const *made = luaL_testudata(L, table, PI_BIND_ENVIRONMENT);
  luaL_argcheck(L, made == NULL || !clear, arg, "a made 'env' is whole: option 'clear_env' has no meaning");
  if (made != NULL) return made;
  if (type != LUA_TNIL && type != LUA_TTABLE)
    luaL_argerror(L, arg, lua_pushfstring(L, "option 'env' must be a table, got %s", luaL_typename(L, -1)));
  return make_envp(L, arg, type == LUA_TNIL ? 0 : table, clear);
}

/* The field "file" of the table on top; it stays on the stack. */
static const char *file_of(lua_State *L, int arg, const char *option) {
  const char *what = lua_pushfstring(L, "field 'file' of option '%s'", option);
  lua_getfield(L, -2, "file");
  return text_of(L, arg, what);
}

static void read_input(lua_State *L, int arg, pi_process_spec *spec) {
  switch (lua_getfield(L, arg, "stdin")) {
    case LUA_TNIL: break;
    case LUA_TSTRING: spec->input = lua_tolstring(L, -1, &spec->input_size); break;
    case LUA_TTABLE: spec->input_file = file_of(L, arg, "stdin"); break;
    default: luaL_argerror(L, arg, "option 'stdin' must be a string or {file = path}");
  }
}

static void read_output(lua_State *L, int arg, const char *option, size_t limit, pi_process_output *output) {
  static const char *const names[] = {"inherit", "null", "capture", "lines", "stdout", NULL};
  static const pi_process_sink sinks[] = {PI_SINK_INHERIT, PI_SINK_NULL, PI_SINK_CAPTURE, PI_SINK_LINES,
                                          PI_SINK_STDOUT};
  int type = lua_getfield(L, arg, option), last = strcmp(option, "stderr") == 0 ? 5 : 4;
  output->limit = limit;
  output->watch = pi_bind_opt_boolean(L, arg, "watch", false);
  output->sink = type == LUA_TTABLE ? PI_SINK_FILE : PI_SINK_CAPTURE;
  if (type == LUA_TNIL) return;
  if (type == LUA_TTABLE) {
    output->append = pi_bind_opt_boolean(L, lua_gettop(L), "append", false);
    output->path = file_of(L, arg, option);
    return;
  }
  for (int i = 0; i < last; i++) {
    output->sink = sinks[i];
    if (type == LUA_TSTRING && strcmp(lua_tostring(L, -1), names[i]) == 0) return;
  }
  luaL_argerror(L, arg,
                lua_pushfstring(L, "option '%s' must be 'capture', 'lines', 'inherit', 'null'%s or {file = path}",
                                option, last == 5 ? ", 'stdout'" : ""));
}

static const char *read_cwd(lua_State *L, int arg) {
  if (lua_getfield(L, arg, "cwd") == LUA_TNIL) return NULL;
  return text_of(L, arg, "option 'cwd'");
}

void pi_bind_process_options(lua_State *L, int arg, pi_process_spec *spec) {
  *spec = (pi_process_spec){0};
  luaL_checkstack(L, 30, NULL);
  luaL_checktype(L, arg, LUA_TTABLE);
  pi_bind_options(L, arg, known);
  spec->envp = read_env(L, arg);
  spec->cwd = read_cwd(L, arg);
  spec->timeout = pi_bind_opt_number(L, arg, "timeout", 0);
  spec->grace = pi_bind_opt_number(L, arg, "grace", DEFAULT_GRACE);
  lua_Integer limit = pi_bind_opt_integer(L, arg, "limit", DEFAULT_LIMIT);
  luaL_argcheck(L, limit > 0, arg, "option 'limit' must be at least 1");
  luaL_argcheck(L, spec->timeout >= 0 && spec->grace >= 0, arg, "option 'timeout' or 'grace' is negative");
  read_input(L, arg, spec);
  read_output(L, arg, "stdout", (size_t)limit, &spec->out);
  read_output(L, arg, "stderr", (size_t)limit, &spec->err);
}
