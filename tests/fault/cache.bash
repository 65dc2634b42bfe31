# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # modes, under: of sweep.bash; PIENV: of who runs the test
# What the sweeps of cache commands share: a repository with a build, and what a tree holds apart from times.
unset "${!ROBOMP_@}" "${!GIT_@}" CC CFLAGS RUSTFLAGS TARGET_VARIANT
export PIENV_CPU=x86-64-v3 GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
export GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@example.invalid GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@example.invalid
modes=(kill error:ENOSPC error:EIO)
native=r/packages/natives/native
modern=pi_natives.linux-x64-modern.node
folder=root/acme__widgets

# repository: ./r with one commit and what a build leaves.
repository() {
  mkdir -p r/crates "$native"
  echo one >r/crates/lib.rs
  echo lock >r/Cargo.lock
  printf '// index\n// --- generated native exports (do not edit) ---\n// --- end generated native exports ---\n' >$native/index.js
  echo 'export const embeddedAddon = null;' >$native/embedded-addon.js
  printf '*.node\nindex.d.ts\n' >$native/.gitignore
  git -C r init -q
  git -C r add -A
  git -C r commit -qm one
  built one
}

# built TEXT: what a build leaves.
built() {
  rm -f "$native/$modern"
  { echo "$1" && seq 20000; } >"$native/$modern"
  echo "export declare function $1(): void" >$native/index.d.ts
}

pienv_cache() { "$PIENV" -C r cache "$@" --root "$PWD/root" --repo acme/widgets; }

# entry_state FOLDER: "whole", "gone", or what is wrong with an entry.
entry_state() {
  local name
  [ -e "$1" ] || { echo gone && return; }
  for name in "$modern" index.d.ts index.js embedded-addon.js manifest.json; do
    [ -s "$1/$name" ] || { echo "without $name" && return; }
  done
  if "$PIENV" cache verify --root root --repo acme/widgets "$(basename "$1")" >/dev/null 2>&1; then
    echo whole
  else
    echo "damaged"
  fi
}

# Git's own files, the journal and what holds times are left out.
tree() {
  find . -mindepth 1 -path ./r/.git -prune -o ! -name .pienv-journal -printf '%P\t%y\t%m\n' | LC_ALL=C sort
  find . -path ./r/.git -prune -o -type f ! -name manifest.json ! -name '.pienv-journal' ! -name .lock -print0 |
    LC_ALL=C sort -z | xargs -0r sha256sum
}
