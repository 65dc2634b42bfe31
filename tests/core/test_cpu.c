/* CPU features and levels from register values as real processors give them, overrides, and control group quotas. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cpu.h"

/* clang-format off */
static const pi_cpu_registers
    nehalem   = {0x0098E3BD, 0xBFEBFBFF, 0, 0, 0, 0, 0x00000001, 0x28100800, 0},
    haswell   = {0x7FFAFBFF, 0xBFEBFBFF, 0x000027AB, 0, 0, 0, 0x00000021, 0x2C100800, 0x7},
    skylake_x = {0x7FFEFBFF, 0xBFEBFBFF, 0xD39FFFFB, 0, 0, 0, 0x00000121, 0x2C100800, 0xE7},
    zen       = {0x7ED8320B, 0x178BFBFF, 0x209C01A9, 0, 0, 0, 0x35C233FF, 0x2FD3FBFF, 0x7};
/* clang-format on */

enum { OSXSAVE = 1 << 27, BMI2 = 1 << 8, LZCNT = 1 << 5, POPCNT = 1 << 23, AVX512BW = 1 << 30 };

static int level_of(pi_cpu_registers r) {
  pi_cpu cpu;
  pi_cpu_from_registers(&cpu, &r);
  return cpu.level;
}

static void levels_of_real_processors(void **state) {
  (void)state;
  assert_int_equal(level_of(nehalem), 2);
  assert_int_equal(level_of(haswell), 3);
  assert_int_equal(level_of(zen), 3);
  assert_int_equal(level_of(skylake_x), 4);
}

static void one_missing_feature_takes_the_level(void **state) {
  (void)state;
  pi_cpu_registers r = haswell;
  r.leaf7_ebx &= ~(uint32_t)BMI2;
  assert_int_equal(level_of(r), 2);
  r = zen;
  r.extended1_ecx &= ~(uint32_t)LZCNT;
  assert_int_equal(level_of(r), 2);
  r = nehalem;
  r.leaf1_ecx &= ~(uint32_t)POPCNT;
  assert_int_equal(level_of(r), 1);
  r = skylake_x;
  r.leaf7_ebx &= ~(uint32_t)AVX512BW;
  assert_int_equal(level_of(r), 3);
}

static void avx_counts_only_where_its_registers_are_saved(void **state) {
  (void)state;
  pi_cpu cpu;
  pi_cpu_registers r = haswell;
  r.leaf1_ecx &= ~(uint32_t)OSXSAVE;
  r.xcr0 = 0;
  pi_cpu_from_registers(&cpu, &r);
  assert_int_equal(cpu.level, 2);
  assert_false(pi_cpu_has(&cpu, "avx"));
  assert_false(pi_cpu_has(&cpu, "avx2"));
  assert_true(pi_cpu_has(&cpu, "bmi2"));
  r = haswell;
  r.xcr0 = 0x3; /* the system saves x87 and SSE registers only */
  assert_int_equal(level_of(r), 2);
  r = skylake_x;
  r.xcr0 = 0x7; /* no AVX-512 registers */
  assert_int_equal(level_of(r), 3);
}

static void arm64_features_come_from_the_hardware_capabilities(void **state) {
  (void)state;
  pi_cpu cpu;
  pi_cpu_from_hwcaps(&cpu, 1 << 1 | 1 << 6 | 1 << 22, 1 << 1);
  assert_int_equal(cpu.machine, PI_CPU_AARCH64);
  assert_int_equal(cpu.level, 0);
  assert_true(pi_cpu_has(&cpu, "asimd") && pi_cpu_has(&cpu, "sha2") && pi_cpu_has(&cpu, "sve"));
  assert_true(pi_cpu_has(&cpu, "sve2"));
  assert_false(pi_cpu_has(&cpu, "sha3") || pi_cpu_has(&cpu, "avx2"));
}

static void the_override_replaces_what_is_detected(void **state) {
  (void)state;
  static const struct {
    const char *override;
    int level;
  } cases[] = {{"none", 1},           {"x86-64", 1},          {"x86-64-v2", 2},           {"x86-64-v3", 3},
               {"x86-64-v4", 4},      {"x86-64-v3,-bmi2", 2}, {"x86-64-v4,-avx512vl", 3}, {"avx2,bmi2", 1},
               {"x86-64-v1,+avx2", 1}};
  pi_cpu cpu;
  pi_err err;
  pi_cpu_native(&cpu);
  if (cpu.machine != PI_CPU_X86_64) skip();
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    assert_int_equal(pi_cpu_detect(&cpu, cases[i].override, &err), 0);
    assert_int_equal(cpu.level, cases[i].level);
  }
  assert_int_equal(pi_cpu_detect(&cpu, "x86-64-v3,-bmi2", &err), 0);
  assert_true(pi_cpu_has(&cpu, "avx2"));
  assert_false(pi_cpu_has(&cpu, "bmi2"));
}

static void a_wrong_override_is_an_error(void **state) {
  (void)state;
  static const char *const wrong[] = {"avx22",          ",",         "avx2,", "-", "x86-64-v5", "x86-64-v",
                                      "avx2,x86-64-v2", "none,avx2", "AVX2"};
  pi_cpu cpu;
  pi_err err;
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    if (pi_cpu_detect(&cpu, wrong[i], &err) == 0) fail_msg("accepted: %s", wrong[i]);
    assert_string_equal(err.code, "EINVAL");
    assert_non_null(strstr(err.message, "read PIENV_CPU: unknown CPU feature '"));
  }
}

static void write_file(const char *root, const char *name, const char *text) {
  char path[512];
  (void)snprintf(path, sizeof path, "%s/%s", root, name);
  for (char *slash = path + strlen(root) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
    *slash = '\0';
    (void)mkdir(path, 0700);
    *slash = '/';
  }
  FILE *file = fopen(path, "we");
  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  assert_int_equal(fclose(file), 0);
}

static void assert_quota(const char *root, const char *groups, double want) {
  double got = pi_cpu_quota(root, groups);
  if (got < want || got > want) fail_msg("%s: got %g cores, want %g", groups, got, want);
}

static void the_least_control_group_quota_counts(void **state) {
  (void)state;
  char root[] = "/tmp/pienv-test-cpu-XXXXXX";
  assert_non_null(mkdtemp(root));
  write_file(root, "cpu.max", "max 100000\n");
  write_file(root, "a/cpu.max", "150000 100000\n");
  write_file(root, "a/b/cpu.max", "400000 100000\n");
  write_file(root, "cpu/old/cpu.cfs_quota_us", "250000\n");
  write_file(root, "cpu/old/cpu.cfs_period_us", "100000\n");
  write_file(root, "cpu/free/cpu.cfs_quota_us", "-1\n");
  write_file(root, "cpu/free/cpu.cfs_period_us", "100000\n");
  assert_quota(root, "0::/\n", 0);
  assert_quota(root, "0::/a\n", 1.5);
  assert_quota(root, "0::/a/b\n", 1.5);
  assert_quota(root, "0::/a/missing", 1.5);
  assert_quota(root, "4:memory:/x\n1:cpu,cpuacct:/old\n", 2.5);
  assert_quota(root, "1:cpuacct,cpu:/old\n0::/a\n", 1.5);
  assert_quota(root, "1:cpu:/free\n", 0);
  assert_quota(root, "2:cpuset:/old\n", 0);
  assert_quota(root, "", 0);
  assert_quota(root, "nonsense\n::\n:", 0);
  static const char *const made[] = {"cpu.max",
                                     "a/b/cpu.max",
                                     "a/b",
                                     "a/cpu.max",
                                     "a",
                                     "cpu/old/cpu.cfs_quota_us",
                                     "cpu/old/cpu.cfs_period_us",
                                     "cpu/old",
                                     "cpu/free/cpu.cfs_quota_us",
                                     "cpu/free/cpu.cfs_period_us",
                                     "cpu/free",
                                     "cpu",
                                     ""};
  for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", root, made[i]);
    assert_int_equal(remove(path), 0);
  }
}

static void there_is_a_core(void **state) {
  (void)state;
  assert_in_range(pi_cpu_cores(), 1, sysconf(_SC_NPROCESSORS_CONF));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(levels_of_real_processors),
      cmocka_unit_test(one_missing_feature_takes_the_level),
      cmocka_unit_test(avx_counts_only_where_its_registers_are_saved),
      cmocka_unit_test(arm64_features_come_from_the_hardware_capabilities),
      cmocka_unit_test(the_override_replaces_what_is_detected),
      cmocka_unit_test(a_wrong_override_is_an_error),
      cmocka_unit_test(the_least_control_group_quota_counts),
      cmocka_unit_test(there_is_a_core),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
