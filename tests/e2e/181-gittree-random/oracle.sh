#!/usr/bin/env bash
# oracle.sh REPOSITORY COPY PATH...: what git says of the repository, in a copy, where it may refresh the index, run what
# it wants and look at all files whatever they are marked as. Writes COPY/../{flags,status,ids}. Exit 3: git refuses to
# add what is there.
set -u
out=$(dirname "$2")
rm -rf "$2" && cp -a "$1" "$2" && cd "$2" || exit 1
shift 2

# Is there something at the path, or is one of its folders a file?
is_taken() {
  local path=$1
  [ -e "$path" ] || [ -L "$path" ] && return
  while [[ $path = */* ]]; do
    path=${path%/*}
    if [ -L "$path" ] || { [ -e "$path" ] && [ ! -d "$path" ]; }; then return; fi
  done
  return 1
}

git ls-files -z -v >"$out/flags"
declare -A intended=() # by "git add -N": bit 29 of the flags
file=
while IFS= read -r -d '' record || [ -n "$record" ]; do
  next=$record
  if [[ $record =~ flags:\ ([0-9a-f]+)$'\n'(.*)$ ]]; then
    next=${BASH_REMATCH[2]}
    ((0x${BASH_REMATCH[1]} & 1 << 29)) && intended[$file]=1
  fi
  file=$next
done < <(git ls-files -z --debug)
# Every entry anew, without the facts of its file: by those git would call a file changed whose size differs, and never
# look whether its content does once its ends of lines are converted.
git ls-files -z -s | while IFS= read -r -d '' line; do
  [ -n "${intended[${line#*$'\t'}]:-}" ] || printf '%s\0' "$line"
done >"$out/index"
git update-index -z --index-info <"$out/index" || exit 1
while IFS= read -r -d '' line; do
  file=${line:2}
  case $line in
    [Ss]*) if ! is_taken "$file"; then printf '%s\0' "$file"; fi ;;
  esac
done <"$out/flags" | git update-index -z --skip-worktree --stdin
while IFS= read -r -d '' file; do git update-index --no-assume-unchanged --no-skip-worktree -- "$file"; done \
  < <(printf '%s\0' "${!intended[@]}")
# A deleted file of attributes counts as deleted: git status would still take them from the index.
git ls-files -z -d -- '.gitattributes' '**/.gitattributes' | git update-index -z --force-remove --stdin
git status --porcelain=v2 -z --no-renames --untracked-files=all --ignore-submodules=none >"$out/status" 2>"$out/log" ||
  { cat "$out/log" >&2 && exit 3; }
git add -A >"$out/log" 2>&1 || { cat "$out/log" >&2 && exit 3; } # as with a link in the place of a submodule
tree=$(git write-tree) || exit 1
for path; do
  [ "$path" = . ] && path=
  git rev-parse -q --verify "$tree:$path" || echo absent
done >"$out/ids" 2>"$out/log"
exit 0
