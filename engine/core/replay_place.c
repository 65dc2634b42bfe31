/* Finding files in place, or putting them there: see replay_place.h. */
#include "core/replay_place.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/beneath.h"
#include "core/io.h"
#include "core/link.h"
#include "core/lock.h"

typedef struct folders {
  int from, to;
  char from_name[PI_BENEATH_NAME_SIZE], to_name[PI_BENEATH_NAME_SIZE];
  char process[24]; /* our number as /proc has it, by which others know whether a temporary file is of a living process
                     */
} folders;

static bool join(char out[PATH_MAX], const char *folder, const char *name) {
  return snprintf(out, PATH_MAX, "%s/%s", folder, name) < PATH_MAX;
}

/* Its name in `to`. */
static bool temporary(char out[PATH_MAX], const folders *f, const pi_replay_file *file) {
  return snprintf(out, PATH_MAX, "%s.tmp.%s", file->name, f->process) < PATH_MAX;
}

/* Opens "ROOT<tab>PATH". */
static int open_beneath(char *text, char name[PI_BENEATH_NAME_SIZE]) {
  char *tab = strchr(text, '\t');
  if (tab == NULL) return -1;
  *tab = '\0';
  int root = pi_io_open(AT_FDCWD, text, O_RDONLY | O_DIRECTORY, 0);
  int folder = root >= 0 ? pi_beneath_open(root, tab + 1) : -1;
  pi_io_close(&root);
  *tab = '\t';
  if (folder >= 0) pi_beneath_name(name, folder);
  if (folder >= 0 && name[0] == '\0') pi_io_close(&folder);
  return folder;
}

/* Of what has the name in a folder, a link too. -1 and errno. */
static int stat_in(pi_fs_stat *out, int folder, const char *name) {
  struct stat facts;
  if (fstatat(folder, name, &facts, AT_SYMLINK_NOFOLLOW) < 0) return -1;
  pi_fs_stat_from(out, &facts);
  return 0;
}

static bool has_sources(const pi_replay_place *p, const folders *f) {
  pi_fs_stat stat;
  for (size_t i = 0; i < p->count; i++) {
    const pi_replay_file *file = &p->files[i];
    if (stat_in(&stat, f->from, file->name) < 0 || !pi_replay_facts_are(file->source, &stat)) return false;
  }
  return true;
}

/* Finds out which are missing; how many, or -1: one is otherwise. */
static int count_missing(pi_replay_place *p, const folders *f) {
  int missing = 0;
  for (size_t i = 0; i < p->count; i++) {
    pi_replay_file *file = &p->files[i];
    file->missing = stat_in(&file->stat, f->to, file->name) < 0;
    if (file->missing ? errno != ENOENT : !pi_replay_facts_are(file->placed, &file->stat)) return -1;
    missing += file->missing;
  }
  return missing;
}

/* What a populate that was killed left is for the recipe to remove. */
static bool has_leftovers(const folders *f) {
  int fd = pi_io_open(f->to, ".", O_RDONLY | O_DIRECTORY, 0); /* its own position in the list */
  DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
  bool found = dir == NULL;
  for (const struct dirent *entry; !found && (entry = readdir(dir)) != NULL;)
    found = strstr(entry->d_name, ".tmp") != NULL || strstr(entry->d_name, ".old.") != NULL;
  if (dir != NULL)
    (void)closedir(dir);
  else
    pi_io_close(&fd);
  return found;
}

/* Who shall own copies: as root, the owner of the folder. */
static int find_owner(pi_fs_owner *owner, const pi_fs_owner **given, const folders *f) {
  pi_fs_stat stat;
  *given = NULL;
  if (geteuid() != 0) return 0;
  if (stat_in(&stat, f->to, ".") < 0) return -1;
  *owner = (pi_fs_owner){stat.uid, stat.gid};
  if (stat.uid != 0 || stat.gid != 0) *given = owner;
  return 0;
}

static int stage(pi_replay_file *file, const folders *f, const pi_fs_owner *owner) {
  char from[PATH_MAX], name[PATH_MAX], to[PATH_MAX];
  pi_link_plan plan = {.count = 0, .put = {.mode = (int)file->mode, .owner = owner}};
  pi_link_result result;
  for (unsigned way = 0; way < PI_LINK_WAYS; way++)
    if (strcmp(file->way, pi_link_name((pi_link_way)way)) == 0) plan.ways[plan.count++] = (pi_link_way)way;
  if (plan.count != 1 || !join(from, f->from_name, file->name)) return -1;
  if (!temporary(name, f, file) || !join(to, f->to_name, name)) return -1;
  if (pi_link_put(&result, from, to, &plan, NULL) < 0) return -1;
  return stat_in(&file->stat, f->to, name);
}

/* Of the first `count`. */
static void remove_staged(const pi_replay_place *p, const folders *f, size_t count) {
  char name[PATH_MAX];
  for (size_t i = 0; i < count; i++)
    if (p->files[i].missing && temporary(name, f, &p->files[i])) (void)unlinkat(f->to, name, 0);
}

static int stage_all(pi_replay_place *p, const folders *f) {
  pi_fs_owner owner;
  const pi_fs_owner *given;
  if (find_owner(&owner, &given, f) < 0) return -1;
  for (size_t i = 0; i < p->count; i++) {
    if (!p->files[i].missing || stage(&p->files[i], f, given) == 0) continue;
    remove_staged(p, f, i);
    return -1;
  }
  return 0;
}

/* The number that a mark stands for, `"@i2"` for the inode of the second file; its size, or 0 for no mark. */
static size_t read_mark(char out[32], const char *at, const pi_replay_place *p) {
  if (strncmp(at, "\"@now\"", 6) == 0) {
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)snprintf(out, 32, "%lld.%06ld", (long long)now.tv_sec, now.tv_nsec / 1000);
    return 6;
  }
  if (at[0] != '"' || at[1] != '@' || at[2] == '\0') return 0;
  char *end;
  unsigned long index = strtoul(at + 3, &end, 10);
  if (*end != '"' || index < 1 || index > p->count) return 0;
  const pi_fs_stat *stat = &p->files[index - 1].stat;
  switch (at[2]) {
    case 'd': (void)snprintf(out, 32, "%" PRIu64, stat->device); break;
    case 'i': (void)snprintf(out, 32, "%" PRIu64, stat->inode); break;
    case 's': (void)snprintf(out, 32, "%" PRIu64, stat->size); break;
    case 'm': (void)snprintf(out, 32, "%" PRId64, stat->mtime_ns); break;
    default: return 0;
  }
  return (size_t)(end + 1 - at);
}

/* The event with the facts of what was staged, between line feeds; to be freed. */
static char *fill_event(size_t *size, const pi_replay_place *p) {
  char *out = NULL, number[32];
  FILE *stream = open_memstream(&out, size);
  if (stream == NULL) return NULL;
  (void)fputc('\n', stream); /* ends what a full disk cut */
  for (const char *at = p->event; *at != '\0';) {
    size_t mark = *at == '"' ? read_mark(number, at, p) : 0;
    size_t plain = mark > 0 ? 0 : 1 + strcspn(at + 1, "\"");
    if (mark > 0) (void)fputs(number, stream);
    (void)fwrite(at, 1, plain, stream);
    at += mark + plain;
  }
  (void)fputc('\n', stream);
  if (fclose(stream) == 0) return out;
  free(out);
  return NULL;
}

static void put_journal(char out[PI_REPLAY_JOURNAL], const pi_fs_stat *stat) {
  char text[PI_REPLAY_JOURNAL + 1];
  (void)snprintf(text, sizeof text, "%020" PRIu64 " %020" PRIu64 " %020" PRIu64, stat->device, stat->inode, stat->size);
  memcpy(out, text, PI_REPLAY_JOURNAL);
}

/* Does the journal say nothing of this folder from here on? More than this is not read. */
static bool is_silent(const pi_replay_place *p, uint64_t from, uint64_t size) {
  enum { MOST = 1 << 16 };
  char *tail = size - from < MOST ? malloc(MOST) : NULL;
  if (tail == NULL) return false;
  int fd = pi_io_open(AT_FDCWD, p->journal, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
  ssize_t got = fd >= 0 ? pread(fd, tail, (size_t)(size - from), (off_t)from) : -1;
  bool silent = got == (ssize_t)(size - from) && memmem(tail, (size_t)got, p->about, strlen(p->about)) == NULL;
  pi_io_close(&fd);
  free(tail);
  return silent;
}

/* It is the one that was told of these files, and of nothing else for this folder since: it only grows until another
 * one takes its place. */
static bool knows_journal(const pi_replay_place *p) {
  enum { FILE_FACTS = 2 * PI_REPLAY_NUMBER + 1 };
  pi_fs_stat stat;
  char now[PI_REPLAY_JOURNAL];
  if (pi_fs_stat_path(&stat, p->journal, false, NULL) < 0) return false;
  put_journal(now, &stat);
  uint64_t was = strtoull(p->journal_facts + FILE_FACTS + 1, NULL, 10);
  if (memcmp(now, p->journal_facts, FILE_FACTS) != 0 || stat.size < was) return false;
  return stat.size == was || is_silent(p, was, stat.size);
}

/* Before anything is renamed, so that a recall names every folder that may have the files. The shared lock keeps `gc`
 * from putting a shorter journal in its place meanwhile. */
static int tell_journal(pi_replay_place *p) {
  pi_lock lock;
  pi_fs_stat stat;
  size_t size = 0;
  char *event = fill_event(&size, p);
  pi_lock_init(&lock);
  int result = -1;
  if (event != NULL && pi_lock_try(&lock, p->journal, PI_LOCK_SHARED, 0660, NULL) == 0 &&
      pi_fs_append(p->journal, event, size, 0660, NULL) == 0)
    result = pi_fs_stat_path(&stat, p->journal, false, NULL);
  pi_lock_release(&lock);
  free(event);
  if (result < 0) return -1;
  put_journal(p->journal_facts, &stat);
  return 0;
}

static bool name_it(const pi_replay_file *file, const folders *f) {
  char name[PATH_MAX];
  return temporary(name, f, file) && renameat(f->to, name, f->to, file->name) == 0;
}

/* Gives the staged files their names; all or none. */
static int name_all(const pi_replay_place *p, const folders *f) {
  for (size_t i = 0; i < p->count; i++) {
    if (!p->files[i].missing || name_it(&p->files[i], f)) continue;
    for (size_t k = 0; k < i; k++)
      if (p->files[k].missing) (void)unlinkat(f->to, p->files[k].name, 0);
    return -1;
  }
  return 0;
}

static pi_replay_outcome put_missing(pi_replay_place *p, const folders *f) {
  if (has_leftovers(f) || stage_all(p, f) < 0) return PI_REPLAY_LEFT;
  bool done = has_sources(p, f) && tell_journal(p) == 0 && name_all(p, f) == 0; /* what was staged is what was there */
  if (!done) remove_staged(p, f, p->count);
  for (size_t i = 0; done && i < p->count; i++) pi_replay_facts_put(p->files[i].placed, &p->files[i].stat);
  return done ? PI_REPLAY_PLACED : PI_REPLAY_LEFT;
}

pi_replay_outcome pi_replay_place_run(pi_replay_place *p) {
  folders f = {-1, -1, "", "", ""};
  pi_replay_outcome outcome = PI_REPLAY_LEFT;
  if (readlink("/proc/self", f.process, sizeof f.process - 1) <= 0) return outcome;
  f.from = open_beneath(p->from, f.from_name);
  f.to = open_beneath(p->to, f.to_name);
  if (f.from >= 0 && f.to >= 0 && has_sources(p, &f)) {
    int missing = count_missing(p, &f);
    if (missing == 0 && knows_journal(p)) outcome = PI_REPLAY_KEPT;
    if (missing > 0) outcome = put_missing(p, &f);
  }
  pi_io_close(&f.from);
  pi_io_close(&f.to);
  return outcome;
}
