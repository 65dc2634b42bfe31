/* An addon of the size of real ones: FILE_NAME is the code that it holds. */
#define NAPI_VERSION 8
#include <node_api.h>

__asm__(".section .rodata\n.globl code\ncode: .incbin \"" FILE_NAME "\"\n.previous");

static napi_value say(napi_env env, napi_callback_info info) {
  napi_value text = NULL;
  (void)info;
  napi_create_string_utf8(env, VARIANT, NAPI_AUTO_LENGTH, &text);
  return text;
}

NAPI_MODULE_INIT() {
  napi_value function = NULL;
  napi_create_function(env, "say", NAPI_AUTO_LENGTH, say, NULL, &function);
  napi_set_named_property(env, exports, "__bigV1_0_0", function);
  napi_set_named_property(env, exports, "say", function);
  return exports;
}
