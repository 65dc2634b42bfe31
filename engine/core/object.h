/* What an object file says of itself, read only: ELF (sections, program headers, dynamic entries, versions, symbols,
 * notes), Mach-O (load commands, export trie, symbols, code signature; thin or fat) and PE (sections, exports, imports,
 * delay imports).
 *
 *   pi_object o = {0};
 *   if (pi_object_read(&o, path, &err) < 0) ...
 *   pi_object_release(&o);                    also after a failure; safe twice
 *
 * 32 and 64 bit, both byte orders. The file is mapped, so that only the pages that are looked at are read; no count and
 * no offset in it is believed before it was checked against the size. What the loader uses (needed libraries, symbols)
 * is found as the loader finds it: in ELF through the program headers, so that a stripped section table hides nothing.
 * A file that shrinks while it is read is an error, not a SIGBUS.
 *
 * Codes of pi_object_read beside those of open and mmap; a message ends with ": N" where N is told:
 *   EFORMAT         not an ELF, Mach-O or PE file
 *   ETRUNCATED      the file ends inside its header, its program headers, a segment or a slice; or it shrank
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
 *   EMACHO          load commands, slices, symbols, exports or a signature that lead nowhere
 *   EPE             headers, sections, exports or imports that lead nowhere
 *   EFBIG           names and tables take more than PI_OBJECT_MEMORY */
#ifndef PIENV_CORE_OBJECT_H
#define PIENV_CORE_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

/* The most memory that the description of one file may take. */
#define PI_OBJECT_MEMORY ((size_t)64 << 20)

typedef enum pi_object_format { PI_OBJECT_ELF, PI_OBJECT_MACHO, PI_OBJECT_PE } pi_object_format;

typedef struct pi_object_section {
  const char *name; /* Mach-O: "__TEXT,__text" */
  uint32_t type;    /* SHT_...; of Mach-O and PE SHT_PROGBITS or, without bytes in the file, SHT_NOBITS */
  uint64_t size;
} pi_object_section;

typedef struct pi_object_version { /* one version that is needed of one library */
  const char *library;             /* "libc.so.6" */
  const char *name;                /* "GLIBC_2.17" */
  uint16_t index;                  /* of the symbols that need it */
} pi_object_version;

typedef struct pi_object_library {
  const char *name;
  bool weak;  /* Mach-O: may be missing when the file is loaded */
  bool delay; /* PE: loaded when one of its functions is first called */
} pi_object_library;

typedef struct pi_object_symbol {
  const char *name;    /* Mach-O: without the "_" that C names begin with; PE: "#12" for an import by number */
  const char *version; /* ELF, undefined: the needed version's name, or NULL */
  uint32_t library;    /* Mach-O and PE, undefined: its library in `needed`, counted from 1; 0: not told */
  bool undefined, weak;
} pi_object_symbol;

typedef struct pi_object_list { /* growing array; private to object*.c but for reading */
  void *items;
  size_t count, room;
} pi_object_list;

typedef struct pi_object_signature { /* Mach-O */
  uint32_t flags;                    /* of the code directory: 0x2 ad-hoc, 0x20000 made by the linker */
  uint64_t size;                     /* bytes; 0: there is no signature */
  const char *identifier;            /* or NULL */
  bool identity;                     /* does it hold a certificate's signature? */
} pi_object_signature;

typedef struct pi_object {
  pi_object_format format;
  int bits; /* 32 or 64 */
  bool big_endian;
  uint8_t osabi;
  uint32_t machine, subtype; /* EM_..., the Mach-O CPU type and subtype, IMAGE_FILE_MACHINE_... */
  uint16_t type;             /* ET_..., the Mach-O file type; the characteristics of a PE image */

  bool section_table;      /* is there one? With no entries in it that is stranger than none. */
  pi_object_list sections; /* pi_object_section, in file order, the empty one at 0 included */

  const char *interpreter; /* or NULL */
  bool exec_stack;         /* does the GNU_STACK header, or its absence, ask for an executable stack? */
  uint64_t tls_size;

  bool dynamic;                         /* is there a dynamic segment? */
  const char *soname, *rpath, *runpath; /* or NULL */
  pi_object_list needed;                /* pi_object_library, in file order */
  pi_object_list versions;              /* pi_object_version, in file order */
  pi_object_list symbols;               /* pi_object_symbol: what the file exports and what it lacks, by name, sorted */
  bool static_tls, textrel, bind_now, nodelete, pie;

  int isa_needed, isa_used; /* GNU properties as glibc's loader reads them: 1 to 4 for x86-64-v1 to v4; 0: not told */
  const unsigned char *build_id; /* Mach-O: LC_UUID */
  size_t build_id_size;
  uint32_t android; /* the lowest Android API level that the Android note tells; 0: no note */

  uint32_t platform, os_minimum, sdk; /* Mach-O: PLATFORM_..., versions as 16.8.8 bits; platform 0: not told */
  pi_object_list run_paths;           /* const char *, LC_RPATH in file order */
  bool strings_misaligned;            /* Mach-O: does the string pool start where new loaders refuse it? */
  pi_object_signature signature;
  pi_object_list slices; /* pi_object_slice: what a fat Mach-O file holds; such a file says nothing else itself */

  struct pi_object_block *memory; /* owns everything above */
  size_t used;
} pi_object;

typedef struct pi_object_slice {
  uint64_t offset, size; /* bytes, checked against the file */
  uint32_t align;        /* exponent of 2 */
  pi_object object;      /* its memory is that of the whole */
} pi_object_slice;

int pi_object_read(pi_object *o, const char *path, pi_err *err);

/* The same for bytes in memory, which must not change; `path` is for messages. For tests and fuzzing. */
int pi_object_parse(pi_object *o, const void *bytes, size_t size, const char *path, pi_err *err);

void pi_object_release(pi_object *o);

/* "x86_64", "aarch64" in every format; "dyn" (ELF), "dylib", "bundle" (Mach-O), "dll" (PE); "progbits"; "macos".
 * NULL for a number that has no name here. */
const char *pi_object_machine_name(const pi_object *o);
const char *pi_object_type_name(const pi_object *o);
const char *pi_object_section_type_name(uint32_t type);
const char *pi_object_platform_name(uint32_t platform);

#endif
