/* Copies in the making: see copying.h. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/copying.h"
#include "core/io.h"

void pi_copying_init(pi_copying *c) { *c = (pi_copying){.in = -1, .out = -1, .verb = "", .from = "", .to = ""}; }

int pi_copying_fail(const pi_copying *c, int reason, pi_err *err) {
  if (reason == ELOOP) return pi_err_set(err, "ELOOP", "%s %s to %s: is a symbolic link", c->verb, c->from, c->to);
  return pi_err_os_pair(err, reason, c->verb, c->from, c->to);
}

int pi_copying_open(pi_copying *c, const char *verb, const char *from, const char *to, pi_err *err) {
  struct stat st;
  c->verb = verb;
  c->from = from;
  c->to = to;
  c->in = pi_io_open(AT_FDCWD, from, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0); /* a pipe must not hold us up */
  if (c->in < 0) return pi_copying_fail(c, errno, err);
  if (fstat(c->in, &st) < 0) return pi_copying_fail(c, errno, err);
  pi_fs_stat_from(&c->source, &st);
  if (S_ISDIR(st.st_mode)) return pi_copying_fail(c, EISDIR, err);
  if (!S_ISREG(st.st_mode)) return pi_err_set(err, "EINVAL", "%s %s to %s: not a regular file", verb, from, to);
  return 0;
}

int pi_copying_create(pi_copying *c, pi_err *err) {
  c->out = pi_io_open(AT_FDCWD, c->to, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
  if (c->out < 0) return pi_copying_fail(c, errno, err);
  c->created = true;
  return 0;
}

/* Not by its change of status: somebody may give it another name meanwhile, as links do. */
static int check_unchanged(const pi_copying *c, pi_err *err) {
  struct stat in, out;
  pi_fs_stat now;
  if (fstat(c->in, &in) < 0 || fstat(c->out, &out) < 0) return pi_copying_fail(c, errno, err);
  pi_fs_stat_from(&now, &in);
  bool same = now.size == c->source.size && now.mtime_ns == c->source.mtime_ns && in.st_size == out.st_size;
  if (same) return 0;
  return pi_err_set(err, "ECHANGED", "%s %s to %s: the file changed meanwhile", c->verb, c->from, c->to);
}

int pi_copying_finish(pi_copying *c, const pi_fs_put *put, pi_err *err) {
  mode_t mode = put->mode >= 0 ? (mode_t)put->mode : (mode_t)(c->source.mode & 0777);
  if (check_unchanged(c, err) < 0) return -1;
  if (pi_fs_give(c->out, put->owner) < 0 || fchmod(c->out, mode) < 0) return pi_copying_fail(c, errno, err);
  if (put->sync && pi_io_sync(c->out) < 0) return pi_copying_fail(c, errno, err);
  c->created = false;
  return 0;
}

int pi_copying_discard(pi_copying *c, pi_err *err) {
  bool removed = !c->created || unlink(c->to) == 0;
  c->created = false;
  pi_io_close(&c->out);
  return removed ? 0 : pi_copying_fail(c, errno, err);
}

void pi_copying_release(pi_copying *c) {
  (void)pi_copying_discard(c, NULL);
  pi_io_close(&c->in);
}
