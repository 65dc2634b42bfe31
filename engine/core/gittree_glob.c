/* Patterns on paths: see gittree_glob.h. Neither kind of star needs more than a return to the last one, so that no
 * pattern takes longer than the product of both lengths. */
#include "core/gittree_glob.h"

#include <ctype.h>
#include <string.h>

#include "core/err.h"

typedef struct span {
  const char *at, *end;
} span;

static bool in_class(const char *name, size_t size, unsigned char c) {
  static const struct {
    const char *name;
    int (*has)(int);
  } classes[] = {{"alnum", isalnum}, {"alpha", isalpha}, {"blank", isblank}, {"cntrl", iscntrl},
                 {"digit", isdigit}, {"graph", isgraph}, {"lower", islower}, {"print", isprint},
                 {"punct", ispunct}, {"space", isspace}, {"upper", isupper}, {"xdigit", isxdigit}};
  for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
    if (strlen(classes[i].name) == size && memcmp(classes[i].name, name, size) == 0) return classes[i].has(c) != 0;
  return false;
}

/* One byte of a set, with its escape. */
static unsigned char take(span *p) {
  if (*p->at == '\\' && p->at + 1 < p->end) p->at++;
  return (unsigned char)*p->at++;
}

/* "[:alpha:]" at p: moves behind it and sets *has; false where there is none. */
static bool take_class(span *p, unsigned char c, bool *has) {
  if (p->end - p->at < 4 || p->at[0] != '[' || p->at[1] != ':') return false;
  const char *name = p->at + 2, *last = name;
  while (last < p->end && *last != ']') last++;
  if (last == p->end || last - name < 1 || last[-1] != ':') return false;
  *has |= in_class(name, (size_t)(last - name - 1), c);
  p->at = last + 1;
  return true;
}

/* A set behind its "[": moves behind its "]", and tells whether it has the byte. One that is not closed has nothing. */
static bool set_has(span *p, unsigned char c) {
  bool inverted = p->at < p->end && (*p->at == '!' || *p->at == '^'), has = false;
  if (inverted) p->at++;
  for (const char *first = p->at; p->at < p->end && (*p->at != ']' || p->at == first);) {
    if (take_class(p, c, &has)) continue;
    unsigned char low = take(p), high = low;
    if (p->end - p->at >= 2 && p->at[0] == '-' && p->at[1] != ']') {
      p->at++;
      high = take(p);
    }
    has |= low <= c && c <= high;
  }
  if (p->at == p->end) return false;
  p->at++;
  return has != inverted;
}

/* One element of the pattern, no star, against one byte. */
static bool element_has(span *p, unsigned char c) {
  switch (*p->at) {
    case '?': p->at++; return true;
    case '[': p->at++; return set_has(p, c);
    case '\\':
      if (p->at + 1 == p->end) return p->at++, false;
      return take(p) == c;
    default: return (unsigned char)*p->at++ == c;
  }
}

bool pi_gittree_glob_part(const char *pattern, size_t pattern_size, const char *text, size_t size) {
  span p = {pattern, pattern + pattern_size}, after_star = {NULL, NULL};
  const char *at = text, *end = text + size, *retry = NULL;
  for (;;) {
    if (p.at < p.end && *p.at == '*') {
      while (p.at < p.end && *p.at == '*') p.at++;
      after_star = p;
      retry = at;
    } else if (p.at < p.end && at < end && element_has(&p, (unsigned char)*at)) {
      at++;
    } else if (p.at == p.end && at == end) {
      return true;
    } else {
      if (retry == NULL || retry == end) return false;
      p = after_star;
      at = ++retry;
    }
  }
}

static size_t part_size(const char *text) { return strcspn(text, "/"); }

/* The part behind this one; NULL behind the last. */
static const char *next_part(const char *text) {
  size_t size = part_size(text);
  return text[size] == '/' ? text + size + 1 : NULL;
}

static bool is_deep(const char *pattern) { return part_size(pattern) == 2 && pattern[0] == '*' && pattern[1] == '*'; }

bool pi_gittree_glob_path(const char *pattern, const char *path) {
  const char *after_deep = NULL, *retry = NULL;
  for (;;) {
    if (pattern != NULL && is_deep(pattern)) {
      const char *rest = next_part(pattern);
      if (rest == NULL) return path != NULL;
      pattern = after_deep = rest;
      retry = path;
    } else if (pattern != NULL && path != NULL &&
               pi_gittree_glob_part(pattern, part_size(pattern), path, part_size(path))) {
      pattern = next_part(pattern);
      path = next_part(path);
    } else if (pattern == NULL && path == NULL) {
      return true;
    } else {
      if (retry == NULL || (retry = next_part(retry)) == NULL) return false;
      pattern = after_deep;
      path = retry;
    }
  }
}

bool pi_gittree_glob_covers(const char *pattern, const char *path) {
  char folder[4096];
  for (const char *end = path + part_size(path);; end += 1 + part_size(end + 1)) {
    size_t size = (size_t)(end - path);
    if (size >= sizeof folder) return false;
    memcpy(folder, path, size);
    folder[size] = '\0';
    if (pi_gittree_glob_path(pattern, folder)) return true;
    if (*end == '\0') return false;
  }
}
