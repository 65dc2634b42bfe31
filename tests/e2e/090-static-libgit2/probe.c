/* probe                start libgit2, print the microseconds that took
 * probe FOLDER SPEC    start libgit2, print the id of the object, as "HEAD:path"
 * The exit code is 0 only if libgit2 started and found what was asked for. */
#include <git2.h>
#include <stdio.h>
#include <time.h>

static long microseconds(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}

static int look_up(const char *folder, const char *spec) {
  git_repository *repository = NULL;
  git_object *object = NULL;
  char id[GIT_OID_HEXSZ + 1];
  int result = git_repository_open(&repository, folder);
  if (result == 0) result = git_revparse_single(&object, repository, spec);
  if (result == 0)
    (void)puts(git_oid_tostr(id, sizeof id, git_object_id(object)));
  else
    (void)fprintf(stderr, "%s\n", git_error_last()->message);
  git_object_free(object);
  git_repository_free(repository);
  return result == 0 ? 0 : 1;
}

int main(int argc, char **argv) {
  long start = microseconds();
  if (git_libgit2_init() < 1) return 2;
  if (argc == 1) (void)printf("%ld\n", microseconds() - start);
  /* The usual reader is an orchestrator in other users' work trees; it only reads objects. */
  (void)git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
  int status = argc == 3 ? look_up(argv[1], argv[2]) : 0;
  (void)git_libgit2_shutdown();
  return status;
}
