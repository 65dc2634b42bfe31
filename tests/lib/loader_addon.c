/* An addon for tests of the generated loader (tests/lib/loader.sh). With -DSENTINEL it says by an export of that name
 * which release it is, with -DHOOK it has a function that the loader calls after loading, with -DBROKEN_HOOK that
 * function throws. */
#define NAPI_VERSION 8
#include <node_api.h>

#define TEXT(name) TEXT_OF(name)
#define TEXT_OF(name) #name

static int hooked; /* of this process */

static napi_value text(napi_env env, const char *bytes) {
  napi_value result = NULL;
  napi_create_string_utf8(env, bytes, NAPI_AUTO_LENGTH, &result);
  return result;
}

/* Which file this is: the macro that the compiler got, or what it may assume of the CPU. */
static napi_value say(napi_env env, napi_callback_info info) {
  (void)info;
#if defined(SAYS)
  return text(env, TEXT(SAYS));
#elif defined(__AVX2__)
  return text(env, "modern");
#else
  return text(env, "baseline");
#endif
}

static napi_value hook(napi_env env, napi_callback_info info) {
  (void)info;
  hooked++;
#ifdef BROKEN_HOOK
  napi_throw_error(env, NULL, "no threads");
#endif
  return text(env, "hooked");
}

static napi_value count(napi_env env, napi_callback_info info) {
  napi_value result = NULL;
  (void)info;
  napi_create_int32(env, hooked, &result);
  return result;
}

static void add(napi_env env, napi_value exports, const char *name, napi_callback function) {
  napi_value value = NULL;
  if (napi_create_function(env, name, NAPI_AUTO_LENGTH, function, NULL, &value) == napi_ok)
    napi_set_named_property(env, exports, name, value);
}

NAPI_MODULE_INIT() {
  add(env, exports, "say", say);
  add(env, exports, "hooks", count);
#if defined(HOOK) || defined(BROKEN_HOOK)
  add(env, exports, "__acmeStart", hook);
#else
  (void)hook;
#endif
#ifdef SENTINEL
  add(env, exports, TEXT(SENTINEL), say);
#endif
  return exports;
}
