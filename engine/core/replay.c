/* Recordings of plain commands: see replay.h. */
#include "core/replay.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/beneath.h"
#include "core/cpu.h"
#include "core/fs.h"
#include "core/gittree_plain.h"
#include "core/io.h"
#include "core/replay_place.h"

enum { MOST_BYTES = 1 << 16, MOST_PATHS = 64 };

/* Lines that are kept until all is known to hold. */
typedef enum text_name { FROM, TO, ABOUT, EVENT, KEPT, PLACED, OUT, TEXTS } text_name;

typedef struct replay {
  pi_fs_bytes text;
  char *copy;                                           /* of the text: `text` is cut up */
  int folder;                                           /* of recordings */
  char path[PI_BENEATH_NAME_SIZE + 1 + PI_REPLAY_NAME]; /* through the folder's descriptor */
  pi_gittree_plain git;
  pi_gittree_entry entries[MOST_PATHS];
  const char *inputs[MOST_PATHS], *exempt[MOST_PATHS];
  size_t inputs_count, exempt_count;
  pi_replay_place place;
  char *texts[TEXTS];
  bool whole;
} replay;

/* How this very program is known: its file, which is replaced when pienv is. */
static bool add_program(pi_sha256 *hash) {
  struct stat facts;
  if (stat("/proc/self/exe", &facts) < 0) return false;
  const uint64_t known[] = {(uint64_t)facts.st_dev, (uint64_t)facts.st_ino, (uint64_t)facts.st_size,
                            (uint64_t)facts.st_mtim.tv_sec, (uint64_t)facts.st_mtim.tv_nsec};
  pi_sha256_update(hash, known, sizeof known);
  return true;
}

static void add_text(pi_sha256 *hash, const char *text) { pi_sha256_update(hash, text, strlen(text) + 1); }

static bool identify(char hex[PI_SHA256_HEX_SIZE], const char *const *arguments, size_t count) {
  char folder[PATH_MAX];
  unsigned char digest[PI_SHA256_SIZE];
  pi_sha256 hash;
  pi_sha256_init(&hash);
  if (getcwd(folder, sizeof folder) == NULL || !add_program(&hash)) return false;
  add_text(&hash, folder);
  for (size_t i = 0; i < count; i++) add_text(&hash, arguments[i]);
  pi_sha256_final(&hash, digest);
  pi_sha256_hex(digest, hex);
  return true;
}

/* Is this folder the user's own, or where it is missing, the one above, and all others above it nobody else's? In the
 * home of somebody else nothing is believed, and nothing kept. */
static bool is_own(const char *folder) {
  char path[PATH_MAX];
  struct stat facts;
  bool own = false;
  const uid_t user = geteuid();
  if (folder == NULL || folder[0] != '/' || snprintf(path, sizeof path, "%s", folder) >= (int)sizeof path) return false;
  for (char *end = path + strlen(path); end != NULL; end = strrchr(path, '/')) {
    *end = '\0';
    if (stat(path[0] != '\0' ? path : "/", &facts) < 0) {
      if (errno != ENOENT || own) return false;
      continue;
    }
    own = own || facts.st_uid == user;
    if (!own || (facts.st_uid != user && facts.st_uid != 0)) return false;
  }
  return own;
}

bool pi_replay_find(pi_replay_slot *slot, const char *const *arguments, size_t count) {
  const char *base = getenv("XDG_CACHE_HOME"), *below = "";
  if (base == NULL || base[0] != '/') {
    base = getenv("HOME");
    below = "/.cache";
  }
  if (!is_own(base) || !identify(slot->identity, arguments, count)) return false;
  int size = snprintf(slot->folder, sizeof slot->folder, "%s%s/pienv/replay", base, below);
  (void)snprintf(slot->name, sizeof slot->name, "%.*s", PI_REPLAY_NAME - 1, slot->identity);
  return size > 0 && (size_t)size < sizeof slot->folder - PI_REPLAY_NAME;
}

/* Takes a field up to the tab off the front of a text; NULL where there is none. */
static char *take_field(char **text) {
  char *tab = *text != NULL ? strchr(*text, '\t') : NULL;
  char *field = *text;
  *text = tab != NULL ? tab + 1 : NULL;
  if (tab != NULL) *tab = '\0';
  return tab != NULL ? field : NULL;
}

static bool is_env(replay *r, char *rest) {
  (void)r;
  char *value = strchr(rest, '=');
  if (value == NULL) return false;
  *value = '\0';
  const char *now = getenv(rest);
  return now != NULL && strcmp(now, value + 1) == 0;
}

static bool is_unset(replay *r, char *rest) {
  (void)r;
  return getenv(rest) == NULL;
}

static bool is_real(replay *r, char *rest) {
  (void)r;
  char *path = take_field(&rest), real[PATH_MAX];
  return path != NULL && realpath(path, real) != NULL && strcmp(real, rest) == 0;
}

static bool is_none(replay *r, char *rest) {
  (void)r;
  struct stat facts;
  return lstat(rest, &facts) < 0 && errno == ENOENT;
}

static bool is_folder(replay *r, char *rest) {
  (void)r;
  struct stat facts;
  return lstat(rest, &facts) == 0 && S_ISDIR(facts.st_mode);
}

static bool is_same(replay *r, char *rest) {
  (void)r;
  const char *facts = pi_replay_facts_take(&rest);
  pi_fs_stat stat;
  return facts != NULL && pi_fs_stat_path(&stat, rest, false, NULL) == 0 && pi_replay_facts_are(facts, &stat);
}

static bool is_git(replay *r, char *rest) {
  const char *root = take_field(&rest), *commondir = take_field(&rest);
  char commit[PI_GITTREE_HEX_SIZE];
  if (root == NULL || commondir == NULL || !pi_gittree_plain_find(&r->git, root)) return false;
  for (size_t i = 0; i < PI_GITTREE_RAW_ID; i++) (void)snprintf(commit + 2 * i, 3, "%02x", r->git.commit[i]);
  return strcmp(r->git.root, root) == 0 && strcmp(r->git.commondir, commondir) == 0 && strcmp(commit, rest) == 0;
}

static bool is_level(replay *r, char *rest) {
  (void)r;
  pi_cpu cpu;
  if (pi_cpu_detect(&cpu, getenv("PIENV_CPU"), NULL) < 0) return false;
  return cpu.level == (int)strtol(rest, NULL, 10);
}

static bool add_input(replay *r, char *rest) {
  char *path = strchr(rest, ' ');
  if (path == NULL || r->inputs_count == MOST_PATHS) return false;
  *path++ = '\0';
  pi_gittree_entry *entry = &r->entries[r->inputs_count];
  if (strcmp(rest, "-") != 0) (void)snprintf(entry->id, sizeof entry->id, "%s", rest);
  r->inputs[r->inputs_count++] = path;
  return true;
}

/* One signature for all words. NOLINTNEXTLINE(readability-non-const-parameter) */
static bool add_exempt(replay *r, char *rest) {
  if (r->exempt_count == MOST_PATHS) return false;
  r->exempt[r->exempt_count++] = rest;
  return true;
}

/* NOLINTNEXTLINE(readability-non-const-parameter) */
static bool is_clean(replay *r, char *rest) {
  const pi_gittree_request request = {.dir = r->git.root,
                                      .paths = r->inputs,
                                      .count = r->inputs_count,
                                      .exempt = r->exempt,
                                      .exempt_count = r->exempt_count,
                                      .memo = rest};
  const pi_gittree_known known = {r->git.root, r->git.gitdir, r->entries};
  pi_gittree_state state;
  if (r->git.root[0] == '\0' || !pi_gittree_plain_state(&state, &request, &known)) return false;
  pi_gittree_state_release(&state);
  return true;
}

static bool set_journal(replay *r, char *rest) {
  if (strnlen(rest, PI_REPLAY_JOURNAL + 1) <= PI_REPLAY_JOURNAL || rest[PI_REPLAY_JOURNAL] != ' ') return false;
  r->place.journal_facts = rest;
  r->place.journal = rest + PI_REPLAY_JOURNAL + 1;
  return true;
}

static bool add_file(replay *r, char *rest) {
  if (r->place.count == PI_REPLAY_FILES) return false;
  pi_replay_file *file = &r->place.files[r->place.count++];
  char *space = strchr(rest, ' ');
  if (space == NULL) return false;
  *space = '\0';
  file->way = rest;
  file->mode = (unsigned)strtoul(space + 1, &rest, 8);
  if (*rest++ != ' ' || file->mode > 0777) return false;
  file->source = pi_replay_facts_take(&rest);
  file->placed = file->source != NULL ? pi_replay_facts_take(&rest) : NULL;
  file->name = rest;
  return file->placed != NULL && rest[0] != '\0' && strchr(rest, '/') == NULL;
}

/* NOLINTNEXTLINE(readability-non-const-parameter) */
static bool set_whole(replay *r, char *rest) { return r->whole = rest[0] == '\0'; }

static const struct {
  const char *word;
  bool (*holds)(replay *r, char *rest); /* NULL: its text is kept */
  text_name text;
} words[] = {
    {"env", is_env, 0},          {"unset", is_unset, 0},    {"real", is_real, 0},   {"none", is_none, 0},
    {"folder", is_folder, 0},    {"same", is_same, 0},      {"git", is_git, 0},     {"level", is_level, 0},
    {"input", add_input, 0},     {"exempt", add_exempt, 0}, {"clean", is_clean, 0}, {"file", add_file, 0},
    {"journal", set_journal, 0}, {"end", set_whole, 0},     {"from", NULL, FROM},   {"to", NULL, TO},
    {"about", NULL, ABOUT},      {"event", NULL, EVENT},    {"kept", NULL, KEPT},   {"placed", NULL, PLACED},
    {"out", NULL, OUT},
};

/* Does what a line says. */
static bool hold(replay *r, char *line) {
  size_t size = strcspn(line, " "), i = 0, count = sizeof words / sizeof words[0];
  char *rest = line[size] != '\0' ? line + size + 1 : line + size;
  while (i < count && (strlen(words[i].word) != size || memcmp(line, words[i].word, size) != 0)) i++;
  if (i == count) return false;
  if (words[i].holds != NULL) return words[i].holds(r, rest);
  r->texts[words[i].text] = rest;
  return true;
}

static bool hold_all(replay *r, const char *identity) {
  char head[sizeof PI_REPLAY_FORM + 1 + PI_SHA256_HEX_SIZE];
  char *line = r->text.bytes;
  (void)snprintf(head, sizeof head, PI_REPLAY_FORM " %s", identity);
  for (bool first = true; !r->whole; first = false) {
    char *end = strchr(line, '\n');
    if (end == NULL) return false;
    *end = '\0';
    if (first ? strcmp(line, head) != 0 : !hold(r, line)) return false;
    line = end + 1;
  }
  for (size_t i = 0; i < TEXTS; i++)
    if (r->texts[i] == NULL) return false;
  r->place.from = r->texts[FROM];
  r->place.to = r->texts[TO];
  r->place.about = r->texts[ABOUT];
  r->place.event = r->texts[EVENT];
  return r->place.count > 0 && r->place.journal != NULL;
}

/* Opens the folder of recordings: the user's own, so that nobody else can have put one there, by whatever name. */
static bool open_folder(replay *r, const char *path) {
  struct stat facts;
  char name[PI_BENEATH_NAME_SIZE];
  r->folder = pi_io_open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
  if (r->folder < 0 || fstat(r->folder, &facts) < 0 || facts.st_uid != geteuid() || (facts.st_mode & 022) != 0)
    return false;
  pi_beneath_name(name, r->folder);
  return name[0] != '\0' && snprintf(r->path, sizeof r->path, "%s/", name) > 0;
}

/* Reads the recording, which nobody else may have written; a second name could be of anything that the user wrote. */
static bool load(replay *r, const pi_replay_slot *slot) {
  pi_fs_stat stat;
  if (!open_folder(r, slot->folder)) return false;
  size_t size = strlen(r->path);
  (void)snprintf(r->path + size, sizeof r->path - size, "%s", slot->name);
  if (pi_fs_read_nofollow(&r->text, &stat, r->path, MOST_BYTES, NULL) < 0) return false;
  if (stat.uid != geteuid() || (stat.mode & 022) != 0 || stat.links != 1) return false;
  if (memchr(r->text.bytes, 0, r->text.size) != NULL) return false;
  r->copy = malloc(r->text.size + 1);
  if (r->copy != NULL) memcpy(r->copy, r->text.bytes, r->text.size);
  return r->copy != NULL;
}

/* Where a part of the text is in its copy. */
static char *in_copy(const replay *r, const char *part) { return r->copy + (part - r->text.bytes); }

/* Puts the new facts where the old ones are: all of the same size, so that who reads meanwhile reads nothing worse than
 * a mixture, which no files fit. */
static void keep(const replay *r) {
  const pi_replay_place *p = &r->place;
  memcpy(in_copy(r, p->journal_facts), p->journal_facts, PI_REPLAY_JOURNAL);
  for (size_t i = 0; i < p->count; i++) memcpy(in_copy(r, p->files[i].placed), p->files[i].placed, PI_REPLAY_FACTS);
  int fd = pi_io_open(AT_FDCWD, r->path, O_WRONLY | O_NOFOLLOW, 0);
  if (fd >= 0) (void)pi_io_write(fd, r->copy, r->text.size);
  pi_io_close(&fd);
}

/* "hardlink 1, copy 2, kept 1" */
static void put_ways(FILE *out, const pi_replay_place *p) {
  static const char *const ways[] = {"reflink", "hardlink", "copy", "kept"};
  const char *comma = "";
  for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
    unsigned count = 0;
    for (size_t k = 0; k < p->count; k++) count += strcmp(ways[i], p->files[k].missing ? p->files[k].way : "kept") == 0;
    if (count > 0) (void)fprintf(out, "%s%s %u", comma, ways[i], count);
    if (count > 0) comma = ", ";
  }
}

/* Writes what a mark stands for; its size, 0 for no mark. */
static size_t put_mark(FILE *out, const char *at, const replay *r, double seconds) {
  if (strncmp(at, "@how", 4) == 0) {
    put_ways(out, &r->place);
    return 4;
  }
  if (strncmp(at, "@ms", 3) == 0) return fprintf(out, "%.0f", seconds * 1000) > 0 ? 3 : 0;
  return strncmp(at, "@s", 2) == 0 && fprintf(out, "%.2f", seconds) > 0 ? 2 : 0;
}

/* To people, in one write. */
static void tell(const replay *r, const char *text, double seconds) {
  char *line = NULL;
  size_t size;
  FILE *out = open_memstream(&line, &size);
  if (out == NULL) return;
  while (*text != '\0') {
    size_t mark = *text == '@' ? put_mark(out, text, r, seconds) : 0;
    size_t plain = mark > 0 ? 0 : 1 + strcspn(text + 1, "@");
    (void)fwrite(text, 1, plain, out);
    text += mark + plain;
  }
  if (fclose(out) == 0) (void)fprintf(stderr, "%s\n", line);
  free(line);
}

static double clock_seconds(void) {
  struct timespec now;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

bool pi_replay_run(const pi_replay_slot *slot) {
  double began = clock_seconds();
  replay *r = calloc(1, sizeof *r);
  if (r != NULL) r->folder = -1;
  pi_replay_outcome outcome = PI_REPLAY_LEFT;
  if (r != NULL && load(r, slot) && hold_all(r, slot->identity)) outcome = pi_replay_place_run(&r->place);
  if (outcome != PI_REPLAY_LEFT) {
    tell(r, outcome == PI_REPLAY_KEPT ? r->texts[KEPT] : r->texts[PLACED], clock_seconds() - began);
    (void)printf("%s\n", r->texts[OUT]);
  }
  if (outcome == PI_REPLAY_PLACED) keep(r);
  if (r != NULL) {
    pi_io_close(&r->folder);
    pi_fs_bytes_release(&r->text);
    free(r->copy);
  }
  free(r);
  return outcome != PI_REPLAY_LEFT;
}
