/* Which conversions git would do on a file's content, and the one that is done here: the ends of lines. Not for others.
 * See gitattributes(5); what is a text, and what is not converted although it is one, is git's rule to the byte. */
#ifndef PIENV_CORE_GITTREE_EOL_H
#define PIENV_CORE_GITTREE_EOL_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

struct pi_gittree_settings;

typedef enum pi_gittree_eol {
  PI_GITTREE_EOL_NONE, /* the bytes are as they are */
  PI_GITTREE_EOL_TEXT, /* it is text: CR LF becomes LF */
  PI_GITTREE_EOL_GUESS /* the same if it looks like text, and was not committed with CR LF */
} pi_gittree_eol;

typedef struct pi_gittree_rules {
  pi_gittree_eol eol;
  bool ident;    /* "$Id:" would be replaced */
  bool filtered; /* by a program, or into another encoding */
} pi_gittree_rules;

/* The rules of the file `path` by the attributes and settings of its repository. */
int pi_gittree_rules_read(pi_gittree_rules *rules, const struct pi_gittree_settings *settings, const char *path,
                          pi_err *err);

/* Has this content CR LF, and is it text where that is to be guessed? */
bool pi_gittree_eol_converts(pi_gittree_eol eol, const char *text, size_t size);

/* Makes LF of each CR LF, in place; returns the new size. */
size_t pi_gittree_eol_convert(char *text, size_t size);

/* Is it text with CR LF? */
bool pi_gittree_eol_is_crlf_text(const char *text, size_t size);

#endif
