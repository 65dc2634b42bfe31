/* Names of numbers in object files: the words that recipes and messages use. */
#include <stddef.h>

#include "core/object.h"

typedef struct named {
  uint32_t number;
  const char *name;
} named;

static const char *name_of(const named *names, uint32_t number) {
  for (; names->name != NULL; names++)
    if (names->number == number) return names->name;
  return NULL;
}

static const char *elf_machine(uint32_t machine) {
  static const named names[] = {{2, "sparc"},   {3, "x86"},   {8, "mips"},        {20, "ppc"},    {21, "ppc64"},
                                {22, "s390"},   {40, "arm"},  {43, "sparcv9"},    {62, "x86_64"}, {183, "aarch64"},
                                {243, "riscv"}, {247, "bpf"}, {258, "loongarch"}, {0, NULL}};
  return name_of(names, machine);
}

/* A subtype with a name of its own needs more than the plain machine has: pointer authentication, Haswell. */
static const char *macho_machine(uint32_t machine, uint32_t subtype) {
  enum { X86_64 = 0x01000007, ARM64 = 0x0100000C, SUBTYPE_HASWELL = 8, SUBTYPE_ARM64E = 2 };
  static const named names[] = {{7, "x86"},
                                {X86_64, "x86_64"},
                                {12, "arm"},
                                {ARM64, "aarch64"},
                                {18, "ppc"},
                                {0x01000012, "ppc64"},
                                {0x0200000C, "arm64_32"},
                                {0, NULL}};
  if (machine == ARM64 && subtype == SUBTYPE_ARM64E) return "arm64e";
  if (machine == X86_64 && subtype == SUBTYPE_HASWELL) return "x86_64h";
  return name_of(names, machine);
}

static const char *pe_machine(uint32_t machine) {
  static const named names[] = {{0x14C, "x86"},      {0x8664, "x86_64"}, {0xAA64, "aarch64"},
                                {0xA641, "arm64ec"}, {0x1C4, "arm"},     {0, NULL}};
  return name_of(names, machine);
}

const char *pi_object_machine_name(const pi_object *o) {
  if (o->format == PI_OBJECT_MACHO) return macho_machine(o->machine, o->subtype);
  return o->format == PI_OBJECT_PE ? pe_machine(o->machine) : elf_machine(o->machine);
}

const char *pi_object_type_name(const pi_object *o) {
  enum { IMAGE_FILE_DLL = 0x2000 };
  static const named elf[] = {{1, "rel"}, {2, "exec"}, {3, "dyn"}, {4, "core"}, {0, NULL}};
  static const named macho[] = {{1, "object"}, {2, "execute"}, {6, "dylib"}, {7, "dylinker"},
                                {8, "bundle"}, {10, "dsym"},   {11, "kext"}, {0, NULL}};
  if (o->format == PI_OBJECT_PE) return o->type & IMAGE_FILE_DLL ? "dll" : "exe";
  return name_of(o->format == PI_OBJECT_MACHO ? macho : elf, o->type);
}

const char *pi_object_platform_name(uint32_t platform) {
  static const named names[] = {{1, "macos"},        {2, "ios"},
                                {3, "tvos"},         {4, "watchos"},
                                {5, "bridgeos"},     {6, "maccatalyst"},
                                {7, "iossimulator"}, {8, "tvossimulator"},
                                {10, "driverkit"},   {9, "watchossimulator"},
                                {11, "visionos"},    {0, NULL}};
  return name_of(names, platform);
}

const char *pi_object_section_type_name(uint32_t type) {
  static const named names[] = {{0, "null"},
                                {1, "progbits"},
                                {2, "symtab"},
                                {3, "strtab"},
                                {4, "rela"},
                                {5, "hash"},
                                {6, "dynamic"},
                                {7, "note"},
                                {8, "nobits"},
                                {9, "rel"},
                                {11, "dynsym"},
                                {14, "init_array"},
                                {15, "fini_array"},
                                {16, "preinit_array"},
                                {17, "group"},
                                {18, "symtab_shndx"},
                                {19, "relr"},
                                {0x6FFFFFF5, "gnu_attributes"},
                                {0x6FFFFFF6, "gnu_hash"},
                                {0x6FFFFFFD, "gnu_verdef"},
                                {0x6FFFFFFE, "gnu_verneed"},
                                {0x6FFFFFFF, "gnu_versym"},
                                {0, NULL}};
  return name_of(names, type);
}
