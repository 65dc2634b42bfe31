/* Where each CPU feature is told; private to cpu.c and its test. At most 64 features a machine. */
#ifndef PIENV_CORE_CPU_TABLES_H
#define PIENV_CORE_CPU_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct pi_cpu_x86_feature {
  const char *name; /* as GCC's -m options and the psABI call it */
  size_t offset;    /* of the register in pi_cpu_registers */
  uint64_t state;   /* bits of XCR0 that must be set: the registers that the operating system saves */
  unsigned bit;     /* in the register */
  int level;        /* of the psABI's list that holds it; 0: of none */
} pi_cpu_x86_feature;

typedef struct pi_cpu_arm_feature {
  const char *name; /* as /proc/cpuinfo calls it */
  int word;         /* 1: AT_HWCAP, 2: AT_HWCAP2 */
  unsigned bit;
} pi_cpu_arm_feature;

extern const pi_cpu_x86_feature pi_cpu_x86_features[];
extern const size_t pi_cpu_x86_count;
extern const pi_cpu_arm_feature pi_cpu_arm_features[];
extern const size_t pi_cpu_arm_count;

#endif
