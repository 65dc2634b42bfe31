/* Folders: see fs.h; removing them is in fs_remove.c. */
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/io.h"

static bool is_dots(const char *name) { return strcmp(name, ".") == 0 || strcmp(name, "..") == 0; }

int pi_fs_list(pi_names *out, const char *path, pi_err *err) {
  int result = 0;
  DIR *dir = pi_io_opendir(path);
  if (dir == NULL) return pi_err_os(err, errno, "list", path);
  for (struct dirent *entry; result == 0 && (errno = 0, entry = readdir(dir)) != NULL;)
    if (!is_dots(entry->d_name)) result = pi_names_add(out, entry->d_name, err);
  if (result == 0 && errno != 0) result = pi_err_os(err, errno, "list", path);
  (void)closedir(dir);
  pi_names_sort(out);
  return result;
}

/* One folder, which is added to `created` unless it was there. */
static int make_folder(pi_names *created, const char *path, int mode, pi_err *err) {
  struct stat st;
  if (mkdir(path, mode >= 0 ? (mode_t)mode : 0777) < 0) {
    int reason = errno;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) return 0;
    return pi_err_os(err, reason, "create folder", path);
  }
  if (pi_names_add(created, path, err) < 0) {
    (void)rmdir(path);
    return -1;
  }
  if (mode >= 0 && chmod(path, (mode_t)mode) < 0) return pi_err_os(err, errno, "create folder", path);
  return 0;
}

/* Every folder on the way, by cutting `path` at each slash in turn. */
static int make_folders(pi_names *created, char *path, int mode, pi_err *err) {
  for (char *p = path + strspn(path, "/"); *p != '\0';) {
    p += strcspn(p, "/");
    char cut = *p;
    *p = '\0';
    if (make_folder(created, path, mode, err) < 0) return -1;
    *p = cut;
    p += strspn(p, "/");
  }
  return 0;
}

int pi_fs_mkdirs(pi_names *created, const char *path, int mode, pi_err *err) {
  size_t before = created->count;
  char *copy = strdup(path);
  if (copy == NULL) return pi_err_os(err, ENOMEM, "create folder", path);
  int result = make_folders(created, copy, mode, err);
  free(copy);
  while (result < 0 && created->count > before) {
    char *last = created->items[--created->count];
    (void)rmdir(last);
    free(last);
  }
  return result;
}

int pi_fs_mkdtemp(char **out, const char *parent, const char *prefix, pi_err *err) {
  size_t size = strlen(parent) + strlen(prefix) + sizeof "/-XXXXXX";
  char *path = malloc(size);
  *out = NULL;
  if (path == NULL) return pi_err_os(err, ENOMEM, "create folder in", parent);
  (void)snprintf(path, size, "%s/%s-XXXXXX", parent, prefix);
  if (mkdtemp(path) == NULL) {
    int reason = errno;
    free(path);
    return pi_err_os(err, reason, "create folder in", parent);
  }
  *out = path;
  return 0;
}
