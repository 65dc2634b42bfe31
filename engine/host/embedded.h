/* The stock files that cmake/embed.c writes into embedded.c; empty in a development build. */
#ifndef PIENV_HOST_EMBEDDED_H
#define PIENV_HOST_EMBEDDED_H

#include <stddef.h>

typedef struct pi_embedded_file {
  const char *name; /* relative to the source tree: "lua/pienv/init.lua" */
  const unsigned char *text;
  size_t text_size;
  const unsigned char *code; /* the chunk that this build's Lua compiled from it, with line numbers; empty: no Lua */
  size_t code_size;
  const unsigned char *bare; /* the same without lines and names, for short ways; size 0: there is none */
  size_t bare_size;
} pi_embedded_file;

extern const pi_embedded_file pi_embedded_files[]; /* sorted by name, ended by a row of zeros */
extern const size_t pi_embedded_count;

#endif
