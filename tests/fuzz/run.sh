# shellcheck shell=bash
# Sourced by tests/fuzz/NAME/test: builds tests/fuzz/fuzz_NAME.c (preset fuzz: clang, libFuzzer, sanitizers) and runs it
# on its corpus for a bounded time. What is found lies in build-fuzz/NAME. The targets lua_NAME are fuzz_lua.c with
# lua/NAME.lua; their coverage is that of Lua's lines.
# The short run of CI starts from one seed, so that two runs try nearly the same (addresses and times differ);
# PIENV_FUZZ_SECONDS makes it longer and starts from a seed of its own (PIENV_FUZZ_SEED, to repeat one). Each starts from
# what earlier runs have kept in build-fuzz/NAME.
: "${PIENV_FUZZ_SEED:=$([ -z "${PIENV_FUZZ_SECONDS:-}" ] && echo 1 || echo 0)}"
. "$(dirname "${BASH_SOURCE[0]}")/../lib/e2e.sh"

# Runs of changed inputs that any run makes, however busy the machine is: a fuzzer that runs nothing finds nothing.
LEAST_RUNS=50

# fuzz NAME
fuzz() {
  local name=$1 folder=$root/build-fuzz
  needs clang
  mkdir -p "$folder/$name"
  check "fuzz_$name is built" build_fuzzer "$folder" "fuzz_$name"
  check "every input of the corpus passes" run_fuzzer "$folder" "$name" -runs=0
  check "nothing is found in ${PIENV_FUZZ_SECONDS:=20} seconds" run_fuzzer "$folder" "$name" \
    -seed="$PIENV_FUZZ_SEED" -max_total_time="$PIENV_FUZZ_SECONDS" "$folder/$name"
  check "it made at least $LEAST_RUNS runs of changed inputs" test "$(changed_inputs)" -ge "$LEAST_RUNS"
  echo "# $name: $(stat_of number_of_executed_units) executions, coverage $(coverage)"
  finish
}

# stat_of NAME: a figure at the end of libFuzzer's log.
stat_of() {
  sed -n "s/^stat::$1: *//p" "$work/log"
}

# Executions after those of the corpus: "#155 INITED ..." is printed between.
changed_inputs() {
  local all corpus
  all=$(stat_of number_of_executed_units)
  corpus=$(sed -n 's/^#\([0-9]*\)[[:space:]]*INITED.*/\1/p' "$work/log")
  echo $((${all:-0} - ${corpus:-${all:-0}}))
}

# Pairs of lines for Lua, edges for C.
coverage() {
  local lines
  lines=$(stat_of lua_pairs_of_lines)
  echo "${lines:-$(sed -n 's/^#[0-9]*.* cov: \([0-9]*\) .*/\1/p' "$work/log" | tail -n 1)}"
}

# run_fuzzer FOLDER NAME OPTIONS... Lua's memory is not looked at for leaks after each input: it is collected later.
run_fuzzer() {
  local folder=$1 name=$2 leaks=1
  [[ $name == lua_* ]] && leaks=0
  "$folder/fuzz_$name" -timeout=10 -rss_limit_mb=1024 -max_len=16384 -detect_leaks=$leaks -print_final_stats=1 \
    -artifact_prefix="$folder/$name/found-" "${@:3}" "$root/tests/fuzz/corpus/$name" >"$work/log" 2>&1 && return
  tail -n 40 "$work/log"
  return 1
}

build_fuzzer() {
  (
    flock 9
    cd "$root" && cmake --preset fuzz && cmake --build "$1" --target "$2"
  ) 9>"$1/.lock"
}
