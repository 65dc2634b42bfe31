/* Records that are read meanwhile: see records_ahead.h. */
#include "core/records_ahead.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/thread.h"

struct pi_records_ahead {
  pthread_t thread;
  bool started;
  char *path;
  pi_records records;
  pi_fs_bytes bytes;
  pi_fs_stat stat;
  pi_err err;
  int result;
};

static void *read_all(void *argument) {
  pi_records_ahead *a = argument;
  a->result = pi_fs_read_nofollow(&a->bytes, &a->stat, a->path, 0, &a->err);
  if (a->result == 0) a->result = pi_records_open(&a->records, a->bytes.bytes, a->bytes.size, &a->err);
  if (a->result == 0) pi_records_check(&a->records);
  return NULL;
}

int pi_records_ahead_start(pi_records_ahead **ahead, const char *path, pi_err *err) {
  pi_records_ahead *a = calloc(1, sizeof *a);
  if (a != NULL) a->path = strdup(path);
  if (a == NULL || a->path == NULL) {
    free(a);
    return pi_err_os(err, ENOMEM, "read", path);
  }
  (void)pi_sha256_accelerated(); /* found out before several ask at once */
  a->started = pi_thread_start(&a->thread, read_all, a) == 0;
  if (!a->started) (void)read_all(a);
  *ahead = a;
  return 0;
}

static void wait_for(pi_records_ahead *a) {
  if (a->started) (void)pthread_join(a->thread, NULL);
  a->started = false;
}

int pi_records_ahead_take(pi_records_ahead *ahead, pi_records *records, pi_fs_bytes *bytes, pi_fs_stat *stat,
                          pi_err *err) {
  wait_for(ahead);
  int result = ahead->result;
  if (result == 0) {
    *records = ahead->records;
    *bytes = ahead->bytes;
    *stat = ahead->stat;
    ahead->records = (pi_records){0};
    ahead->bytes = (pi_fs_bytes){0};
  } else if (err != NULL) {
    *err = ahead->err;
  }
  pi_records_ahead_release(ahead);
  return result;
}

void pi_records_ahead_release(pi_records_ahead *ahead) {
  if (ahead == NULL) return;
  wait_for(ahead);
  pi_records_release(&ahead->records);
  pi_fs_bytes_release(&ahead->bytes);
  free(ahead->path);
  free(ahead);
}
