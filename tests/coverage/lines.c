/* Which lines of Lua run: linked into pienv in a build for coverage (tests/coverage/run), where every lua_newstate and
 * lua_sethook comes here, so that the engine's own hook and this one live together; coroutines inherit them. All
 * processes share one mapped file, COVERAGE_FILE, so that those that are killed count as well. It holds a `lines` for
 * each file (report.lua reads it); a process that is killed while it names one leaves one that nobody uses. */
#include <fcntl.h>
#include <lua.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MOST_FILES = 600, MOST_NAME = 120, MOST_LINES = 1024, RECENT = 512 };

enum { FREE, TAKEN, NAMED };

typedef struct lines {
  _Atomic uint32_t state;
  char file[MOST_NAME];
  unsigned char ran[MOST_LINES];
} lines;

static lines *files;
static bool at_home; /* in the tree itself, whose recipes are then those of the project */
static lua_Hook engine_hook;

lua_State *__real_lua_newstate(lua_Alloc allocate, void *ud);
void __real_lua_sethook(lua_State *L, lua_Hook hook, int mask, int count);
lua_State *__wrap_lua_newstate(lua_Alloc allocate, void *ud);
void __wrap_lua_sethook(lua_State *L, lua_Hook hook, int mask, int count);

static bool is_at_home(void) {
  char folder[4096];
  return getcwd(folder, sizeof folder) != NULL && strcmp(folder, COVERAGE_ROOT) == 0;
}

static lines *map(void) {
  int fd = open(COVERAGE_FILE, O_RDWR | O_CLOEXEC);
  if (fd < 0) return NULL;
  void *mapped = mmap(NULL, MOST_FILES * sizeof(lines), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  (void)close(fd);
  return mapped != MAP_FAILED ? mapped : NULL;
}

static lines *of(const char *file) {
  size_t length = strlen(file);
  if (length >= MOST_NAME) return NULL;
  for (lines *l = files; l < files + MOST_FILES; l++) {
    uint32_t state = FREE;
    if (atomic_compare_exchange_strong(&l->state, &state, TAKEN)) {
      memcpy(l->file, file, length);
      atomic_store(&l->state, NAMED);
      return l;
    }
    if (state == NAMED && strcmp(l->file, file) == 0) return l;
  }
  return NULL;
}

/* By the address of the name, which is the same for all functions of a chunk; another chunk may have it later. */
static lines *recent_of(const char *file) {
  static lines *recent[RECENT];
  lines **kept = &recent[(uintptr_t)file / 16 % RECENT];
  if (*kept == NULL || strcmp((*kept)->file, file) != 0) *kept = of(file);
  return *kept;
}

/* The name in the tree of the file that a chunk is made of, or NULL. */
static const char *name_of(const char *source) {
  if (strncmp(source, "@stock:", 7) == 0) return source + 7;
  return at_home && strncmp(source, "@recipes/", 9) == 0 ? source + 1 : NULL;
}

static void hook(lua_State *L, lua_Debug *ar) {
  if (ar->event != LUA_HOOKLINE) {
    if (engine_hook != NULL) engine_hook(L, ar);
    return;
  }
  (void)lua_getinfo(L, "S", ar);
  const char *name = name_of(ar->source);
  lines *file = name != NULL && ar->currentline >= 0 && ar->currentline < MOST_LINES ? recent_of(name) : NULL;
  if (file != NULL) file->ran[ar->currentline] = 1;
}

lua_State *__wrap_lua_newstate(lua_Alloc allocate, void *ud) {
  lua_State *L = __real_lua_newstate(allocate, ud);
  if (files == NULL) files = map();
  at_home = is_at_home();
  if (L != NULL && files != NULL) __real_lua_sethook(L, hook, LUA_MASKLINE, 0);
  return L;
}

void __wrap_lua_sethook(lua_State *L, lua_Hook wanted, int mask, int count) {
  engine_hook = wanted;
  if (files != NULL)
    __real_lua_sethook(L, hook, mask | LUA_MASKLINE, count);
  else
    __real_lua_sethook(L, wanted, mask, count);
}
