/* Conversions: see gittree_eol.h. */
#include "core/gittree_eol.h"

#include <string.h>

#include "core/gittree_content.h"
#include "core/gittree_repo.h"

typedef struct counts {
  size_t nul, lone_cr, crlf, printable, other;
} counts;

static counts count(const char *text, size_t size) {
  counts c = {0};
  for (size_t i = 0; i < size; i++) {
    unsigned char byte = (unsigned char)text[i];
    if (byte == '\r') {
      if (i + 1 < size && text[i + 1] == '\n')
        c.crlf++, i++;
      else
        c.lone_cr++;
    } else if (byte == '\n') {
      continue;
    } else if (byte == '\b' || byte == '\t' || byte == 033 || byte == '\f' || (byte >= ' ' && byte != 127)) {
      c.printable++;
    } else {
      c.nul += byte == 0;
      c.other++;
    }
  }
  if (size > 0 && text[size - 1] == 032) c.other--; /* the end-of-file mark of DOS */
  return c;
}

static bool is_binary(const counts *c) { return c->lone_cr > 0 || c->nul > 0 || c->printable >> 7 < c->other; }

bool pi_gittree_eol_converts(pi_gittree_eol eol, const char *text, size_t size) {
  if (eol == PI_GITTREE_EOL_NONE || memchr(text, '\r', size) == NULL) return false;
  counts c = count(text, size);
  return c.crlf > 0 && (eol == PI_GITTREE_EOL_TEXT || !is_binary(&c));
}

size_t pi_gittree_eol_convert(char *text, size_t size) {
  size_t kept = 0;
  for (size_t i = 0; i < size; i++)
    if (text[i] != '\r' || i + 1 == size || text[i + 1] != '\n') text[kept++] = text[i];
  return kept;
}

bool pi_gittree_eol_is_crlf_text(const char *text, size_t size) {
  return pi_gittree_eol_converts(PI_GITTREE_EOL_GUESS, text, size);
}

enum { TEXT, CRLF, EOL, FILTER, IDENT, ENCODING, ATTRIBUTES };

static bool is_value(const char *value, const char *word) {
  return git_attr_value(value) == GIT_ATTR_VALUE_STRING && strcmp(value, word) == 0;
}

/* text, or crlf as it was called once: true, false, "input", "auto"; false: it says nothing. */
static bool eol_of(pi_gittree_eol *eol, const char *value) {
  bool guess = is_value(value, "auto"), text = GIT_ATTR_IS_TRUE(value) || is_value(value, "input");
  *eol = guess ? PI_GITTREE_EOL_GUESS : text ? PI_GITTREE_EOL_TEXT : PI_GITTREE_EOL_NONE;
  return guess || text || GIT_ATTR_IS_FALSE(value);
}

static pi_gittree_eol eol_rule(const char *const *values, bool auto_crlf) {
  pi_gittree_eol eol;
  bool told = eol_of(&eol, values[TEXT]) || eol_of(&eol, values[CRLF]);
  if (told) return eol;
  if (is_value(values[EOL], "lf") || is_value(values[EOL], "crlf")) return PI_GITTREE_EOL_TEXT;
  return auto_crlf ? PI_GITTREE_EOL_GUESS : PI_GITTREE_EOL_NONE;
}

/* A filter without a program in the settings does nothing. */
static bool has_driver(git_config *config, const char *filter) {
  static const char *const programs[] = {"clean", "process", "smudge"};
  bool found = false;
  if (git_attr_value(filter) != GIT_ATTR_VALUE_STRING) return false;
  for (size_t i = 0; i < sizeof programs / sizeof programs[0] && !found; i++) {
    char name[512];
    git_config_entry *entry = NULL;
    (void)snprintf(name, sizeof name, "filter.%s.%s", filter, programs[i]);
    found = git_config_get_entry(&entry, config, name) == 0 && entry->value[0] != '\0';
    git_config_entry_free(entry);
  }
  git_error_clear();
  return found;
}

static bool is_encoded(const char *encoding) {
  return git_attr_value(encoding) == GIT_ATTR_VALUE_STRING && strcasecmp(encoding, "UTF-8") != 0 &&
         strcasecmp(encoding, "UTF8") != 0;
}

int pi_gittree_rules_read(pi_gittree_rules *rules, const pi_gittree_settings *settings, const char *path, pi_err *err) {
  static const char *names[ATTRIBUTES] = {"text", "crlf", "eol", "filter", "ident", "working-tree-encoding"};
  const char *values[ATTRIBUTES];
  if (git_attr_get_many(values, settings->repository, GIT_ATTR_CHECK_FILE_THEN_INDEX, path, ATTRIBUTES, names) < 0)
    return pi_gittree_fail(err, "read attributes of", path);
  rules->eol = eol_rule(values, settings->auto_crlf);
  rules->ident = GIT_ATTR_IS_TRUE(values[IDENT]);
  rules->filtered = is_encoded(values[ENCODING]) || has_driver(settings->config, values[FILTER]);
  return 0;
}
