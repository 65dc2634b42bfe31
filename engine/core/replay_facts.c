/* See replay_facts.h. */
#include "core/replay_facts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void pi_replay_facts_put(char out[PI_REPLAY_FACTS], const pi_fs_stat *stat) {
  char text[2 * PI_REPLAY_FACTS];
  int size = snprintf(text, sizeof text, "%020" PRIu64 " %020" PRIu64 " %020" PRIu64 " %020" PRId64 " %08o %010u",
                      stat->device, stat->inode, stat->size, stat->mtime_ns, stat->mode, stat->uid);
  memset(out, '?', PI_REPLAY_FACTS); /* of a file that has no such facts: they are never found again */
  if (size == PI_REPLAY_FACTS) memcpy(out, text, PI_REPLAY_FACTS);
}

bool pi_replay_facts_are(const char *text, const pi_fs_stat *stat) {
  char now[PI_REPLAY_FACTS];
  if (strcmp(stat->type, "file") != 0) return false;
  pi_replay_facts_put(now, stat);
  return memcmp(text, now, sizeof now) == 0 && text[0] != '?';
}

char *pi_replay_facts_take(char **line) {
  char *facts = *line;
  if (strnlen(facts, PI_REPLAY_FACTS + 1) <= PI_REPLAY_FACTS || facts[PI_REPLAY_FACTS] != ' ') return NULL;
  *line = facts + PI_REPLAY_FACTS + 1;
  return facts;
}
