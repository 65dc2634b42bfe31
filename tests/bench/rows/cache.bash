# shellcheck shell=bash disable=SC2154,SC2034 # sourced by tests/bench/run, whose rows are of the group $group
# A hit, a miss, nothing to do and a capture of the cache.
# Hits are measured in memory where that is possible: tests/bench/cache tells why.
. "$here/cache.bash"
fast=$work
if [ -w /dev/shm ]; then fast=$(mktemp -d /dev/shm/pienv-bench-XXXXXX) && trap 'rm -rf "$work" "$fast"' EXIT; fi
on_disk=$ROBOMP_NATIVES_CACHE_ROOT
export ROBOMP_NATIVES_CACHE_ROOT=$fast/root
small=$fast/small
bench_repository "$small" 0
stored "$small"
for_turbo "$small" true
hit=("$PIENV" -C "$small" cache populate --target "$target")
files="$native/*.node $native/*.?s"
fresh="cd '$small' && rm -f $files '$ROBOMP_NATIVES_CACHE_ROOT/$slug/.pienv-journal'; cd '$small.turbo' && rm -f $files"
for input in crates Cargo.lock Cargo.toml rust-toolchain.toml packages/natives; do echo "HEAD:$input"; done >"$work/asked"
asks=(git -C "$small" cat-file --batch-check)

group=hit
limit=2.2 why=0018-hit-speed pair "edits ignored, one link, three copies" "\`/bin/true\`" 201 -p "$fresh" "${hit[@]}" --dirty ignore -- /bin/true
limit=1 why=0018-hit-speed pair "edits ignored" "one \`git cat-file --batch-check\`" 201 -i "$work/asked" -p "$fresh" "${hit[@]}" --dirty ignore -- "${asks[@]}"
limit=3.5 why=0018-hit-speed pair "edits looked for in 260 files" "\`/bin/true\`" 201 -p "$fresh" "${hit[@]}" -- /bin/true
pair "edits ignored" "runbook's script" 31 -p "$fresh" "${hit[@]}" --dirty ignore -- "${as_runbook[@]}"
pair "edits looked for" "turbo" 9 -p "$fresh" "${hit[@]}" -- "${as_turbo[@]}"
limit=5 fact "memory of a hit that places files" "$(mib "$(peak -p "$fresh" "${hit[@]}")")" MiB

group=no-op
"${hit[@]}" >"$work/log" 2>&1
pair "all in place, edits ignored" "\`/bin/true\`" 201 "${hit[@]}" --dirty ignore -- /bin/true
pair "all in place, edits ignored" "runbook's script" 31 "${hit[@]}" --dirty ignore -- "${as_runbook[@]}"
pair "all in place" "turbo" 9 "${hit[@]}" -- "${as_turbo[@]}"
calls='write,pwrite64,writev,link,linkat,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,chmod,fchmod,fchmodat,utimensat,ftruncate,symlinkat,openat'
strace -f -qq -e "trace=$calls" -o "$work/calls" "${hit[@]}" >"$work/log" 2>&1
limit=0 fact "system calls that write, all in place" "$(grep -c -v -E 'write\([12],|O_RDONLY' "$work/calls")" calls

group=miss
# An exit code of 10 is what both say of a miss.
# shellcheck disable=SC2016 # for the inner shell
missed=(sh -c '"$@"; [ $? = 10 ]' -)
mkdir "$work/empty"
pair "no entry" "runbook's script" 51 "${missed[@]}" "${hit[@]}" --root "$work/empty" -- \
  "${missed[@]}" "$python" "$here/cache/runbook.py" "$small" "$work/empty" "$target"

group=capture
export ROBOMP_NATIVES_CACHE_ROOT=$on_disk
cp -a "$small" "$work/disk" && small=$work/disk && runbook "$small"
sync
gone="rm -rf '${ROBOMP_NATIVES_CACHE_ROOT:?}/$slug'/?* '$work/runbook'/*/* '$work/copy' '$work/turbo'"
capture=("$PIENV" -C "$small" cache capture --target "$target")
limit=3.8 why=0018-hit-speed pair "183.6 MB with digests, on disk" "\`cp\`, not synced" 7 -p "$gone" "${capture[@]}" -- cp --reflink=never "$work/addon" "$work/copy"
pair "on disk" "runbook's script, not synced, no digest" 7 -p "$gone" "${capture[@]}" -- "${as_runbook[@]}" capture
pair "on disk" "turbo, not synced, compressed" 5 -p "$gone" "${capture[@]}" -- "${as_turbo[@]}"
