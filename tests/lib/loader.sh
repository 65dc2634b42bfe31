# shellcheck shell=bash
# shellcheck disable=SC2154 # root, work: of e2e.sh
# Sourced after e2e.sh and addon.sh by tests of the generated loader: a small package whose addon is in C, so that it is
# built in a second.
needs node
needs cc
unset PI_NATIVE_VARIANT __PI_NATIVE_VARIANT_CACHE PI_COMPILED PI_NATIVES_DIR PI_NATIVES_STAGING PI_DEBUG_STARTUP
unset XDG_DATA_HOME

# compile FILE [cc option...]: one addon, without pienv.
compile() {
  cc -shared -fPIC -O1 -I"${NODE_HEADERS:-/usr/include/node}" "${@:2}" -o "$1" "$root/tests/lib/loader_addon.c"
}

# small_project FOLDER [cc option...]: the package @acme/small of version 1.0.0, both variants built by pienv, with its
# loader. app.mjs says what it loaded, in the main thread and in a worker.
small_project() {
  local p=$1
  mkdir -p "$p/src" "$p/native"
  cp "$root/tests/lib/loader_addon.c" "$p/src/"
  echo '{ "name": "@acme/small", "version": "1.0.0", "type": "module", "main": "native/index.js" }' >"$p/package.json"
  cat >"$p/pienv.lua" <<'LUA'
return require("pienv").project({
  addon = "small",
  package = ".",
  banner = "small",
  builder = "cc",
  sources = { "src/*.c" },
  declarations = "src/index.d.ts",
  cflags = { "-O1", "-DSENTINEL=__smallV1_0_0", "-DHOOK" },
  sentinel = "__smallV{version}",
  app = "small",
  hook = "__acmeStart",
  install_command = "npm install {package}",
  build_command = "pienv build",
})
LUA
  echo 'export declare function say(): string' >"$p/src/index.d.ts"
  cat >"$p/native/index.js" <<'JS'
import { nativeBindings } from "./loader.mjs";

// --- generated native exports (do not edit) ---
// --- end generated native exports ---
JS
  cat >"$p/app.mjs" <<'JS'
import { Worker, isMainThread, parentPort } from "node:worker_threads";
import { say } from "./native/index.js";

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url));
  worker.once("message", (text) => console.log(`${say()} ${text}`));
} else {
  parentPort.postMessage(say());
}
JS
  if ! { "$PIENV" -C "$p" build --variants modern,baseline && "$PIENV" -C "$p" loader; } >"$work/log" 2>&1; then
    cat "$work/log"
    exit 1
  fi
}
