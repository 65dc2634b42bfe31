# shellcheck shell=bash disable=SC2154 # `command` comes from the test
# Fault sweeps. A test is a bash file that describes one operation and ends with `sweep "$@"`:
#
#   . "$(dirname "$0")/../sweep.bash"
#   prepare() { ... }          makes, in the current folder, the tree that the operation works on; what else it needs may
#                              lie in the folder $SWEEP
#   command=(pienv lua ...)    the operation; it runs in a fresh copy of that tree
#   invariant() { ... }        what must hold after a fault, checked in the copy; says on stdout what does not hold.
#                              $1 = kill | error | short | memory, $2 = exit code (137 after a kill); the command's standard
#                              error is in the file $stderr
#   sweep "$@"
#
# and, where the defaults do not fit:
#   modes=(kill kill-after error:ENOSPC short full-disk memory memory-onward)
#                              the last two: the N-th request for memory fails, alone or with all later ones
#   under=FOLDER               of the calls that name files only those below this folder of the tree count
#   limit=SECONDS              for one run of the operation
#   points()                   passes on those of the listed calls (lines of the runner's report) that are swept
#   before()                   runs in every copy before the operation, without a fault
#   next()                     the next plain run after a fault (default: the operation again)
#   tree()                     prints what the copy holds (default: names, modes and digests of everything)
#
# For each mode the operation runs once to list its system calls, then once for every call with a fault there. After
# each fault: the invariant holds, `next` succeeds, the tree is what it is after a run without faults (so no temporary
# is left), no process outlived the operation. Repetitions of a call by the same process on the same file are swept at
# their first and last occurrence only; `--full` sweeps them all. `--only MODE` and `--point N` narrow a search down,
# `--from N` goes on with one that was stopped; `--keep` keeps the copies that failed.

modes=(kill kill-after error:ENOSPC error:EIO error:EDQUOT error:EMFILE error:EINTR short full-disk)
under=.
limit=30
tab=$'\t'
full='' only='' point='' from=0 keep=''

next() { "${command[@]}"; }

points() { cat; }

before() { :; }

# state_of FILE: "old" or "new" where it is exactly old/FILE or new/FILE of the tree, "missing", or "torn".
state_of() {
  if cmp -s "$1" "old/$1"; then
    echo old
  elif cmp -s "$1" "new/$1"; then
    echo new
  elif [ -e "$1" ]; then
    echo "torn ($(stat -c %s "$1") bytes)"
  else
    echo missing
  fi
}

# names_file FILE...: the message of a failed operation is about the file of the call that failed, its folder, or one of
# the files given (a temporary file has no name that users know). $faulted: the paths of that call, or
# of all that failed.
names_file() {
  local path
  for path in $faulted "$@"; do
    if grep -qF "$(basename "$path")" "$stderr" || grep -qF "$(basename "$(dirname "$path")")" "$stderr"; then return; fi
  done
  echo "the message names no file: $(cat "$stderr")"
}

# one_file FILE KIND STATUS: the invariant of an operation that replaces one file of old/ by that of new/. An operation
# that failed names the file and leaves the old one; only when all is done but it is not certain that
# the folder has reached the disk it may fail with the new one in place.
one_file() {
  local state
  state=$(state_of "$1")
  case $2:$3:$state in
    *:0:new | *:120:new | kill:*:old | kill:*:new) ;;
    error:*:old) names_file "$1" ;;
    error:*:new) grep -qF "sync folder of $1" "$stderr" || echo "failed with the new file in place: $(cat "$stderr")" ;;
    *) echo "$1 is $state" ;;
  esac
}

tree() { # times and inodes may differ, and what pienv keeps of each run; nothing else
  find . -mindepth 1 -path ./.pienv/runs -prune -o -printf '%P\t%y\t%m\t%l\n' | LC_ALL=C sort
  find . -path ./.pienv/runs -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0r sha256sum
}

# The options of fault_runner for one mode: which calls count, then what happens at call $2.
selection() {
  case $1 in
    kill | kill-after) echo --calls change,process ;;
    full-disk) echo --calls write,pwrite64,writev,copy_file_range,sendfile,openat,open,mkdir,mkdirat,linkat,link,fsync ;;
    short) echo --calls change,read --transfers ;;
    *) echo --calls change,read ;;
  esac
}

fault() {
  case $1 in
    kill) echo --kill-at "$2" ;;
    kill-after) echo --kill-after "$2" ;;
    full-disk) echo --fail-from "$2" --error ENOSPC ;;
    error:*) echo --fail-at "$2" --error "${1#error:}" ;;
    memory*) echo --fail-at "$2" ;;
    short) echo --short-at "$2" --bytes 1 ;;
  esac
}

title() {
  case $1 in
    kill) echo "a kill before each call that changes something" ;;
    kill-after) echo "a kill after each call that changes something" ;;
    full-disk) echo "a disk that is full from each call on" ;;
    error:*) echo "${1#error:} at each call" ;;
    short) echo "a short read or write at each call" ;;
    memory) echo "memory that is refused once" ;;
    memory-onward) echo "memory that is refused from each request on" ;;
  esac
}

# With tests/lib/fail_preload.c instead of the tracer. Its report has the same lines.
run_preloaded() { # FOLDER MODE REPORT [--fail-at N]
  local folder=$1 mode=$2 report=$3 at=0 status
  case $4 in --fail-at) at=$5 ;; esac
  (
    cd "$folder" || exit 123
    if [ "$mode" = memory-onward ]; then export FAIL_PRELOAD_ONWARD=1; fi
    FAIL_PRELOAD_PROGRAM=$(realpath "$PIENV")
    export FAIL_PRELOAD_PROGRAM FAIL_PRELOAD_REPORT=$report FAIL_PRELOAD_AT=$at
    : >"$report"
    LD_PRELOAD=$SWEEP/fail_preload.so exec timeout -k 1 "$limit" "${command[@]}"
  ) </dev/null >"$report.stdout" 2>"$report.stderr"
  status=$?
  if [ "$at" = 0 ]; then printf 'calls\t%s\t%s\n' "$(wc -l <"$report")" "$(wc -l <"$report")" >>"$report"; fi
  if [ $status = 124 ]; then return 121; fi
  return $status
}

run_traced() { # FOLDER MODE REPORT [OPTION...]; standard error goes to REPORT.stderr
  local folder=$1 mode=$2 report=$3
  shift 3
  (cd "$folder" && before) >"$report.before" 2>&1 || { mv "$report.before" "$report.stderr" && return 125; }
  case $mode in memory*) run_preloaded "$folder" "$mode" "$report" "$@"; return ;; esac
  # shellcheck disable=SC2046 # the options have no spaces
  (cd "$folder" && ASAN_OPTIONS=detect_leaks=0 exec "$PIENV_BUILD/fault_runner" $(selection "$mode") \
    --under "$(realpath -m "$folder/$under")" --limit "$limit" --report "$report" "$@" -- "${command[@]}") \
    </dev/null >"$report.stdout" 2>"$report.stderr"
}

# The first and the last request of each place, and SAMPLE of all (FAULT_SAMPLE=400 for a longer sweep).
SAMPLE=${FAULT_SAMPLE:-24}
choose_requests() {
  awk -F'\t' -v full="$full" -v sample="$SAMPLE" '
    $1 == "call" { n++; if (full || !($5 in first)) { first[$5] = 1; print $2 } else last[$5] = $2 }
    END { for (site in last) print last[site]; if (!full) for (i = 1; i <= sample; i++) print int(n * i / (sample + 1)) + 1 }' |
    sort -n -u
}

# One line for each distinct call of the report: same process, same name, same paths but for what changes from run to
# run, the copy's folder and random words (long, with digits).
choose_points() { # FOLDER; report on stdin
  awk -F'\t' -v folder="$1" -v full="$full" '
    $1 == "call" {
      key = $3 " " $4
      for (i = 5; i <= NF; i++) {
        path = $i
        if (index(path, folder) == 1) path = substr(path, length(folder) + 1)
        words = split(path, word, /[^0-9a-zA-Z]+/)
        for (w = 1; w <= words; w++) key = key " " (length(word[w]) > 5 && word[w] ~ /[0-9]/ ? "#" : word[w])
      }
      if (full || !(key in first)) { first[key] = $2; print }
      else last[key] = $0
    }
    END { for (key in last) print last[key] }' | sort -t"$tab" -n -k2 | if [ -n "$full" ]; then cat; else points; fi | cut -f2
}

# One fault at call N of a mode, in a fresh copy; prints one line: "ok", "missed" (the call did not come) or
# "FAIL ...". Runs in its own process, several at a time.
try_point() { # WORK MODE N
  local work=$1 mode=$2 n=$3 copy=$1/copies/$2.$3 status why stderr faulted
  local report=$copy.report
  cp -a "$work/stock" "$copy"
  # shellcheck disable=SC2046
  run_traced "$copy" "$mode" "$report" $(fault "$mode" "$n")
  status=$?
  stderr=$report.stderr
  faulted=$(grep '^fault' "$report" | cut -f5- | tr '\t' '\n' | uniq)
  why=$(verdict "$work" "$mode" "$copy" "$report" "$status")
  if [ -n "$why" ]; then
    echo "FAIL $mode at call $n ($(grep -m1 '^fault' "$report" | cut -f4- | tr '\t' ' ')), exit $status:" \
      "$(tr '\n' '|' <<<"$why")" | sed "s|$copy/||g"
    return
  fi
  if [ "$status" = 120 ] || ! grep -q '^fault' "$report"; then echo missed; else echo ok; fi
  rm -rf "$copy" "$report" "$report".*
}

never() { # STATUS REPORT; prints what must not happen whatever the fault was
  case $1 in
    121) echo "still running after $limit s" ;;
    122) echo "processes outlived the command: $(grep '^left' "$2")" ;;
    123) echo "not traced: $(cat "$2.stderr")" ;;
    125) echo "could not be set up, or a bug: $(cat "$2.stderr")" ;;
    134 | 139) echo "crashed: $(tail -n 5 "$2.stderr")" ;;
  esac
}

# What memory ends says so; what goes on without it may end well.
tells_of_memory() { # STATUS
  case $1 in
    0) ;;
    1 | 2 | 3 | 5 | 10) grep -qiE 'memory|allocat|load libm' "$stderr" || echo "no word of memory: $(cat "$stderr")" ;;
    *) echo "exit $1 without memory: $(cat "$stderr")" ;;
  esac
}

verdict() { # WORK MODE COPY REPORT STATUS; prints what is wrong, or nothing
  local work=$1 mode=$2 copy=$3 report=$4 status=$5 kind=error why
  case $mode in kill*) kind='kill' ;; short | memory) kind=$mode ;; memory-onward) kind=memory ;; esac
  why=$(never "$status" "$report")
  if [ -z "$why" ] && [ "$kind" = memory ]; then why=$(tells_of_memory "$status"); fi
  if [ -n "$why" ]; then echo "$why"; return; fi
  if [ "$kind" = short ] && [ "$status" != 0 ] && [ "$status" != 120 ]; then
    echo "a short transfer must be continued: $(tail -n 5 "$stderr")"
    return
  fi
  why=$(cd "$copy" && invariant "$kind" "$status")
  if [ -n "$why" ]; then echo "$why"; return; fi
  if ! (cd "$copy" && next) </dev/null >"$report.next" 2>&1; then
    echo "the next plain run fails: $(tail -n 5 "$report.next")"
    return
  fi
  (cd "$copy" && tree) | diff "$work/tree" - >"$report.diff" || echo "after the next plain run: $(head -n 8 "$report.diff")"
}

sweep_mode() { # WORK MODE NUMBER
  local work=$1 mode=$2 number=$3 folder=$1/copies/$2.list listed status
  cp -a "$work/stock" "$folder"
  run_traced "$folder" "$mode" "$folder.report" --count --list
  status=$?
  if [ $status != 0 ]; then
    echo "not ok $number - $(title "$mode")"
    echo "  # without a fault: exit $status: $(never $status "$folder.report")$(tail -n 5 "$folder.report.stderr")"
    return
  fi
  case $mode in
    memory*) choose_requests <"$folder.report" >"$work/points" ;;
    *) choose_points "$folder" <"$folder.report" >"$work/points" ;;
  esac
  listed=$(awk -F'\t' '$1 == "calls" { print $2 " of " $3 }' "$folder.report")
  if [ -n "$point" ]; then echo "$point" >"$work/points"; fi
  awk -v from="$from" '$1 >= from' "$work/points" >"$work/chosen"
  xargs -P "${FAULT_JOBS:-$(nproc)}" -I '{}' "$0" --try "$work" "$mode" '{}' <"$work/chosen" >"$work/results"
  if [ "$(grep -c '^ok' "$work/results")" -gt 0 ] && ! grep -q '^FAIL' "$work/results"; then
    echo "ok $number - $(title "$mode")"
  else
    echo "not ok $number - $(title "$mode")"
    grep '^FAIL' "$work/results" | head -n 20 | sed 's/^/  # /'
  fi
  echo "# $mode: $(grep -c '^ok' "$work/results") survived, $(grep -c '^FAIL' "$work/results") not," \
    "$(grep -c '^missed' "$work/results") not reached; swept $(wc -l <"$work/chosen") of the $listed calls"
}

sweep() {
  local work number=0
  if [ "${1-}" = --try ]; then
    try_point "$2" "$3" "$4"
    return
  fi
  while [ $# -gt 0 ]; do
    case $1 in
      --full) full=1 ;;
      --keep) keep=1 ;;
      --only) shift; only=$1 ;;
      --point) shift; point=$1 ;;
      --from) shift; from=$1 ;;
      *) echo "usage: $0 [--full] [--keep] [--only MODE [--point N | --from N]]" >&2; return 2 ;;
    esac
    shift
  done
  if [ -n "$only" ]; then modes=("$only"); fi
  work=$(mktemp -d "${TMPDIR:-/tmp}/pienv-fault-XXXXXX")
  mkdir "$work/stock" "$work/plain" "$work/copies"
  export SWEEP=$work
  cp "$PIENV_BUILD/fail_preload.so" "$work" || return 1 # a path with a space cannot be preloaded
  (cd "$work/stock" && prepare) || { echo "Bail out! the tree could not be prepared"; return 1; }
  cp -a "$work/stock/." "$work/plain"
  (cd "$work/plain" && before && "${command[@]}") </dev/null >&2 || { echo "Bail out! the operation fails without a fault"; return 1; }
  (cd "$work/plain" && tree) >"$work/tree"
  echo "TAP version 14"
  echo "1..${#modes[@]}"
  for mode in "${modes[@]}"; do sweep_mode "$work" "$mode" $((number += 1)); done | tee "$work/tap"
  if [ -n "$keep" ]; then echo "# kept: $work"; fi
  ! grep -q '^not ok' "$work/tap"
  local result=$?
  [ -n "$keep" ] || rm -rf "$work"
  return $result
}
