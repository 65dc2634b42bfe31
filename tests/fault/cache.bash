# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # modes, under: of sweep.bash; PIENV: of who runs the test
# What the sweeps of cache commands share: a repository with a build, and what a tree holds apart from times.
unset "${!ROBOMP_@}" "${!GIT_@}" CC CFLAGS RUSTFLAGS TARGET_VARIANT
export PIENV_CPU=x86-64-v3 GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
export GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@example.invalid GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@example.invalid
modes=(kill error:ENOSPC error:EIO short memory memory-onward)
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

# Left out: git's own files, the journal, what holds times, and memories, which slow machines write and quick ones not.
tree() {
  find . -mindepth 1 -path ./r/.git -prune -o ! -name .pienv-journal ! -name '.pienv-tree-*' -printf '%P\t%y\t%m\n' | LC_ALL=C sort
  find . -path ./r/.git -prune -o -type f ! -name manifest.json ! -name '.pienv-journal' ! -name '.pienv-tree-*' ! -name .lock -print0 |
    LC_ALL=C sort -z | xargs -0r sha256sum
}

# What holds of a populate after a fault; the workspace was old/, a hit makes new/ of it. $1 and $2 as of invariant.
populate_invariant() {
  local name state states=''
  for name in "$modern" index.d.ts; do
    state=$(state_of_file "$name")
    states="$states $state"
  done
  case $states in *torn*) echo "the files are$states" ;; esac
  case $1:$states in
    kill*new* | memory*new*) grep -qF "\"folder\":\"$PWD/$native\"" "$folder/.pienv-journal" || echo "it has files of the entry, and the journal does not say so" ;;
  esac
  if [ "$1" != kill ] && [ "$2" = 10 ] && [ "$states" != " old old" ]; then echo "a miss, but the files are$states"; fi
  if [ "$2" = 0 ] && [ "$states" != " new new" ]; then echo "a hit, but the files are$states"; fi
  if [ "$1" = error ] && ! grep -qE 'unlink' <<<"$(cut -f4 "$report")" && [ -n "$(find $native -name '*.tmp.*' -o -name '*.old.*')" ]; then
    echo "left: $(find $native -name '*.tmp.*' -o -name '*.old.*')"
  fi
  for name in "$folder"/[0-9a-f]*; do
    [ "$(entry_state "$name")" = whole ] || [ "$1" = error ] || echo "the entry is $(entry_state "$name")"
  done
}

state_of_file() {
  if [ ! -e "$native/$1" ] && [ ! -e "old/$1" ]; then
    echo old
  elif cmp -s "$native/$1" "old/$1"; then
    echo old
  elif cmp -s "$native/$1" "new/$1"; then
    echo new
  else
    echo torn
  fi
}
