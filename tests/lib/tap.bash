# TAP for tests written in bash:
#
#   . tests/lib/tap.bash
#   check "the build leaves the binary" test -x build/pienv     passes when the command succeeds; shows its output if not
#   equal "the tag" "$tag" linux-x64                             passes when the two texts are equal
#   skip "bun loads it" "needs bun"                              see docs/TESTING.md about skipping
#   finish                                                       the last line of the file
#
# The tests run in the top folder. A temporary folder, "$tap_temp", is there on demand (tap_make_temp) and removed at exit.
# shellcheck shell=bash

tap_count=0
tap_failed=0

tap_report() {
  tap_count=$((tap_count + 1))
  echo "$1 $tap_count - $2"
}

check() {
  local name=$1 output
  shift
  if output=$("$@" 2>&1); then
    tap_report ok "$name"
  else
    tap_failed=1
    tap_report 'not ok' "$name"
    printf '%s\n' "$output" | sed 's/^/  /'
  fi
}

tap_same() {
  [ "$1" = "$2" ] && return
  printf 'got:  %s\nwant: %s\n' "$1" "$2"
  return 1
}

equal() {
  check "$1" tap_same "$2" "$3"
}

skip() {
  tap_report ok "$1 # SKIP $2"
}

finish() {
  echo "1..$tap_count"
  exit "$tap_failed"
}

tap_make_temp() {
  tap_temp=$(mktemp -d "${TMPDIR:-/tmp}/pienv-test-XXXXXX")
  trap 'rm -rf "$tap_temp"' EXIT
}

# tap_files PATTERN...: the project's own files with these names, each ended by NUL, sorted. What was built, installed
# or is git's is left out.
tap_files() {
  local names=() pattern
  for pattern in "$@"; do names+=(-o -name "$pattern"); done
  find . \( -path './build*' -o -path ./.git -o -path ./.tools -o -name .build -o -name node_modules -o -name .pienv \) -prune \
    -o -type f \( "${names[@]:1}" \) -print0 | sort -z
}

# tap_need COMMAND: ends the test file as skipped where the command is missing (an error under --ci, unless optional).
tap_need() {
  command -v "$1" >/dev/null && return
  echo "1..0 # SKIP needs $1"
  exit 0
}
