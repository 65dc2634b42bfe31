# TAP from functions: each check is a function that prints what is wrong; one that prints nothing has passed. So a check
# can look at several things, and says of each what it found.
#
#   . "$(dirname "$0")/../../lib/checks.bash"
#   adds() { expect "sum" "$((1 + 1))" 2; }
#   run_checks adds ...          the last line of the file
#
# The checks run in an empty folder, $work, that is removed at the end.
# shellcheck shell=bash

work=$(mktemp -d "${TMPDIR:-/tmp}/pienv-checks-XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

# expect WHAT GOT WANT
expect() { [ "$2" = "$3" ] || echo "$1: got '$2', want '$3'"; }

run_checks() {
  local number=0 failed=0 name why
  echo "1..$#"
  for name; do
    why=$("$name" 2>&1)
    if [ -z "$why" ]; then
      echo "ok $((number += 1)) - $name"
    else
      echo "not ok $((number += 1)) - $name"
      echo "  # ${why//$'\n'/$'\n  # '}"
      failed=1
    fi
  done
  exit $failed
}
