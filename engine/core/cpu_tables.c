/* CPU features: see cpu_tables.h. Sources: Intel SDM vol. 2A, CPUID; AMD APM vol. 3, appendix E; x86-64 psABI 1.0,
 * table 3.1; Linux arch/arm64/include/uapi/asm/hwcap.h (the numbers are ABI).
 * Of level 1 only what a process can ask for is listed; osfxsr is the operating system's and taken for granted. */
#include "core/cpu_tables.h"

#include "core/cpu.h"

/* XCR0: SSE and AVX state; and for AVX-512 the mask registers, the upper halves and the upper sixteen. */
enum { AVX = 0x6, AVX512 = 0xE6 };

#define C1 offsetof(pi_cpu_registers, leaf1_ecx)
#define D1 offsetof(pi_cpu_registers, leaf1_edx)
#define B7 offsetof(pi_cpu_registers, leaf7_ebx)
#define C7 offsetof(pi_cpu_registers, leaf7_ecx)
#define A71 offsetof(pi_cpu_registers, leaf7_1_eax)
#define CX offsetof(pi_cpu_registers, extended1_ecx)
#define DX offsetof(pi_cpu_registers, extended1_edx)

const pi_cpu_x86_feature pi_cpu_x86_features[] = {
    {"fpu", D1, 0, 0, 1},
    {"cx8", D1, 0, 8, 1},
    {"cmov", D1, 0, 15, 1},
    {"mmx", D1, 0, 23, 1},
    {"fxsr", D1, 0, 24, 1},
    {"sse", D1, 0, 25, 1},
    {"sse2", D1, 0, 26, 1},
    {"syscall", DX, 0, 11, 1},
    {"sse3", C1, 0, 0, 2},
    {"ssse3", C1, 0, 9, 2},
    {"cx16", C1, 0, 13, 2},
    {"sse4.1", C1, 0, 19, 2},
    {"sse4.2", C1, 0, 20, 2},
    {"popcnt", C1, 0, 23, 2},
    {"lahf_lm", CX, 0, 0, 2},
    {"avx", C1, AVX, 28, 3},
    {"avx2", B7, AVX, 5, 3},
    {"bmi1", B7, 0, 3, 3},
    {"bmi2", B7, 0, 8, 3},
    {"f16c", C1, AVX, 29, 3},
    {"fma", C1, AVX, 12, 3},
    {"lzcnt", CX, 0, 5, 3},
    {"movbe", C1, 0, 22, 3},
    {"osxsave", C1, 0, 27, 3},
    {"avx512f", B7, AVX512, 16, 4},
    {"avx512bw", B7, AVX512, 30, 4},
    {"avx512cd", B7, AVX512, 28, 4},
    {"avx512dq", B7, AVX512, 17, 4},
    {"avx512vl", B7, AVX512, 31, 4},
    {"adx", B7, 0, 19, 0},
    {"aes", C1, 0, 25, 0},
    {"avx512vbmi", C7, AVX512, 1, 0},
    {"avx512vbmi2", C7, AVX512, 6, 0},
    {"avx512vnni", C7, AVX512, 11, 0},
    {"avx512ifma", B7, AVX512, 21, 0},
    {"avxvnni", A71, AVX, 4, 0},
    {"clflushopt", B7, 0, 23, 0},
    {"erms", B7, 0, 9, 0},
    {"gfni", C7, 0, 8, 0},
    {"pclmul", C1, 0, 1, 0},
    {"rdrand", C1, 0, 30, 0},
    {"rdseed", B7, 0, 18, 0},
    {"sha", B7, 0, 29, 0},
    {"vaes", C7, AVX, 9, 0},
    {"vpclmulqdq", C7, AVX, 10, 0},
};
const size_t pi_cpu_x86_count = sizeof pi_cpu_x86_features / sizeof pi_cpu_x86_features[0];

const pi_cpu_arm_feature pi_cpu_arm_features[] = {
    {"fp", 1, 0},        {"asimd", 1, 1},   {"aes", 1, 3},    {"pmull", 1, 4},    {"sha1", 1, 5},      {"sha2", 1, 6},
    {"crc32", 1, 7},     {"atomics", 1, 8}, {"fphp", 1, 9},   {"asimdhp", 1, 10}, {"asimdrdm", 1, 12}, {"jscvt", 1, 13},
    {"fcma", 1, 14},     {"lrcpc", 1, 15},  {"sha3", 1, 17},  {"sha512", 1, 21},  {"asimddp", 1, 20},  {"sve", 1, 22},
    {"asimdfhm", 1, 23}, {"dit", 1, 24},    {"uscat", 1, 25}, {"ilrcpc", 1, 26},  {"flagm", 1, 27},    {"ssbs", 1, 28},
    {"sve2", 2, 1},      {"i8mm", 2, 13},   {"bf16", 2, 14},
};
const size_t pi_cpu_arm_count = sizeof pi_cpu_arm_features / sizeof pi_cpu_arm_features[0];

_Static_assert(sizeof pi_cpu_x86_features / sizeof pi_cpu_x86_features[0] <= 64, "a bit for each");
_Static_assert(sizeof pi_cpu_arm_features / sizeof pi_cpu_arm_features[0] <= 64, "a bit for each");
