/* The functions of libm, fetched when the first of them is called. Mapping and relocating libm is a tenth of what a
 * cache hit costs, and no hit computes a sine. The functions themselves are libm's (docs/adr/0018-hit-speed.md).
 *
 * Linked into the executable alone, whose own names these are; nothing else sees them. */
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void (*find(const char *name))(void) {
  union {
    void *object;
    void (*function)(void);
  } found;
  void *library = dlopen("libm.so.6", RTLD_NOW | RTLD_LOCAL); /* never closed; loaded once */
  found.object = library != NULL ? dlsym(library, name) : NULL;
  if (found.object != NULL) return found.function;
  (void)fprintf(stderr, "pienv: load libm.so.6: %s\n", dlerror());
  _Exit(EXIT_FAILURE); /* there is no answer to give; kept is what a kill would keep */
}

#define ONE(name)                                                     \
  double name(double x) {                                             \
    static double (*function)(double);                                \
    if (function == NULL) function = (double (*)(double))find(#name); \
    return function(x);                                               \
  }

#define TWO(name)                                                             \
  double name(double x, double y) {                                           \
    static double (*function)(double, double);                                \
    if (function == NULL) function = (double (*)(double, double))find(#name); \
    return function(x, y);                                                    \
  }

ONE(acos)
ONE(asin)
ONE(ceil)
ONE(cos)
ONE(cosh)
ONE(exp)
ONE(floor)
ONE(log)
ONE(log10)
ONE(log2)
ONE(sin)
ONE(sinh)
ONE(sqrt)
ONE(tan)
ONE(tanh)
TWO(atan2)
TWO(fmax)
TWO(fmin)
TWO(fmod)
TWO(pow)
