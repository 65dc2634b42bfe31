/* The processor: its features, its x86-64 level, and how many cores this process may use.
 *
 * Features come from the instruction CPUID, and from XGETBV for what the operating system must save (AVX and AVX-512
 * registers); on arm64 from the hardware capabilities. Never from /proc/cpuinfo, which shows the machine's features
 * also where an emulator offers fewer. A feature counts only where it can be used.
 *
 * Levels are those of the x86-64 psABI: 1 (x86-64), 2, 3, 4; every feature of the level's list is asked for, since a
 * processor with AVX2 and without BMI2 dies in code built for level 3. 0 on other machines.
 *
 * The environment variable PIENV_CPU puts other features in the place of the detected ones, for tests: a comma
 * separated list whose first item may be a level ("x86-64-v3", with all its features), followed by features to add
 * ("avx512f" or "+avx512f") and to remove ("-bmi2"). "none" is no feature. Unset or empty: detect. */
#ifndef PIENV_CORE_CPU_H
#define PIENV_CORE_CPU_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

typedef enum pi_cpu_machine { PI_CPU_OTHER, PI_CPU_X86_64, PI_CPU_AARCH64 } pi_cpu_machine;

typedef struct pi_cpu {
  pi_cpu_machine machine;
  uint64_t features; /* bit i: the feature pi_cpu_feature(machine, i) */
  int level;         /* 1 to 4; 0 where the machine has no such levels */
} pi_cpu;

/* What this process can use. */
void pi_cpu_native(pi_cpu *cpu);

/* The same with the changes of `override`, a value of PIENV_CPU; NULL or "": none.
 * -1: "read PIENV_CPU: unknown CPU feature 'avx22'", EINVAL. */
int pi_cpu_detect(pi_cpu *cpu, const char *override, pi_err *err);

/* "x86_64", "aarch64", "other". */
const char *pi_cpu_machine_name(pi_cpu_machine machine);

/* Name of feature bit `i`, or NULL past the last. */
const char *pi_cpu_feature(pi_cpu_machine machine, size_t i);

/* Non-zero where the cpu has the feature of that name; an unknown name is a feature that it has not. */
int pi_cpu_has(const pi_cpu *cpu, const char *feature);

/* What CPUID and XGETBV tell, as registers: leaf 1, leaf 7 subleaf 0 and 1, leaf 0x80000001; 0 where the processor
 * has no such leaf. xcr0 is 0 where CPUID.1:ECX.OSXSAVE is clear. */
typedef struct pi_cpu_registers {
  uint32_t leaf1_ecx, leaf1_edx;
  uint32_t leaf7_ebx, leaf7_ecx, leaf7_edx, leaf7_1_eax;
  uint32_t extended1_ecx, extended1_edx;
  uint64_t xcr0;
} pi_cpu_registers;

/* Pure: the x86-64 features and level that registers mean. */
void pi_cpu_from_registers(pi_cpu *cpu, const pi_cpu_registers *r);

/* Pure: the arm64 features that AT_HWCAP and AT_HWCAP2 of Linux mean. */
void pi_cpu_from_hwcaps(pi_cpu *cpu, uint64_t hwcap, uint64_t hwcap2);

/* Cores that this process may use, at least 1: its affinity mask, and the CPU bandwidth of its control groups (both
 * versions) rounded up. */
int pi_cpu_cores(void);

/* Pure but for reading files: the least bandwidth in cores that the control groups of the process set, 0 for none.
 * `groups` is the text of /proc/self/cgroup, `root` the folder where the hierarchies are mounted. */
double pi_cpu_quota(const char *root, const char *groups);

#endif
