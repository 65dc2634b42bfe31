# shellcheck shell=bash disable=SC2154 # $side comes from the test
# Sweeps of a recovery: a second fault while what the first one left is put in order. Whatever happens, each file stays
# old or new, and a later recovery brings all of them to the same side. A test sets $side (how many of the four files
# are new in the end) and before() (where the transaction was killed).
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/fault/sweep.bash
. "$here/../sweep.bash"

# shellcheck disable=SC2034 # for the sweep
modes=(kill kill-after error:ENOSPC error:EIO error:EMFILE full-disk)
# shellcheck disable=SC2034
command=("$PIENV" lua "$here/recover.lua")

prepare() {
  mkdir -p old/out new/out out .pienv/journal
  for file in addon declarations; do
    seq 1 100 >"old/out/$file"
    seq 500 900 >"new/out/$file"
  done
  echo removed >old/out/removed
  echo added >new/out/added
  cp old/out/* out
}

interrupted() { # CALLS N: the transaction is killed at the N-th of these calls
  "$PIENV_BUILD/fault_runner" --calls "$1" --under "$PWD/out" --kill-at "$2" --report /dev/null -- \
    "$PIENV" lua "$here/change.lua"
  [ $? = 137 ]
}

# Of the files that the transaction changes: how many are new, and how many there are.
count_new() {
  local file
  for file in out/addon out/declarations out/added out/removed; do
    if [ -e "new/$file" ] || [ -e "old/$file" ]; then
      cmp -s "$file" "new/$file" || { [ ! -e "$file" ] && [ ! -e "new/$file" ]; } && echo new
    fi
  done | wc -l
}

# Each file is old or new: nothing in between, nothing that is neither.
nothing_torn() {
  local file
  for file in out/addon out/declarations; do
    case $(state_of "$file") in old | new) ;; *) echo "$file is $(state_of "$file")" ;; esac
  done
  [ ! -e out/added ] || cmp out/added new/out/added
  [ ! -e out/removed ] || cmp out/removed old/out/removed
}

# Where a committed transaction cannot be finished, the old files come back: that is a success too.
invariant() { # KIND STATUS
  nothing_torn
  case $1:$2:$(count_new) in
    *:0:"$side" | *:120:"$side" | error:0:0 | kill:137:*) ;;
    error:[1-9]*) names_file out/addon .pienv/journal/transaction ;;
    *) echo "exit $2, and $(count_new) of 4 files are new" ;;
  esac
}

# A later recovery; what was rolled back then is done again, so that the trees can be compared.
next() {
  "${command[@]}" || return
  case $side:$(count_new) in
    "$side:$side") ;;
    4:0) "$PIENV" lua "$here/change.lua" ;;
    *) echo "$(count_new) of 4 files are new after a second recovery"; return 1 ;;
  esac
}
