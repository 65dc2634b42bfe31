/* The Node-API side: takes JavaScript values apart, calls dsp.c, puts results together.
 * State is per environment (napi_set_instance_data), so the main thread and every worker have their own. */
#define NAPI_VERSION 8
#include <node_api.h>
#include <stdint.h>
#include <stdlib.h>

#include "dsp.h"

typedef struct state {
  uint32_t calls; /* of this environment */
} state;

static napi_value fail(napi_env env, const char *message) {
  napi_throw_type_error(env, NULL, message);
  return NULL;
}

/* Counts a call and fetches its arguments; false when too few were given. */
static int begin(napi_env env, napi_callback_info info, size_t wanted, napi_value *argv) {
  size_t given = wanted;
  void *data = NULL;
  if (napi_get_cb_info(env, info, &given, argv, NULL, NULL) != napi_ok || given < wanted) return 0;
  if (napi_get_instance_data(env, &data) == napi_ok && data != NULL) ((state *)data)->calls++;
  return 1;
}

static int as_doubles(napi_env env, napi_value value, double **data, size_t *length) {
  napi_typedarray_type type;
  void *bytes = NULL;
  bool is_array = false;
  if (napi_is_typedarray(env, value, &is_array) != napi_ok || !is_array) return 0;
  if (napi_get_typedarray_info(env, value, &type, length, &bytes, NULL, NULL) != napi_ok) return 0;
  *data = bytes;
  return type == napi_float64_array;
}

static napi_value dot(napi_env env, napi_callback_info info) {
  napi_value argv[2], result = NULL;
  double *a, *b;
  size_t n, m;
  if (!begin(env, info, 2, argv) || !as_doubles(env, argv[0], &a, &n) || !as_doubles(env, argv[1], &b, &m))
    return fail(env, "dot(a, b): a and b must be Float64Array");
  if (n != m) return fail(env, "dot(a, b): a and b differ in length");
  napi_create_double(env, dsp_dot(a, b, n), &result);
  return result;
}

static napi_value apply_window(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  double *x;
  size_t n;
  uint32_t kind;
  if (!begin(env, info, 2, argv) || !as_doubles(env, argv[0], &x, &n))
    return fail(env, "applyWindow(x, kind): x must be a Float64Array");
  if (napi_get_value_uint32(env, argv[1], &kind) != napi_ok || kind >= DSP_WINDOWS)
    return fail(env, "applyWindow(x, kind): kind must be a Window");
  dsp_apply_window(x, n, (enum dsp_window)kind);
  return argv[0];
}

static napi_value compiled_for(napi_env env, napi_callback_info info) {
  napi_value result = NULL;
  (void)info;
  napi_create_string_utf8(env, dsp_compiled_for(), NAPI_AUTO_LENGTH, &result);
  return result;
}

static napi_value cpu_has_avx2(napi_env env, napi_callback_info info) {
  napi_value result = NULL;
  (void)info;
  napi_get_boolean(env, dsp_cpu_has_avx2() != 0, &result);
  return result;
}

static napi_value calls(napi_env env, napi_callback_info info) {
  napi_value result = NULL;
  void *data = NULL;
  (void)info;
  napi_get_instance_data(env, &data);
  napi_create_uint32(env, data != NULL ? ((state *)data)->calls : 0, &result);
  return result;
}

static void release(napi_env env, void *data, void *hint) {
  (void)env, (void)hint;
  free(data);
}

NAPI_MODULE_INIT(/* napi_env env, napi_value exports */) {
  static const napi_property_descriptor functions[] = {
      {"dot", NULL, dot, NULL, NULL, NULL, napi_enumerable, NULL},
      {"applyWindow", NULL, apply_window, NULL, NULL, NULL, napi_enumerable, NULL},
      {"compiledFor", NULL, compiled_for, NULL, NULL, NULL, napi_enumerable, NULL},
      {"cpuHasAvx2", NULL, cpu_has_avx2, NULL, NULL, NULL, napi_enumerable, NULL},
      {"calls", NULL, calls, NULL, NULL, NULL, napi_enumerable, NULL},
  };
  state *data = calloc(1, sizeof *data);
  if (data == NULL) return NULL;
  if (napi_set_instance_data(env, data, release, NULL) != napi_ok) {
    free(data);
    return NULL;
  }
  if (napi_define_properties(env, exports, sizeof functions / sizeof functions[0], functions) != napi_ok) return NULL;
  return exports;
}
