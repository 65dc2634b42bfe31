# shellcheck shell=bash
# Sourced by tests/fuzz/NAME/test: builds tests/fuzz/fuzz_NAME.c (preset fuzz: clang, libFuzzer, sanitizers) and runs it
# on its corpus for a bounded time. PIENV_FUZZ_SECONDS makes it longer; what is found lies in build-fuzz/NAME.
. "$(dirname "${BASH_SOURCE[0]}")/../lib/e2e.sh"

# fuzz NAME
fuzz() {
  local name=$1 folder=$root/build-fuzz
  needs clang
  mkdir -p "$folder/$name"
  check "fuzz_$name is built" build_fuzzer "$folder" "fuzz_$name"
  check "every input of the corpus passes" "$folder/fuzz_$name" -runs=0 "$root/tests/fuzz/corpus/$name"
  check "nothing is found in ${PIENV_FUZZ_SECONDS:=20} seconds" search "$folder" "$name"
  # A fuzzer that runs nothing finds nothing.
  check "it made at least 10000 runs" test "$(sed -n 's/^stat::number_of_executed_units: //p' "$work/log")" -ge 10000
  finish
}

search() {
  "$1/fuzz_$2" -max_total_time="$PIENV_FUZZ_SECONDS" -timeout=10 -rss_limit_mb=1024 -max_len=16384 \
    -print_final_stats=1 -artifact_prefix="$1/$2/found-" "$1/$2" "$root/tests/fuzz/corpus/$2" >"$work/log" 2>&1 && return
  tail -n 40 "$work/log"
  return 1
}

build_fuzzer() {
  (
    flock 9
    cd "$root" && cmake --preset fuzz && cmake --build "$1" --target "$2"
  ) 9>"$1/.lock"
}
