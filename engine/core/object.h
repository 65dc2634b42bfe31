/* What an ELF file says of itself, read only: sections, program headers, dynamic entries, versions, symbols, notes.
 *
 *   pi_object o = {0};
 *   if (pi_object_read(&o, path, &err) < 0) ...
 *   pi_object_release(&o);                    also after a failure; safe twice
 *
 * 32 and 64 bit, both byte orders. The file is mapped, so that only the pages that are looked at are read; no count and
 * no offset in it is believed before it was checked against the size. What the loader uses (needed libraries, symbols)
 * is found through the program headers, as the loader does, so that a stripped section table hides nothing.
 * A file that shrinks while it is read is an error, not a SIGBUS.
 *
 * Codes of pi_object_read beside those of open and mmap; a message ends with ": N" where N is told:
 *   EFORMAT         not an ELF file
 *   ETRUNCATED      the file ends inside its header, its program headers or a segment; or it shrank
 *   ECLASS          "unsupported ELF class: N" (neither 32 nor 64 bit)
 *   EENDIAN         "unsupported ELF endian marker: N"
 *   EOVERFLOW       "integer exceeds 2^53-1: N" (JSON and its readers cannot hold it; no file is that large)
 *   ESECTABLE       section headers are smaller than they must be
 *   ESECRANGE       section headers extend past the end of the file
 *   ESECNAMEINDEX   the index of the section name table is out of bounds
 *   ESECNAMERANGE   the section name table extends past the end of the file
 *   ESECNAME        a section's name is outside of the name table
 *   EDYNAMIC        dynamic entries, symbols or versions that lead nowhere
 *   ENOTE           notes or properties that do not fit their segment, or segments of notes that overlap again and
 *                   again
 *   EFBIG           names and tables take more than PI_OBJECT_MEMORY */
#ifndef PIENV_CORE_OBJECT_H
#define PIENV_CORE_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

/* The most memory that the description of one file may take. */
#define PI_OBJECT_MEMORY ((size_t)64 << 20)

typedef struct pi_object_section {
  const char *name;
  uint32_t type; /* SHT_... */
  uint64_t size;
} pi_object_section;

typedef struct pi_object_version { /* one version that is needed of one library */
  const char *library;             /* "libc.so.6" */
  const char *name;                /* "GLIBC_2.17" */
  uint16_t index;                  /* of the symbols that need it */
} pi_object_version;

typedef struct pi_object_symbol {
  const char *name;
  const char *version; /* undefined: the needed version's name, or NULL */
  bool undefined, weak;
} pi_object_symbol;

typedef struct pi_object_list { /* growing array; private to object*.c but for reading */
  void *items;
  size_t count, room;
} pi_object_list;

typedef struct pi_object {
  int bits; /* 32 or 64 */
  bool big_endian;
  uint8_t osabi;
  uint16_t machine, type; /* EM_..., ET_... */

  bool section_table;      /* is there one? With no entries in it that is stranger than none. */
  pi_object_list sections; /* pi_object_section, in file order, the empty one at 0 included */

  const char *interpreter; /* or NULL */
  bool exec_stack;         /* does the GNU_STACK header, or its absence, ask for an executable stack? */
  uint64_t tls_size;

  bool dynamic;                         /* is there a dynamic segment? */
  const char *soname, *rpath, *runpath; /* or NULL */
  pi_object_list needed;                /* const char *, in file order */
  pi_object_list versions;              /* pi_object_version, in file order */
  pi_object_list symbols;               /* pi_object_symbol: what the file exports and what it lacks, by name, sorted */
  bool static_tls, textrel, bind_now, nodelete, pie;

  int isa_needed, isa_used; /* GNU properties as glibc's loader reads them: 1 to 4 for x86-64-v1 to v4; 0: not told */
  const unsigned char *build_id;
  size_t build_id_size;

  struct pi_object_block *memory; /* owns everything above */
  size_t used;
} pi_object;

int pi_object_read(pi_object *o, const char *path, pi_err *err);

/* The same for bytes in memory, which must not change; `path` is for messages. For tests and fuzzing. */
int pi_object_parse(pi_object *o, const void *bytes, size_t size, const char *path, pi_err *err);

void pi_object_release(pi_object *o);

/* "x86_64", "dyn", "progbits"; NULL for a number that has no name here. */
const char *pi_object_machine_name(uint16_t machine);
const char *pi_object_type_name(uint16_t type);
const char *pi_object_section_type_name(uint32_t type);

#endif
