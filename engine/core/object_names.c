/* Names of ELF numbers: the words that recipes and messages use. */
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

const char *pi_object_machine_name(uint16_t machine) {
  static const named names[] = {{2, "sparc"},   {3, "x86"},   {8, "mips"},        {20, "ppc"},    {21, "ppc64"},
                                {22, "s390"},   {40, "arm"},  {43, "sparcv9"},    {62, "x86_64"}, {183, "aarch64"},
                                {243, "riscv"}, {247, "bpf"}, {258, "loongarch"}, {0, NULL}};
  return name_of(names, machine);
}

const char *pi_object_type_name(uint16_t type) {
  static const named names[] = {{1, "rel"}, {2, "exec"}, {3, "dyn"}, {4, "core"}, {0, NULL}};
  return name_of(names, type);
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
