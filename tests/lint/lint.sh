# shellcheck shell=bash
# Sourced by tests/lint/*/test, in the top folder: tests/lib/e2e.sh, and the project's own files.
. tests/lib/e2e.sh

# project_files PATTERN...: the project's files with these names, each ended by NUL, sorted. What was built, installed
# or is git's is left out.
project_files() {
  local names=() pattern
  for pattern in "$@"; do names+=(-o -name "$pattern"); done
  find . \( -path './build*' -o -path ./.git -o -path ./.tools -o -name .build -o -name node_modules -o -name .pienv \) \
    -prune -o -type f \( "${names[@]:1}" \) -print0 | sort -z
}
