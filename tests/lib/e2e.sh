# shellcheck shell=bash
# Sourced by tests/e2e/*/test: a temporary folder, checks as TAP lines, real commands.
#
#   . "$(dirname "$0")/../../lib/e2e.sh"
#   check "the version is printed" run_ok "$PIENV" --version
#   check "a wrong option exits with 2" exits 2 "$PIENV" --nonsense
#   check "and says which" said "unknown option '--nonsense'"
#   finish
#
# After a command ran through `run`, `run_ok` or `exits`: $status, and its output in $work/out and $work/err.
#
# Or, where each test looks at several things, a function a test, in the folder $work. What it prints is what is wrong;
# one that prints nothing has passed:
#
#   adds() { expect "sum" "$((1 + 1))" 2; }
#   run_checks adds ...          the last line of the file
set -u

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
: "${PIENV:=$root/build/pienv}"
export PIENV
work=$(mktemp -d "${TMPDIR:-/tmp}/pienv-e2e-XXXXXX")
trap 'rm -rf "$work"' EXIT
status=0
tests=0

# check NAME command...: one TAP line; what the command printed and what ran last is shown when it fails.
check() {
  local name=$1 result=ok
  shift
  tests=$((tests + 1))
  "$@" >"$work/.check" 2>&1 || result="not ok"
  echo "$result $tests - $name"
  if [ "$result" != ok ]; then
    echo "  # $*"
    sed 's/^/  # /' "$work/.check"
    if [ -f "$work/out" ]; then sed 's/^/  # out: /' "$work/out"; fi
    if [ -f "$work/err" ]; then sed 's/^/  # err: /' "$work/err"; fi
  fi
}

# equal NAME GOT WANT
equal() {
  check "$1" same "$2" "$3"
}

same() {
  [ "$1" = "$2" ] && return
  printf 'got:  %s\nwant: %s\n' "$1" "$2"
  return 1
}

# skip NAME REASON: one test that cannot run here; see docs/TESTING.md for the reasons that CI accepts.
skip() {
  tests=$((tests + 1))
  echo "ok $tests - $1 # SKIP $2"
}

# copy_project FOLDER: makes FOLDER with what the project's tree holds, without what was built or installed in it. (Not by
# git: a tree may come from an archive.)
copy_project() {
  mkdir "$1" && tar -C "$root" --exclude=./.git --exclude='./build*' --exclude=./.tools --exclude=.build -cf - . |
    tar -C "$1" -xf -
}

# needs TOOL: ends the whole test as skipped (an error in CI unless docs/TESTING.md lists the tool as optional).
needs() {
  command -v "$1" >/dev/null && return
  echo "1..0 # SKIP needs $1"
  exit 0
}

run() {
  status=0
  "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
}

run_ok() {
  run "$@"
  [ "$status" = 0 ]
}

# exits CODE command...
exits() {
  local want=$1
  shift
  run "$@"
  [ "$status" = "$want" ]
}

# said TEXT: the last command's output, either stream, holds the text.
said() {
  grep -qF -- "$1" "$work/out" "$work/err"
}

# printed TEXT: its standard output holds the text.
printed() {
  grep -qF -- "$1" "$work/out"
}

# quiet command...: succeeds when it prints nothing, and shows what it prints.
quiet() {
  local text
  text=$("$@" 2>&1)
  [ -z "$text" ] && return
  echo "$text"
  return 1
}

# expect WHAT GOT WANT: prints what differs.
expect() {
  [ "$2" = "$3" ] || echo "$1: got '$2', want '$3'"
}

# run_checks FUNCTION...: one test each, by its name; ends the file.
run_checks() {
  local name
  cd "$work" || exit 1
  for name; do check "$name" quiet "$name"; done
  finish
}

finish() {
  echo "1..$tests"
  exit 0
}
