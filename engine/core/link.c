/* The ladder of links: see link.h. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/copying.h"
#include "core/io.h"
#include "core/link.h"

/* Each way returns 1: done, 0: passed over, -1: failed. */
typedef int way_function(pi_copying *c, const pi_fs_put *put, pi_link_result *result, pi_err *err);

const char *pi_link_name(pi_link_way way) {
  static const char *const names[] = {"reflink", "hardlink", "copy"};
  return names[way];
}

static pi_link_pass *pass(pi_link_result *result, pi_link_way way, const char *code) {
  pi_link_pass *passed = &result->passed[result->passed_count++];
  passed->way = way;
  (void)snprintf(passed->code, sizeof passed->code, "%s", code);
  return passed;
}

/* Does the error tell of the way, so that another one may do? File systems and sandboxes say it in many words. */
static bool is_of_the_way(int reason) {
  static const int reasons[] = {EOPNOTSUPP, EXDEV, EPERM, EMLINK, EINVAL, ETXTBSY, ENOTTY, ENOSYS, EACCES};
  for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
    if (reasons[i] == reason) return true;
  return false;
}

static int pass_or_fail(const pi_copying *c, pi_link_result *result, pi_link_way way, int reason, pi_err *err) {
  if (!is_of_the_way(reason)) return pi_copying_fail(c, reason, err);
  pi_link_pass *passed = pass(result, way, pi_err_name(reason));
  (void)snprintf(passed->reason, sizeof passed->reason, "%s", pi_err_reason(reason));
  return 0;
}

static int by_reflink(pi_copying *c, const pi_fs_put *put, pi_link_result *result, pi_err *err) {
  if (pi_fs_never_clones(c->in)) return pass_or_fail(c, result, PI_LINK_REFLINK, EOPNOTSUPP, err);
  if (pi_copying_create(c, err) < 0) return -1;
  if (pi_fs_clone_content(c->in, c->out) == 0) return pi_copying_finish(c, put, err) < 0 ? -1 : 1;
  int reason = errno;
  if (pi_copying_discard(c, err) < 0) return -1;
  return pass_or_fail(c, result, PI_LINK_REFLINK, reason, err);
}

/* One file has one mode: a name that shall have another, or that a writer could use, needs a file of its own. */
static bool is_protected(const pi_copying *c, const pi_fs_put *put, pi_link_result *result) {
  unsigned mode = c->source.mode, wanted = put->mode >= 0 ? (unsigned)put->mode : mode & 0777;
  if ((mode & 0222) != 0) {
    pi_link_pass *passed = pass(result, PI_LINK_HARDLINK, "EWRITABLE");
    (void)snprintf(passed->reason, sizeof passed->reason,
                   "the file may be written to (mode %04o), which would change all its names", mode);
    return false;
  }
  if (mode != wanted) {
    pi_link_pass *passed = pass(result, PI_LINK_HARDLINK, "EMODE");
    (void)snprintf(passed->reason, sizeof passed->reason, "the file has mode %04o, not %04o", mode, wanted);
    return false;
  }
  return true;
}

/* Is `to` a name of the file that was looked at? `from` may have been replaced meanwhile. */
static int check_linked(const pi_copying *c, pi_err *err) {
  struct stat st;
  if (lstat(c->to, &st) < 0) return pi_copying_fail(c, errno, err);
  if (st.st_dev == c->source.device && st.st_ino == c->source.inode) return 0;
  (void)unlink(c->to);
  return pi_err_set(err, "ECHANGED", "link %s to %s: the file changed meanwhile", c->from, c->to);
}

static int by_hardlink(pi_copying *c, const pi_fs_put *put, pi_link_result *result, pi_err *err) {
  if (!is_protected(c, put, result)) return 0;
  if (linkat(AT_FDCWD, c->from, AT_FDCWD, c->to, 0) < 0) return pass_or_fail(c, result, PI_LINK_HARDLINK, errno, err);
  if (check_linked(c, err) < 0) return -1;
  if (put->sync && pi_io_sync(c->in) < 0) {
    int reason = errno;
    (void)unlink(c->to);
    return pi_copying_fail(c, reason, err);
  }
  return 1;
}

static int by_copy(pi_copying *c, const pi_fs_put *put, pi_link_result *result, pi_err *err) {
  const char *method;
  (void)result;
  if (pi_copying_create(c, err) < 0) return -1;
  if (pi_fs_copy_content(&method, c->in, c->out, c->from, c->to, err) < 0) return -1;
  return pi_copying_finish(c, put, err) < 0 ? -1 : 1;
}

static int climb(pi_copying *c, pi_link_result *result, const pi_link_plan *plan, pi_err *err) {
  static way_function *const ways[PI_LINK_WAYS] = {by_reflink, by_hardlink, by_copy};
  for (size_t i = 0; i < plan->count; i++) {
    result->how = plan->ways[i];
    int done = ways[result->how](c, &plan->put, result, err);
    if (done != 0) return done < 0 ? -1 : 0;
  }
  const pi_link_pass *last = &result->passed[result->passed_count - 1];
  return pi_err_set(err, last->code, "link %s to %s: %s: %s", c->from, c->to, pi_link_name(last->way), last->reason);
}

int pi_link_put(pi_link_result *result, const char *from, const char *to, const pi_link_plan *plan, pi_err *err) {
  pi_copying c;
  pi_copying_init(&c);
  result->passed_count = 0;
  int done = pi_copying_open(&c, "link", from, to, err);
  if (done == 0) done = climb(&c, result, plan, err);
  pi_copying_release(&c);
  return done;
}
