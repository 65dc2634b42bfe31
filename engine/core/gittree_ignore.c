/* git's ignore rules: see gittree_ignore.h and gitignore(5). */
#include "core/gittree_ignore.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/gittree_glob.h"
#include "core/io.h"

/* Cuts spaces at the end off, unless a backslash stands before them. */
static size_t without_spaces(const char *text, size_t size) {
  size_t kept = 0;
  for (size_t i = 0; i < size; i++) {
    if (text[i] == ' ') continue;
    if (text[i] == '\\' && ++i == size) return size;
    kept = i + 1;
  }
  return kept;
}

static int append(pi_gittree_ignore *rules, const pi_gittree_rule *rule, pi_err *err) {
  if (rules->count == rules->capacity) {
    size_t capacity = rules->capacity * 2 + 16;
    pi_gittree_rule *grown = realloc(rules->rules, capacity * sizeof *grown);
    if (grown == NULL) return pi_err_os(err, ENOMEM, "read", "ignore rules");
    rules->rules = grown;
    rules->capacity = capacity;
  }
  rules->rules[rules->count++] = *rule;
  return 0;
}

static int add_line(pi_gittree_ignore *rules, size_t base, const char *line, size_t size, pi_err *err) {
  pi_gittree_rule rule = {.base = base};
  size = without_spaces(line, size);
  if (size > 0 && line[0] == '!') rule.negative = true, line++, size--;
  if (size > 0 && line[size - 1] == '/') rule.folders_only = true, size--;
  rule.by_name = memchr(line, '/', size) == NULL;
  if (size > 0 && line[0] == '/') line++, size--;
  if (size == 0) return 0;
  if (append(rules, &rule, err) < 0) return -1;
  char *pattern = strndup(line, size);
  if (pattern == NULL) {
    rules->count--;
    return pi_err_os(err, ENOMEM, "read", "ignore rules");
  }
  rules->rules[rules->count - 1].pattern = pattern;
  return 0;
}

int pi_gittree_ignore_add(pi_gittree_ignore *rules, size_t base, const char *text, size_t size, pi_err *err) {
  const char *at = text, *end = text + size;
  if (size >= 3 && memcmp(at, "\xEF\xBB\xBF", 3) == 0) at += 3; /* the mark that some editors put at the start */
  while (at < end) {
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    size_t length = (size_t)((stop != NULL ? stop : end) - at);
    size_t kept = stop != NULL && length > 0 && at[length - 1] == '\r' ? length - 1 : length;
    if (kept > 0 && at[0] != '#' && add_line(rules, base, at, kept, err) < 0) return -1;
    at += length + 1;
  }
  return 0;
}

static int add_file(pi_gittree_ignore *rules, size_t base, int fd, const char *name, size_t size, pi_err *err) {
  char *text = malloc(size + 1);
  size_t got = 0;
  ssize_t n = 0;
  if (text == NULL) return pi_err_os(err, ENOMEM, "read", name);
  while (got < size && (n = pi_io_read(fd, text + got, size - got)) > 0) got += (size_t)n;
  int result = n < 0 ? pi_err_os(err, errno, "read", name) : pi_gittree_ignore_add(rules, base, text, got, err);
  free(text);
  return result;
}

int pi_gittree_ignore_read(pi_gittree_ignore *rules, size_t base, int dir, const char *name, bool follow, pi_err *err) {
  struct stat status;
  int fd = pi_io_open(dir, name, O_RDONLY | O_NONBLOCK | (follow ? 0 : O_NOFOLLOW), 0);
  if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == EACCES)) return 0; /* as git does */
  if (fd < 0) return pi_err_os(err, errno, "open", name);
  int result = 0;
  if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
    result = add_file(rules, base, fd, name, (size_t)status.st_size, err);
  pi_io_close(&fd);
  return result;
}

void pi_gittree_ignore_cut(pi_gittree_ignore *rules, size_t count) {
  while (rules->count > count) free(rules->rules[--rules->count].pattern);
}

void pi_gittree_ignore_release(pi_gittree_ignore *rules) {
  pi_gittree_ignore_cut(rules, 0);
  free(rules->rules);
  memset(rules, 0, sizeof *rules);
}

static bool rule_has(const pi_gittree_rule *rule, const char *path) {
  const char *name = strrchr(path, '/');
  if (!rule->by_name) return pi_gittree_glob_path(rule->pattern, path + rule->base);
  name = name != NULL ? name + 1 : path;
  return pi_gittree_glob_part(rule->pattern, strlen(rule->pattern), name, strlen(name));
}

bool pi_gittree_ignore_has(const pi_gittree_ignore *rules, const char *path, bool is_folder) {
  for (size_t i = rules->count; i-- > 0;) {
    const pi_gittree_rule *rule = &rules->rules[i];
    if ((is_folder || !rule->folders_only) && rule_has(rule, path)) return !rule->negative;
  }
  return false;
}
