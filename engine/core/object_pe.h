/* What the two files of the PE reader share. */
#ifndef PIENV_CORE_OBJECT_PE_H
#define PIENV_CORE_OBJECT_PE_H

#include "core/object_reader.h"

typedef struct object_pe {
  uint64_t sections, section_count; /* where the section table stands, and its entries */
  uint64_t directories, directory_count;
  uint64_t headers_size;
  uint64_t base;    /* the address that old delay imports count from */
  uint64_t strings; /* the COFF string table; 0: there is none */
} object_pe;

/* The place in the file of a relative virtual address, and the bytes from there to the end of its section; size 0: it
 * is in none. */
object_range object_pe_at(const object_reader *r, const object_pe *pe, uint64_t address);

/* Tables at an address; 0: there is none. */
int object_read_pe_exports(const object_reader *r, const object_pe *pe, uint64_t address);
int object_read_pe_imports(const object_reader *r, const object_pe *pe, uint64_t address);
int object_read_pe_delay_imports(const object_reader *r, const object_pe *pe, uint64_t address);

#endif
