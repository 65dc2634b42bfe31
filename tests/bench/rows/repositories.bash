# shellcheck shell=bash disable=SC2154 # sourced by tests/bench/run
# The size of the repository: the same hit, all in place, among many files that are not under the key.
. "$here/cache.bash"
export ROBOMP_NATIVES_CACHE_ROOT=$work/roots
rm -rf "$work/few"
bench_repository "$work/few" 0
stored "$work/few"
hit_of() { hit=("$PIENV" -C "$1" cache populate --target "$target"); }
hit_of "$work/few"
few=("${hit[@]}")
for count in 100000 "${PIENV_BENCH_FILES:-1000000}"; do
  folder=$work/files$count
  bench_repository "$folder" "$count"
  stored "$folder"
  hit_of "$folder"
  limit=1.15 pair "$count files" "the same hit among 260" 101 "${hit[@]}" -- "${few[@]}"
  pair "$count files, edits ignored" "runbook's script" 21 "${hit[@]}" --dirty ignore -- "${as_runbook[@]}"
  for_turbo "$folder" true
  pair "$count files" "turbo" 3 "${hit[@]}" -- "${as_turbo[@]}"
  rm -rf "$folder" "$folder.turbo"
done
