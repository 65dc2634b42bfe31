# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034 # root, work: of e2e.sh; names for the tests
# Sourced after e2e.sh by tests of the cache: real git repositories with the runbook's layout, addons of a real compiler,
# and an independent computation of the key.
unset CC CFLAGS LDFLAGS CI CROSS_TARGET TARGET_PLATFORM TARGET_ARCH TARGET_VARIANT TARGET_VARIANTS RUSTFLAGS PIENV_CPU
unset "${!ROBOMP_@}" "${!GIT_@}"
export HOME=$work/home XDG_CACHE_HOME=$work/home/.cache GIT_CONFIG_NOSYSTEM=1
export ROBOMP_NATIVES_CACHE_ROOT=$work/root PIENV_CPU=x86-64-v3
mkdir -p "$HOME"
git config --global user.name test
git config --global user.email test@example.invalid
git config --global init.defaultBranch main
native=packages/natives/native
slug=acme__widgets
modern=pi_natives.linux-x64-modern.node
baseline=pi_natives.linux-x64-baseline.node

# repository FOLDER: a repository with one commit, and an origin.
repository() {
  mkdir -p "$1/crates/pi-natives/src" "$1/$native"
  echo 'pub fn one() {}' >"$1/crates/pi-natives/src/lib.rs"
  echo '# lock' >"$1/Cargo.lock"
  echo '[workspace]' >"$1/Cargo.toml"
  echo '{ "name": "natives", "version": "1.0.0" }' >"$1/packages/natives/package.json"
  cp "$root/examples/c-addon/native/index.js" "$1/$native/"
  echo 'export const embeddedAddon = null;' >"$1/$native/embedded-addon.js"
  printf '%s\n' '*.node' 'index.d.ts' 'embedded-addons.*.tar.gz' .build >"$1/$native/.gitignore"
  git -C "$1" init -q
  git -C "$1" remote add origin https://user:token@git.example.invalid/acme/widgets.git
  git -C "$1" add -A
  git -C "$1" commit -qm "first commit"
}

# built FOLDER [TEXT] [VARIANT...]: what a build leaves; TEXT goes into the addons (default: modern alone).
built() {
  local folder=$1 text=${2:-built} variant level
  shift $(($# > 2 ? 2 : $#))
  for variant in "${@:-modern}"; do
    level=3
    [ "$variant" = modern ] || level=2
    rm -f "$folder/$native/pi_natives.linux-x64-$variant.node"
    printf 'int napi_register_module_v1(void){return 1;}\nconst char text[] = "%s %s";\n' "$text" "$variant" |
      cc -shared -fPIC -o "$folder/$native/pi_natives.linux-x64-$variant.node" -Wl,-z,x86-64-v$level -x c -
  done
  echo "export declare function $text(): void" >"$folder/$native/index.d.ts"
}

# cache FOLDER VERB [args...]
cache() {
  local folder=$1
  shift
  run "$PIENV" -C "$folder" cache "$@"
}

# hits FOLDER [args...], stores, misses TEXT FOLDER ...: what a command must answer.
hits() {
  local folder=$1
  shift
  cache "$folder" populate "$@"
  [ "$status" = 0 ] && said "hit "
}

stores() {
  local folder=$1
  shift
  cache "$folder" capture "$@"
  [ "$status" = 0 ] && said "stored "
}

# misses VERB TEXT FOLDER [args...]: exit code 10, the reason, nothing on standard output.
misses() {
  local verb=$1 text=$2 folder=$3
  shift 3
  cache "$folder" "$verb" "$@"
  same "$status" 10 && said "$text" && same "$(cat "$work/out")" ""
}

# key_of FOLDER TARGET: by git and sha256sum alone.
key_of() {
  local path id
  for path in crates Cargo.lock Cargo.toml rust-toolchain.toml packages/natives; do
    id=$(git -C "$1" rev-parse -q --verify "HEAD:$path" || printf '%040d' 0)
    printf '%s\t%s\n' "$path" "$id"
  done >"$work/.key"
  printf 'TARGET\t%s\n' "$2" >>"$work/.key"
  sha256sum <"$work/.key" | cut -d' ' -f1
}

# entry FOLDER [TARGET]: where its entry is.
entry() {
  echo "$ROBOMP_NATIVES_CACHE_ROOT/$slug/$(key_of "$1" "${2:-linux-x64-host}")"
}

refute() { ! "$@"; }
inode() { stat -c %i "$1"; }

# tidy FOLDER: no temporary of the cache is left there.
tidy() {
  [ -z "$(find "$1" \( -name '*.tmp.*' -o -name '*.old.*' -o -name '.pienv-*.tmp' -o -name '.*.tmp.*' \) -print)" ]
}
