# shellcheck shell=bash disable=SC2154 # root, work, native, modern: of tests/lib
# Repositories of the runbook's layout with an addon of 183 MB, for the groups cache and repositories.
target=linux-x64-modern
export TURBO_TELEMETRY_DISABLED=1 DO_NOT_TRACK=1 npm_config_update_notifier=false

big_addon() {
  [ ! -e "$work/addon" ] || return 0
  printf 'int napi_register_module_v1(void){return 1;}\n' | cc -shared -fPIC -o "$work/addon" -x c - || return
  head -c 183600000 /dev/urandom >>"$work/addon"
}

# bench_repository FOLDER COUNT: COUNT more files than the 260 of the key, and what a build leaves.
bench_repository() {
  big_addon && bash "$here/cache/repository.sh" "$1" "$2" >/dev/null || return
  cp "$work/addon" "$1/$native/$modern"
  seq 9000 | sed 's/.*/export declare function f&(): void;/' | head -c 60000 >"$1/$native/index.d.ts"
  cp "$root/examples/c-addon/native/index.js" "$1/$native/"
  echo 'export const embeddedAddon = null;' >"$1/$native/embedded-addon.js"
}

# stored FOLDER: its entry is in both caches, and its files are in place. What changed just now is not remembered.
stored() {
  sleep 2.5
  "$PIENV" -C "$1" cache capture --target $target >"$work/log" 2>&1 || cat "$work/log" >&2
  "$PIENV" -C "$1" cache populate --target $target >"$work/log" 2>&1 || cat "$work/log" >&2
  runbook "$1"
  "${as_runbook[@]}" capture >"$work/log" 2>&1 || cat "$work/log" >&2
}
# Its cache lies beside the repository: it links.
runbook() { as_runbook=("$python" "$here/cache/runbook.py" "$1" "${1%/*}/runbook" "$target"); }

# for_turbo FOLDER TASK: a copy of a repository for turbo, whose task `build` is the shell line TASK.
for_turbo() {
  local folder=$1.turbo
  cp -a "$1" "$folder" && cd "$folder" || return
  echo '{ "name": "r", "private": true, "packageManager": "npm@9.2.0", "workspaces": ["packages/*"] }' >package.json
  printf '{ "name": "natives", "version": "1.0.0", "scripts": { "build": "%s" } }\n' "$2" >packages/natives/package.json
  # shellcheck disable=SC2016 # turbo's own variables
  cat >turbo.json <<'JSON'
{ "tasks": { "build": {
  "inputs": ["$TURBO_DEFAULT$", "$TURBO_ROOT$/crates/**", "$TURBO_ROOT$/Cargo.lock", "$TURBO_ROOT$/Cargo.toml",
    "$TURBO_ROOT$/rust-toolchain.toml", "!native/**"],
  "outputs": ["native/*.node", "native/index.d.ts", "native/index.js", "native/embedded-addon.js"] } } }
JSON
  echo .turbo >.gitignore
  npm install --package-lock-only --offline --silent
  git add package.json package-lock.json packages turbo.json .gitignore && git commit -qm turbo && cd "$work" || return
  as_turbo=("$turbo" --cwd "$folder" run build --cache=local:rw "--cache-dir=$work/turbo" --ui=stream)
  "${as_turbo[@]}" >"$work/log" 2>&1 || cat "$work/log" >&2
}
