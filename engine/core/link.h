/* A file under a second name, by the cheapest way that the file system and the file's owner allow:
 *
 *   reflink   a file of its own that shares the blocks until one of the two is written to
 *   hardlink  another name of the same file; only of one that nobody may write to, so that no writer changes all names
 *   copy      a file of its own with blocks of its own
 *
 * The ways are tried in the order that the caller gives; each that is passed over is told with its reason. */
#ifndef PIENV_CORE_LINK_H
#define PIENV_CORE_LINK_H

#include <stddef.h>

#include "core/err.h"
#include "core/fs.h"

typedef enum pi_link_way { PI_LINK_REFLINK, PI_LINK_HARDLINK, PI_LINK_COPY } pi_link_way;

#define PI_LINK_WAYS 3 /* how many there are */

typedef struct pi_link_plan {
  pi_link_way ways[PI_LINK_WAYS]; /* in this order, none twice */
  size_t count;                   /* at least 1 */
  /* mode: of the new name, exactly; -1: that of `from`. sync: the content is on disk at the end. owner: of a file of
   * its own; one that has several names is never given away. */
  pi_fs_put put;
} pi_link_plan;

typedef struct pi_link_pass {
  pi_link_way way;
  char code[PI_ERR_CODE_SIZE]; /* "EOPNOTSUPP", "EXDEV", ...; "EWRITABLE", "EMODE": a hard link would break its promise
                                */
  char reason[160];
} pi_link_pass;

typedef struct pi_link_result {
  pi_link_way how;
  pi_link_pass passed[PI_LINK_WAYS];
  size_t passed_count;
} pi_link_result;

/* "reflink", "hardlink", "copy". */
const char *pi_link_name(pi_link_way way);

/* Makes `to`, which must not exist ("EEXIST"; callers stage and rename), from the regular file `from`, which is never a
 * symbolic link ("ELOOP"). Special bits (setuid ...) are not taken over. What is no matter of the way (a full disk, a
 * missing file, a source that changes meanwhile: "ECHANGED", a signal: "EINTR") fails at once. -1: nothing is left;
 * "link <from> to <to>: <reason>", or "copy ...", with the code of the last way where all were passed over. */
int pi_link_put(pi_link_result *result, const char *from, const char *to, const pi_link_plan *plan, pi_err *err);

#endif
