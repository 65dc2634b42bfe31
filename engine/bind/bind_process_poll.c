/* process.poll: hands out the news of processes, and starts commands in the places of those that have ended: documented
 * in lua/pienv/_meta/process.lua.
 *
 * A command that has exited with 0 and has written nothing is no news that anybody must act on before the next one
 * starts. So that one starts here, and many are told of at once: between two processes nothing of Lua runs, whose
 * tables each child pushes out of the caches. */
#include <math.h>

#include "bind/bind.h"
#include "bind/bind_process.h"
#include "core/interrupt.h"
#include "core/signals.h"
#include "core/time.h"

/* Seconds that an event waits for others at most. */
static const double PATIENCE = 0.01;

/* Places on the stack; behind them stands what the options of the last command point to. */
enum { SECONDS = 1, COMMANDS, SLOTS, HANDLES, EVENTS, OPTIONS };

typedef struct turn {
  pi_process_spec spec; /* of the options at OPTIONS: most commands share them */
  int top;              /* of the stack between two commands */
  double end;           /* when it is over, by the monotonic clock; negative: no limit */
  lua_Integer events;   /* in the list at EVENTS */
  lua_Integer next;     /* the place of the command that starts next */
  lua_Integer slots;    /* how many more may start now */
  bool quiet;           /* nothing has come that is to be acted on first */
} turn;

static void push_captured(lua_State *L, const pi_process *process, int stream) {
  const char *text;
  size_t size;
  uint64_t dropped;
  if (!pi_process_captured(process, stream, &text, &size, &dropped)) return;
  lua_pushlstring(L, text, size);
  lua_setfield(L, -2, stream == 1 ? "stdout" : "stderr");
  lua_pushinteger(L, (lua_Integer)dropped);
  lua_setfield(L, -2, stream == 1 ? "stdout_dropped" : "stderr_dropped");
}

static void set_number(lua_State *L, const char *field, lua_Number value) {
  lua_pushnumber(L, value);
  lua_setfield(L, -2, field);
}

static void push_result(lua_State *L, const pi_process *process) {
  const pi_process_result *r = pi_process_result_of(process);
  lua_createtable(L, 0, 10);
  if (r->signalled)
    lua_pushstring(L, pi_signal_name(r->status));
  else
    lua_pushinteger(L, r->status);
  lua_setfield(L, -2, r->signalled ? "signal" : "exit");
  lua_pushboolean(L, r->timed_out);
  lua_setfield(L, -2, "timed_out");
  lua_pushinteger(L, (lua_Integer)r->max_rss);
  lua_setfield(L, -2, "max_rss");
  set_number(L, "user", r->user);
  set_number(L, "system", r->system);
  set_number(L, "wall", r->wall);
  push_captured(L, process, 1);
  push_captured(L, process, 2);
}

static void push_text(lua_State *L, const pi_process_event *event) {
  lua_pushstring(L, event->stream == 1 ? "stdout" : "stderr");
  lua_setfield(L, -2, "stream");
  lua_pushlstring(L, event->text, event->size);
  lua_setfield(L, -2, "text");
  if (!event->partial) return;
  lua_pushboolean(L, 1);
  lua_setfield(L, -2, "partial");
}

/* Pushes the event for the handle on top, which it replaces. */
static void push_event(lua_State *L, const pi_process_event *event) {
  static const char *const types[] = {[PI_EVENT_LINE] = "line", [PI_EVENT_PIECE] = "output", [PI_EVENT_EXIT] = "exit"};
  lua_createtable(L, 0, 4);
  lua_insert(L, -2);
  lua_setfield(L, -2, "handle");
  lua_pushstring(L, types[event->type]);
  lua_setfield(L, -2, "type");
  if (event->type != PI_EVENT_EXIT) {
    push_text(L, event);
    return;
  }
  push_result(L, event->process);
  lua_setfield(L, -2, "result");
  set_number(L, "at", pi_time_monotonic());
}

/* Appends the event on top. */
static void add_event(lua_State *L, turn *t) {
  if (t->events == 0) {
    double latest = pi_time_monotonic() + PATIENCE;
    if (t->end < 0 || latest < t->end) t->end = latest;
  }
  lua_rawseti(L, EVENTS, ++t->events);
}

/* Pushes a new event of a command, whose place on the stack is given. */
static void push_command_event(lua_State *L, const char *type, int command) {
  lua_createtable(L, 0, 4);
  lua_pushstring(L, type);
  lua_setfield(L, -2, "type");
  lua_pushvalue(L, command);
  lua_setfield(L, -2, "command");
}

static void refuse(lua_State *L, turn *t, int command, const pi_err *err) {
  push_command_event(L, "refused", command);
  set_number(L, "at", pi_time_monotonic());
  lua_pushstring(L, err->message);
  lua_setfield(L, -2, "err");
  lua_pushstring(L, err->code);
  lua_setfield(L, -2, "code");
  add_event(L, t);
  t->quiet = false;
}

/* Reads the options of the command on top, unless they are those of the last one; the command stays on top. */
static void read_options(lua_State *L, turn *t) {
  luaL_argcheck(L, lua_istable(L, -1), COMMANDS, "a command must be a table");
  luaL_argcheck(L, lua_getfield(L, -1, "options") == LUA_TTABLE, COMMANDS, "a command's 'options' must be a table");
  if (t->top < OPTIONS || lua_rawequal(L, -1, OPTIONS) == 0) {
    lua_insert(L, OPTIONS);
    lua_insert(L, OPTIONS + 1);
    lua_settop(L, OPTIONS + 1);
    pi_bind_process_options(L, OPTIONS, &t->spec);
    lua_pushvalue(L, OPTIONS + 1);
    t->top = lua_gettop(L) - 1;
  } else {
    lua_pop(L, 1);
  }
}

/* Starts the command on top. */
static void start(lua_State *L, turn *t) {
  pi_err err;
  read_options(L, t);
  int command = lua_gettop(L);
  double now = pi_time_monotonic();
  t->spec.argv = pi_bind_process_argv(L, COMMANDS, command);
  pi_bind_process *started = pi_bind_process_spawn(L, &t->spec, &err);
  if (started == NULL) {
    refuse(L, t, command, &err);
    return;
  }
  int handle = lua_gettop(L);
  started->command = true;
  push_command_event(L, "start", command);
  lua_pushvalue(L, handle);
  lua_setfield(L, -2, "handle");
  set_number(L, "at", now);
  lua_pushinteger(L, pi_process_pid(started->process));
  lua_setfield(L, -2, "pid");
  add_event(L, t);
  t->slots--;
}

static bool has_next(lua_State *L, const turn *t) {
  bool has = lua_istable(L, COMMANDS) && lua_rawgeti(L, COMMANDS, t->next) != LUA_TNIL;
  lua_settop(L, t->top);
  return has;
}

static void start_commands(lua_State *L, turn *t) {
  while (t->quiet && t->slots > 0 && pi_interrupt_pending() == 0 && has_next(L, t)) {
    (void)lua_rawgeti(L, COMMANDS, t->next++);
    start(L, t);
    lua_settop(L, t->top);
  }
}

static bool has_written(const pi_process *process) {
  const char *text;
  size_t size = 0;
  uint64_t dropped = 0;
  for (int stream = 1; stream <= 2; stream++)
    if (pi_process_captured(process, stream, &text, &size, &dropped) && (size > 0 || dropped > 0)) return true;
  return false;
}

/* Is this the end of a command of which there is nothing to be said? */
static bool is_quiet(const pi_bind_process *handle, const pi_process_event *event) {
  if (!handle->command || event->type != PI_EVENT_EXIT) return false;
  const pi_process_result *r = pi_process_result_of(event->process);
  return !r->signalled && r->status == 0 && !r->timed_out && !has_written(event->process);
}

/* A process without a handle is about to be collected: its news interest nobody. */
static void take_events(lua_State *L, turn *t, pi_process_loop *loop) {
  pi_process_event event;
  for (; pi_process_loop_peek(loop, &event); pi_process_loop_pop(loop)) {
    if (lua_rawgetp(L, HANDLES, event.process) != LUA_TNIL) {
      if (is_quiet(lua_touserdata(L, -1), &event))
        t->slots++;
      else
        t->quiet = false;
      push_event(L, &event);
      add_event(L, t);
    }
    lua_settop(L, t->top);
  }
}

static double seconds_left(const turn *t) { return t->end < 0 ? -1 : fmax(t->end - pi_time_monotonic(), 0); }

int pi_bind_process_poll(lua_State *L) {
  pi_err err;
  pi_process_loop *loop = pi_bind_process_loop(L);
  lua_Number seconds = luaL_optnumber(L, SECONDS, -1);
  turn t = {.top = EVENTS, .next = 1, .slots = luaL_optinteger(L, SLOTS, 0), .quiet = true};
  luaL_argcheck(L, !isnan(seconds), SECONDS, "not a number of seconds");
  if (!lua_isnoneornil(L, COMMANDS)) luaL_checktype(L, COMMANDS, LUA_TTABLE);
  t.end = seconds < 0 ? -1 : pi_time_monotonic() + seconds;
  lua_settop(L, SLOTS);
  luaL_checkstack(L, 40, NULL);
  pi_bind_process_handles(L);
  lua_createtable(L, lua_istable(L, COMMANDS) ? 8 : 2, 0); /* most polls tell of one or two */
  for (;;) {
    start_commands(L, &t);
    if (t.events > 0 && !(t.quiet && has_next(L, &t))) break; /* who gives commands has to give more */
    lua_Integer before = t.events;
    if (pi_process_loop_wait(loop, seconds_left(&t), &err) < 0) {
      if (before == 0) return pi_bind_fail(L, &err);
      break; /* it will be so again */
    }
    take_events(L, &t, loop);
    if (t.events == before || !t.quiet || !has_next(L, &t)) break;
  }
  lua_settop(L, EVENTS);
  return 1;
}
