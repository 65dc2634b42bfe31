/* The failing-allocator sweep: every tests/bind/memerr/NOUN.lua runs in a fresh VM and a fresh temporary folder (its
 * argument), again and again, with the 1st, 2nd, 3rd ... allocation failing, until it runs through without a failure.
 * After each run nothing may be left: no memory, no descriptor, no child process, no temporary file in the folder.
 * A snippet may raise or return nil, err, code when an allocation failed; without a failure it must succeed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <lauxlib.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bind/bind.h"
#include "fail_alloc.h"
#include "git_alloc.h"
#include "host/vm.h"

#define SNIPPETS "tests/bind/memerr/"

enum { MOST_SNIPPETS = 100, MOST_DESCRIPTORS = 256, MOST_ALLOCATIONS = 100000 };

typedef struct snippet {
  char name[64]; /* the noun */
  char path[256];
  char text[16384];
  size_t size;
} snippet;

/* What must be the same before and after a run. */
typedef struct leftovers {
  size_t live;
  bool open[MOST_DESCRIPTORS];
} leftovers;

static snippet snippets[MOST_SNIPPETS];
static size_t snippet_count;

static leftovers look(void) {
  leftovers now = {.live = fail_alloc_live()};
  for (int fd = 0; fd < MOST_DESCRIPTORS; fd++) now.open[fd] = fcntl(fd, F_GETFD) >= 0;
  return now;
}

static void assert_nothing_left(const leftovers *before, const char *what) {
  leftovers after = look();
  if (after.live != before->live) fail_msg("%s: %zu blocks of memory are left", what, after.live - before->live);
  for (int fd = 0; fd < MOST_DESCRIPTORS; fd++)
    if (after.open[fd] != before->open[fd])
      fail_msg("%s: descriptor %d was %s", what, fd, after.open[fd] ? "left open" : "closed");
  if (waitpid(-1, NULL, WNOHANG) >= 0 || errno != ECHILD) fail_msg("%s: a child process is left", what);
}

/* For nftw: removes an entry; stops at the first one that `naming` does not name, with its name in `unnamed`. */
static const char *naming;
static char unnamed[256];

static int remove_named(const char *path, const struct stat *status, int type, struct FTW *at) {
  (void)status;
  (void)type;
  if (at->level > 0 && strstr(naming, path + at->base) == NULL)
    (void)snprintf(unnamed, sizeof unnamed, "%s", path + at->base);
  return remove(path);
}

/* After a failure the snippet's own files, those whose name its text holds, may be left: removing them in Lua takes
 * memory too. Any other name is a temporary file that the engine forgot. */
static void assert_clean_and_remove(const char *folder, const snippet *s, bool failed, const char *what) {
  naming = failed ? s->text : "";
  unnamed[0] = '\0';
  assert_int_equal(nftw(folder, remove_named, 16, FTW_DEPTH | FTW_PHYS), 0);
  if (unnamed[0] != '\0') fail_msg("%s: file '%s' is left", what, unnamed);
}

static int load_and_call(lua_State *L) {
  const snippet *s = lua_touserdata(L, 1);
  const char *folder = lua_touserdata(L, 2);
  if (luaL_loadbufferx(L, s->text, s->size, s->path, "t") != LUA_OK) return lua_error(L);
  lua_pushstring(L, folder);
  lua_call(L, 1, 2);
  if (lua_isnil(L, -2) && lua_isstring(L, -1)) return lua_error(L); /* nil, err: a failure as good as a raise */
  return 0;
}

/* One run with the `nth` allocation failing (0: none). Returns the number of allocations; 0 when one was failed. */
static size_t run(const snippet *s, size_t nth, bool onward) {
  char folder[64], what[128], message[512] = "";
  const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"; /* thousands of runs need no real disk */
  (void)snprintf(folder, sizeof folder, "%s/pienv-test-memerr-XXXXXX", base);
  assert_non_null(mkdtemp(folder));
  (void)snprintf(what, sizeof what, "%s, allocation %zu%s failing", s->name, nth, onward ? " and later ones" : "");
  leftovers before = look();
  pi_vm *vm = pi_vm_new(false);
  assert_non_null(vm);
  lua_State *L = pi_vm_state(vm);
  lua_pushcfunction(L, load_and_call);
  lua_pushlightuserdata(L, (void *)s);
  lua_pushlightuserdata(L, folder);
  fail_alloc_start(nth, onward);
  int status = lua_pcall(L, 2, 0, 0);
  size_t requests = fail_alloc_stop();
  bool failed = nth != 0 && requests >= nth;
  if (status != LUA_OK && lua_type(L, -1) == LUA_TSTRING)
    (void)snprintf(message, sizeof message, "%s", lua_tostring(L, -1));
  pi_vm_free(vm);
  if (status != LUA_OK && !failed) fail_msg("%s fails without an injected failure: %s", s->name, message);
  assert_nothing_left(&before, what);
  assert_clean_and_remove(folder, s, failed, what);
  return failed ? 0 : requests;
}

static void sweep(void **state) {
  const snippet *s = *state;
  size_t allocations = run(s, 0, false);
  if (allocations == 0) fail_msg("%s allocates nothing: it shows nothing", s->name);
  for (int onward = 0; onward <= 1; onward++) {
    size_t nth = 1;
    while (run(s, nth, onward) == 0)
      if (++nth > MOST_ALLOCATIONS) fail_msg("%s does not come to an end", s->name);
  }
  (void)printf("# %s: %zu allocations, each failed alone and with all later ones\n", s->name, allocations);
}

/* The state itself: pi_vm_new must return NULL, or a VM, and leave nothing. */
static void vm_new(void **state) {
  (void)state;
  leftovers before = look();
  for (size_t nth = 1, requests = nth; requests >= nth; nth++) {
    fail_alloc_start(nth, true);
    pi_vm *vm = pi_vm_new(false);
    requests = fail_alloc_stop();
    assert_true(vm != NULL || requests >= nth);
    pi_vm_free(vm);
    assert_nothing_left(&before, "pi_vm_new");
  }
}

static bool has_snippet(const char *noun) {
  for (size_t i = 0; i < snippet_count; i++)
    if (strcmp(snippets[i].name, noun) == 0) return true;
  return false;
}

static void every_c_module_has_a_snippet(void **state) {
  (void)state;
  for (const luaL_Reg *module = pi_bind_modules; module->name != NULL; module++) {
    const char *noun = strrchr(module->name, '.') + 1;
    if (!has_snippet(noun)) fail_msg("%s has no " SNIPPETS "%s.lua", module->name, noun);
  }
}

static bool read_snippet(snippet *s, const char *path) {
  const char *base = strrchr(path, '/') + 1;
  FILE *file = fopen(path, "rbe");
  if (file == NULL) return false;
  s->size = fread(s->text, 1, sizeof s->text, file);
  (void)fclose(file);
  (void)snprintf(s->path, sizeof s->path, "@%s", path);
  (void)snprintf(s->name, sizeof s->name, "%.*s", (int)strcspn(base, "."), base);
  return s->size > 0 && s->size < sizeof s->text;
}

static bool read_snippets(void) {
  glob_t found;
  if (glob(SNIPPETS "*.lua", 0, NULL, &found) != 0) return false;
  bool ok = found.gl_pathc < MOST_SNIPPETS - 2;
  for (size_t i = 0; ok && i < found.gl_pathc; i++) ok = read_snippet(&snippets[snippet_count++], found.gl_pathv[i]);
  globfree(&found);
  return ok;
}

int main(void) {
  if (git_alloc_use() != 0) return 1;
  if (!read_snippets()) {
    (void)fputs("test_memerr: cannot read " SNIPPETS "*.lua (run it in the top folder)\n", stderr);
    return 1;
  }
  struct CMUnitTest tests[MOST_SNIPPETS] = {cmocka_unit_test(every_c_module_has_a_snippet), cmocka_unit_test(vm_new)};
  size_t count = 2;
  for (size_t i = 0; i < snippet_count; i++)
    tests[count++] = (struct CMUnitTest){.name = snippets[i].name, .test_func = sweep, .initial_state = &snippets[i]};
  return _cmocka_run_group_tests("memerr", tests, count, NULL, NULL);
}
