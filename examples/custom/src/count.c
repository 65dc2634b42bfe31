/* Counts bytes: one function, enough to show a builder of one's own. */
#define NAPI_VERSION 8
#include <node_api.h>
#include <stdint.h>

static napi_value count(napi_env env, napi_callback_info info) {
  napi_value argv[2], result = NULL;
  size_t given = 2, length = 0, found = 0;
  void *data = NULL;
  uint32_t wanted = 0;
  if (napi_get_cb_info(env, info, &given, argv, NULL, NULL) != napi_ok || given < 2 ||
      napi_get_buffer_info(env, argv[0], &data, &length) != napi_ok ||
      napi_get_value_uint32(env, argv[1], &wanted) != napi_ok) {
    napi_throw_type_error(env, NULL, "count(buffer, byte)");
    return NULL;
  }
  const uint8_t *bytes = data;
  for (size_t i = 0; i < length; i++) found += bytes[i] == (uint8_t)wanted;
  napi_create_uint32(env, (uint32_t)found, &result);
  return result;
}

NAPI_MODULE_INIT(/* napi_env env, napi_value exports */) {
  napi_value function = NULL;
  if (napi_create_function(env, "count", NAPI_AUTO_LENGTH, count, NULL, &function) != napi_ok) return NULL;
  if (napi_set_named_property(env, exports, "count", function) != napi_ok) return NULL;
  return exports;
}
