# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # root, work, status: of e2e.sh; p: for the test
# Sourced after e2e.sh and addon.sh by tests of `pienv probe`: a package @t/x with small addons of any version, a home of
# its own, and what a probe answered.
unset XDG_DATA_HOME PI_NATIVES_DIR PI_NATIVE_VARIANT __PI_NATIVE_VARIANT_CACHE PI_COMPILED PI_NATIVES_STAGING NODE_PATH
export HOME=$work/home
mkdir "$HOME"
p=$work/p
natives=$HOME/.xapp/natives
modern=x.linux-x64-modern.node
baseline=x.linux-x64-baseline.node
plain=x.linux-x64.node

cat >"$work/addon.c" <<'C'
#include <node_api.h>
#include <stdlib.h>
static napi_value nothing(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value result;
  napi_get_undefined(env, &result);
  return result;
}
NAPI_MODULE_INIT() {
  napi_value function;
  napi_create_function(env, "f", NAPI_AUTO_LENGTH, nothing, NULL, &function);
#ifdef SENTINEL
  napi_set_named_property(env, exports, SENTINEL, function);
#endif
  napi_set_named_property(env, exports, "f", function);
  return exports;
}
#ifdef ALSO
const char also[] = ALSO;
#endif
#ifdef START
__attribute__((constructor)) static void start(void) { START; }
#endif
C

# addon FILE VERSION [CC-ARGS...]: an addon that says it is of that version; of version "-" without a sentinel.
addon() {
  local file=$1 sentinel=()
  [ "$2" = - ] || sentinel=(-DSENTINEL="\"__xV${2//[^0-9A-Za-z]/_}\"")
  shift 2
  mkdir -p "$(dirname "$file")"
  cc -shared -fPIC -O1 -I "${NODE_HEADERS:-/usr/include/node}" "${sentinel[@]}" "$@" -o "$file" "$work/addon.c"
}

# package FOLDER NAME VERSION
package() {
  mkdir -p "$1"
  printf '{ "name": "%s", "version": "%s" }\n' "$2" "$3" >"$1/package.json"
}

# fresh: $p is a work tree of @t/x 1.0.0 with both variants, and the home is empty.
fresh() {
  rm -rf "$p" "$HOME" && mkdir -p "$HOME" && package "$p" @t/x 1.0.0
  cat >"$p/pienv.lua" <<'LUA'
return require("pienv").project({ addon = "x", package = ".", app = "xapp", sentinel = "__xV{version}" })
LUA
  mkdir -p "$p/native" && cp "$work/made/$modern" "$work/made/$baseline" "$p/native/"
}
addon "$work/made/$modern" 1.0.0 -Wl,-z,x86-64-v3
addon "$work/made/$baseline" 1.0.0 -Wl,-z,x86-64-v2
PIENV_CPU=x86-64-v3
export PIENV_CPU # what the probe takes this machine for; it has all of that (docs/TESTING.md)

# probe [NAME=VALUE...] [-- ARGS...]: of $p; $status and $work/out.
probe() {
  local variables=()
  while [ $# -gt 0 ] && [ "$1" != -- ]; do variables+=("$1") && shift; done
  [ $# = 0 ] || shift
  run env "${variables[@]}" "$PIENV" -C "$p" probe "$@" </dev/null
}

# answer [NAME=VALUE...] [-- ARGS...]: "<exit> <variant> <source> <mode> <chosen path from $work>" of a probe.
answer() {
  local variables=()
  while [ $# -gt 0 ] && [ "$1" != -- ]; do variables+=("$1") && shift; done
  [ $# = 0 ] || shift
  run env "${variables[@]}" "$PIENV" -C "$p" probe --json "$@"
  echo "$status $(event 'e.type === "probe"' '`${e.variant ?? "-"} ${e.source} ${e.mode} ${e.chosen ?? "-"}`' | sed "s#$work/##g")"
}

# event CONDITION EXPRESSION: of each such event e that the last probe told.
event() {
  node -e 'const [condition, expression] = process.argv.slice(1);
    for (const line of require("fs").readFileSync(0, "utf8").trim().split("\n").filter(Boolean)) {
      const e = JSON.parse(line);
      if (eval(condition)) console.log(eval(expression));
    }' "$1" "$2" <"$work/out"
}

# rows: "<folder> <name> <static> <load>" of each candidate of the last probe.
rows() {
  event 'e.type === "candidate"' \
    '`${e.folder} ${e.path.split("/").pop()} ${e.found ? e.identity : "missing"} ${e.static ?? "-"} ${e.load ?? "-"}`'
}
