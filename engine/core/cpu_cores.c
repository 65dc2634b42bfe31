/* How many cores this process may use: see cpu.h. */
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cpu.h"
#include "core/io.h"

/* The processors that the scheduler may put this process on; 0 where it cannot be asked. */
static int affinity(void);

/* Reads a small file as text; -1 when there is none. */
static int read_small(const char *path, char *text, size_t size) {
  int fd = pi_io_open(AT_FDCWD, path, O_RDONLY, 0);
  if (fd < 0) return -1;
  ssize_t n = read(fd, text, size - 1);
  (void)close(fd);
  text[n > 0 ? n : 0] = '\0';
  return n > 0 ? 0 : -1;
}

/* quota / period, or 0 for "no limit", which version 2 writes as "max" and version 1 as -1. */
static double ratio(const char *quota_text, const char *period_text) {
  double quota = strtod(quota_text, NULL), period = strtod(period_text, NULL);
  return quota > 0 && period > 0 ? quota / period : 0;
}

/* The bandwidth that one group sets. `folder` is the group's. */
static double quota_of(const char *folder) {
  char path[PATH_MAX], quota[64], period[64];
  (void)snprintf(path, sizeof path, "%s/cpu.max", folder);
  if (read_small(path, quota, sizeof quota) == 0) {
    const char *space = strchr(quota, ' ');
    return space != NULL ? ratio(quota, space) : 0;
  }
  (void)snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", folder);
  if (read_small(path, quota, sizeof quota) < 0) return 0;
  (void)snprintf(path, sizeof path, "%s/cpu.cfs_period_us", folder);
  return read_small(path, period, sizeof period) == 0 ? ratio(quota, period) : 0;
}

static double least(double a, double b) { return a == 0 || (b != 0 && b < a) ? b : a; }

/* The least of a group and of all groups above it. In a container the upper ones cannot be seen, and the group's own
 * path is often only right outside: the root is then the container's group. */
static double quota_upward(const char *mount, const char *group, size_t size) {
  char folder[PATH_MAX];
  double quota = 0;
  int length = snprintf(folder, sizeof folder, "%s%.*s", mount, (int)size, group);
  if (length < 0 || (size_t)length >= sizeof folder) return 0;
  for (;;) {
    quota = least(quota, quota_of(folder));
    char *slash = strrchr(folder, '/');
    if (slash == NULL || slash < folder + strlen(mount)) return quota;
    *slash = '\0';
  }
}

/* Does the comma separated list of controllers hold "cpu"? */
static int lists_cpu(const char *list, const char *end) {
  while (list < end) {
    size_t size = strcspn(list, ",:");
    if (size == 3 && memcmp(list, "cpu", 3) == 0) return 1;
    list += size + 1;
  }
  return 0;
}

double pi_cpu_quota(const char *root, const char *groups) {
  char mount[PATH_MAX];
  double quota = 0;
  for (const char *line = groups; *line != '\0';) { /* "0::/path" or "1:cpu,cpuacct:/path" */
    size_t size = strcspn(line, "\n");
    const char *end = line + size, *list = memchr(line, ':', size);
    const char *group = list != NULL ? memchr(list + 1, ':', (size_t)(end - list - 1)) : NULL;
    int unified = list != NULL && group == list + 1;
    if (group != NULL && (unified || lists_cpu(list + 1, group))) {
      (void)snprintf(mount, sizeof mount, unified ? "%s" : "%s/cpu", root);
      quota = least(quota, quota_upward(mount, group + 1, (size_t)(end - group - 1)));
    }
    line = *end == '\n' ? end + 1 : end;
  }
  return quota;
}

int pi_cpu_cores(void) {
  char groups[8192];
  int cores = affinity();
  double quota =
      read_small("/proc/self/cgroup", groups, sizeof groups) == 0 ? pi_cpu_quota("/sys/fs/cgroup", groups) : 0;
  if (cores <= 0) cores = (int)sysconf(_SC_NPROCESSORS_ONLN);
  if (quota > 0 && ceil(quota) < cores) cores = (int)ceil(quota);
  return cores > 0 ? cores : 1;
}

#if defined(__linux__)

static int affinity(void) {
  for (size_t most = 1024; most <= 1u << 20; most *= 4) { /* the kernel refuses a mask smaller than its own */
    cpu_set_t *set = CPU_ALLOC(most);
    if (set == NULL) return 0;
    int count = sched_getaffinity(0, CPU_ALLOC_SIZE(most), set) == 0 ? CPU_COUNT_S(CPU_ALLOC_SIZE(most), set) : -1;
    CPU_FREE(set);
    if (count > 0) return count;
    if (errno != EINVAL) return 0;
  }
  return 0;
}

#else

static int affinity(void) { return 0; }

#endif
