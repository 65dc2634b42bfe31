/* Patterns on paths, and ignore rules; git itself is asked in e2e/181-gittree-random. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "core/gittree_glob.h"
#include "core/gittree_ignore.h"

typedef struct row {
  const char *pattern, *text;
  bool match;
} row;

static void parts(void **state) {
  (void)state;
  static const row rows[] = {
      {"abc", "abc", true},
      {"abc", "abcd", false},
      {"abc", "ab", false},
      {"", "", true},
      {"a*c", "abbc", true},
      {"a*c", "ac", true},
      {"a*c", "acb", false},
      {"*a*b*", "xxaxxbxx", true},
      {"*a*b*", "xxbxxaxx", false},
      {"a?c", "abc", true},
      {"a?c", "ac", false},
      {"[a-c]", "b", true},
      {"[!a-c]", "b", false},
      {"[^a-c]", "d", true},
      {"[]a]", "]", true},
      {"[a-]", "-", true},
      {"[[:digit:]x]", "7", true},
      {"[[:digit:]x]", "y", false},
      {"[[:nonsense:]]", "n", false},
      {"[a", "[a", false},
      {"a\\*", "a*", true},
      {"a\\*", "ab", false},
      {"a\\", "a\\", false},
      {"[\\]]", "]", true},
      {"*.log", "x.log", true},
      {"*", "", true},
      {"[z-a]", "m", false},
      {"\xff*", "\xff\xfe", true},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    if (pi_gittree_glob_part(rows[i].pattern, strlen(rows[i].pattern), rows[i].text, strlen(rows[i].text)) !=
        rows[i].match)
      fail_msg("'%s' on '%s'", rows[i].pattern, rows[i].text);
}

static void paths(void **state) {
  (void)state;
  static const row rows[] = {
      {"a/b", "a/b", true},      {"a/*", "a/b", true},          {"a/*", "a/b/c", false},
      {"*", "a/b", false},       {"**/b", "b", true},           {"**/b", "x/y/b", true},
      {"a/**/b", "a/b", true},   {"a/**/b", "a/x/y/b", true},   {"a/**", "a", false},
      {"a/**", "a/b/c", true},   {"**", "a/b", true},           {"**/a/**", "x/a/y", true},
      {"**/a/**", "x/a", false}, {"a**b", "axxb", true},        {"a**b", "a/b", false},
      {"**/a/b", "a/a/b", true}, {"**/a/*/c", "a/a/b/c", true}, {"a/b/**/c/**/d", "a/b/c/c/d", true},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    if (pi_gittree_glob_path(rows[i].pattern, rows[i].text) != rows[i].match)
      fail_msg("'%s' on '%s'", rows[i].pattern, rows[i].text);
}

static void folders_cover_what_they_hold(void **state) {
  (void)state;
  assert_true(pi_gittree_glob_covers("a/out", "a/out/x/y"));
  assert_true(pi_gittree_glob_covers("**/out", "a/out/x"));
  assert_true(pi_gittree_glob_covers("a", "a"));
  assert_false(pi_gittree_glob_covers("a/out", "a/outer"));
  assert_false(pi_gittree_glob_covers("a/out/x", "a/out"));
}

/* A pattern that backtracks for ever elsewhere. */
static void no_pattern_takes_long(void **state) {
  (void)state;
  char text[4001], pattern[2001];
  memset(text, 'a', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  for (size_t i = 0; i + 1 < sizeof pattern; i += 2) memcpy(pattern + i, "a*", 2);
  memcpy(pattern + sizeof pattern - 2, "b", 2);
  assert_false(pi_gittree_glob_part(pattern, strlen(pattern), text, strlen(text)));
}

static bool ignored(const char *rules, const char *path, bool is_folder) {
  pi_gittree_ignore ignore = {0};
  assert_int_equal(pi_gittree_ignore_add(&ignore, 0, rules, strlen(rules), NULL), 0);
  bool has = pi_gittree_ignore_has(&ignore, path, is_folder);
  pi_gittree_ignore_release(&ignore);
  return has;
}

static void ignore_rules(void **state) {
  (void)state;
  assert_true(ignored("*.log\n", "a/b.log", false));
  assert_true(ignored("# no\n\n*.log", "b.log", false));
  assert_false(ignored("*.log\n!b.log\n", "b.log", false));
  assert_false(ignored("/b.log\n", "a/b.log", false));
  assert_false(ignored("out/\n", "out", false));
  assert_true(ignored("out/\n", "a/out", true));
  assert_true(ignored("b.log  \r\n", "b.log", false));
  assert_true(ignored("b\\ \n", "b ", false));
  assert_true(ignored("\\#b\n", "#b", false));
  assert_true(
      ignored("\xEF\xBB\xBF"
              "b\n",
              "b", false));
  assert_false(ignored("/\n", "b", true));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(parts),
      cmocka_unit_test(paths),
      cmocka_unit_test(folders_cover_what_they_hold),
      cmocka_unit_test(no_pattern_takes_long),
      cmocka_unit_test(ignore_rules),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
