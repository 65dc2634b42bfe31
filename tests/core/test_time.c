/* Clocks: known time stamps, and that durations do not go back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <time.h>

#include "core/time.h"

static void known_time_stamps(void **state) {
  (void)state;
  static const struct {
    int64_t seconds;
    const char *text;
  } known[] = {{0, "1970-01-01T00:00:00Z"},           {-1, "1969-12-31T23:59:59Z"},
               {951782400, "2000-02-29T00:00:00Z"},   {1767323045, "2026-01-02T03:04:05Z"},
               {4294967296, "2106-02-07T06:28:16Z"},  {253402300799, "9999-12-31T23:59:59Z"},
               {-62167219200, "0000-01-01T00:00:00Z"}};
  char text[PI_TIME_ISO_SIZE];
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    assert_int_equal(pi_time_iso(text, known[i].seconds, NULL), 0);
    assert_string_equal(text, known[i].text);
  }
}

static void years_beyond_four_digits_are_refused(void **state) {
  (void)state;
  static const int64_t beyond[] = {253402300800, -62167219201, INT64_MAX, INT64_MIN};
  char text[PI_TIME_ISO_SIZE];
  pi_err err;
  for (size_t i = 0; i < sizeof beyond / sizeof beyond[0]; i++) {
    assert_int_equal(pi_time_iso(text, beyond[i], &err), -1);
    assert_string_equal(err.code, "ERANGE");
  }
}

static void clocks_run(void **state) {
  (void)state;
  const struct timespec pause = {.tv_nsec = 2000000};
  double before = pi_time_monotonic();
  assert_int_equal(nanosleep(&pause, NULL), 0);
  double passed = pi_time_monotonic() - before;
  assert_true(passed >= 0.002 && passed < 60);
  assert_true(pi_time_now() - (double)time(NULL) < 2 && (double)time(NULL) - pi_time_now() < 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(known_time_stamps),
      cmocka_unit_test(years_beyond_four_digits_are_refused),
      cmocka_unit_test(clocks_run),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
