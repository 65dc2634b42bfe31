/* The processor: see cpu.h. The tables are in the order of the psABI's lists, then alphabetic. */
#include "core/cpu.h"

#include <stdlib.h>
#include <string.h>

#include "core/cpu_tables.h"

static const pi_cpu_x86_feature *x86(size_t i) { return i < pi_cpu_x86_count ? &pi_cpu_x86_features[i] : NULL; }

static uint64_t bit(size_t i) { return (uint64_t)1 << i; }

/* The highest level all of whose features are there. Every machine in 64-bit mode has the first. */
static int level_of(uint64_t features) {
  int level = 4;
  for (size_t i = 0; i < pi_cpu_x86_count; i++)
    if (!(features & bit(i)) && x86(i)->level > 1 && x86(i)->level <= level) level = x86(i)->level - 1;
  return level;
}

void pi_cpu_from_registers(pi_cpu *cpu, const pi_cpu_registers *r) {
  *cpu = (pi_cpu){.machine = PI_CPU_X86_64};
  for (size_t i = 0; i < pi_cpu_x86_count; i++) {
    uint32_t value;
    memcpy(&value, (const char *)r + x86(i)->offset, sizeof value);
    bool saved = (r->xcr0 & x86(i)->state) == x86(i)->state;
    if ((value >> x86(i)->bit & 1) && saved) cpu->features |= bit(i);
  }
  cpu->level = level_of(cpu->features);
}

void pi_cpu_from_hwcaps(pi_cpu *cpu, uint64_t hwcap, uint64_t hwcap2) {
  *cpu = (pi_cpu){.machine = PI_CPU_AARCH64};
  for (size_t i = 0; i < pi_cpu_arm_count; i++) {
    uint64_t word = pi_cpu_arm_features[i].word == 1 ? hwcap : hwcap2;
    if (word >> pi_cpu_arm_features[i].bit & 1) cpu->features |= bit(i);
  }
}

const char *pi_cpu_machine_name(pi_cpu_machine machine) {
  static const char *const names[] = {"other", "x86_64", "aarch64"};
  return names[machine];
}

const char *pi_cpu_feature(pi_cpu_machine machine, size_t i) {
  if (machine == PI_CPU_X86_64 && i < pi_cpu_x86_count) return x86(i)->name;
  if (machine == PI_CPU_AARCH64 && i < pi_cpu_arm_count) return pi_cpu_arm_features[i].name;
  return NULL;
}

/* The bit of the feature whose name is the first `size` bytes of `name`; 0 for none. */
static uint64_t bit_of(pi_cpu_machine machine, const char *name, size_t size) {
  const char *known;
  for (size_t i = 0; (known = pi_cpu_feature(machine, i)) != NULL; i++)
    if (strlen(known) == size && memcmp(known, name, size) == 0) return bit(i);
  return 0;
}

int pi_cpu_has(const pi_cpu *cpu, const char *feature) {
  return (cpu->features & bit_of(cpu->machine, feature, strlen(feature))) != 0;
}

/* 1 to 4 for the name of a level, 0 for any other word. */
static int level_named(const char *word, size_t size) {
  static const char *const names[] = {"x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4", "x86-64-v1"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (strlen(names[i]) == size && memcmp(names[i], word, size) == 0) return (int)i % 4 + 1;
  return 0;
}

static uint64_t features_of_level(int level) {
  uint64_t features = 0;
  for (size_t i = 0; i < pi_cpu_x86_count; i++)
    if (x86(i)->level != 0 && x86(i)->level <= level) features |= bit(i);
  return features;
}

/* Applies one item of PIENV_CPU, the `index`th. */
static int apply(pi_cpu *cpu, const char *word, size_t size, size_t index, pi_err *err) {
  int level = cpu->machine == PI_CPU_X86_64 && index == 0 ? level_named(word, size) : 0;
  if (level > 0) {
    cpu->features = features_of_level(level);
    return 0;
  }
  bool remove = size > 0 && *word == '-', sign = remove || (size > 0 && *word == '+');
  uint64_t feature = bit_of(cpu->machine, word + sign, size - sign);
  if (feature == 0)
    return pi_err_set(err, "EINVAL",
                      "read PIENV_CPU: unknown CPU feature '%.*s' of %s (a level first, as x86-64-v3; then features, "
                      "as avx2 or -bmi2; or none)",
                      (int)(size > 64 ? 64 : size), word, pi_cpu_machine_name(cpu->machine));
  cpu->features = remove ? cpu->features & ~feature : cpu->features | feature;
  return 0;
}

int pi_cpu_detect(pi_cpu *cpu, const char *override, pi_err *err) {
  pi_cpu_native(cpu);
  if (override == NULL || *override == '\0') return 0;
  cpu->features = 0;
  if (strcmp(override, "none") != 0) {
    const char *word = override;
    for (size_t index = 0;; index++) {
      size_t size = strcspn(word, ",");
      if (apply(cpu, word, size, index, err) < 0) return -1;
      if (word[size] == '\0') break;
      word += size + 1;
    }
  }
  if (cpu->machine == PI_CPU_X86_64) cpu->level = level_of(cpu->features);
  return 0;
}

#if defined(__x86_64__)

static uint64_t read_xcr0(void) {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t)high << 32 | low;
}

enum { EAX, EBX, ECX, EDX };

/* The registers of the leaves that hold features; those of a leaf that the processor does not have are zero. */
static void read_leaves(uint32_t leaf1[4], uint32_t leaf7[4], uint32_t leaf7_1[4], uint32_t extended1[4]);

void pi_cpu_native(pi_cpu *cpu) {
  enum { OSXSAVE = 1 << 27 };
  uint32_t leaf1[4] = {0}, leaf7[4] = {0}, leaf7_1[4] = {0}, extended1[4] = {0};
  read_leaves(leaf1, leaf7, leaf7_1, extended1);
  pi_cpu_registers r = {.leaf1_ecx = leaf1[ECX],
                        .leaf1_edx = leaf1[EDX],
                        .leaf7_ebx = leaf7[EBX],
                        .leaf7_ecx = leaf7[ECX],
                        .leaf7_edx = leaf7[EDX],
                        .leaf7_1_eax = leaf7[EAX] >= 1 ? leaf7_1[EAX] : 0,
                        .extended1_ecx = extended1[ECX],
                        .extended1_edx = extended1[EDX]};
  if (leaf1[ECX] & OSXSAVE) r.xcr0 = read_xcr0();
  pi_cpu_from_registers(cpu, &r);
}

#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)

#include <sys/platform/x86.h>

/* The loader has asked already. Under a hypervisor each question costs as much as many system calls. */
static void read_leaves(uint32_t leaf1[4], uint32_t leaf7[4], uint32_t leaf7_1[4], uint32_t extended1[4]) {
  enum { SIZE = 4 * sizeof(uint32_t) };
  memcpy(leaf1, __x86_get_cpuid_feature_leaf(CPUID_INDEX_1)->cpuid_array, SIZE);
  memcpy(leaf7, __x86_get_cpuid_feature_leaf(CPUID_INDEX_7)->cpuid_array, SIZE);
  memcpy(leaf7_1, __x86_get_cpuid_feature_leaf(CPUID_INDEX_7_ECX_1)->cpuid_array, SIZE);
  memcpy(extended1, __x86_get_cpuid_feature_leaf(CPUID_INDEX_80000001)->cpuid_array, SIZE);
}

#else

#include <cpuid.h>

static void read_leaves(uint32_t leaf1[4], uint32_t leaf7[4], uint32_t leaf7_1[4], uint32_t extended1[4]) {
  (void)__get_cpuid(1, &leaf1[EAX], &leaf1[EBX], &leaf1[ECX], &leaf1[EDX]);
  (void)__get_cpuid_count(7, 0, &leaf7[EAX], &leaf7[EBX], &leaf7[ECX], &leaf7[EDX]);
  (void)__get_cpuid_count(7, 1, &leaf7_1[EAX], &leaf7_1[EBX], &leaf7_1[ECX], &leaf7_1[EDX]);
  (void)__get_cpuid(0x80000001, &extended1[EAX], &extended1[EBX], &extended1[ECX], &extended1[EDX]);
}

#endif

#elif defined(__aarch64__) && defined(__linux__)

#include <sys/auxv.h>

void pi_cpu_native(pi_cpu *cpu) { pi_cpu_from_hwcaps(cpu, getauxval(AT_HWCAP), getauxval(AT_HWCAP2)); }

#else

void pi_cpu_native(pi_cpu *cpu) { *cpu = (pi_cpu){.machine = PI_CPU_OTHER}; }

#endif
