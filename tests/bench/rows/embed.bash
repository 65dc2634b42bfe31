# shellcheck shell=bash disable=SC2154,SC2034 # sourced by tests/bench/run, whose rows are of the group $group
# Two addons of 183.6 MB into one archive, and one of them out of it again: whole commands, and the engine's function alone.
# The addons hold code of this machine's programs.
p=$work/big size=${PIENV_BENCH_SIZE:-183600000} # another size only to try this out
mkdir -p "$p/native" && cd "$work" || exit
find -L /usr/lib /usr/bin -type f -size +300k ! -name '*.a' -print0 2>/dev/null | sort -z | xargs -0 cat 2>/dev/null |
  head -c $((size * 2)) >machine
head -c "$size" machine >modern
tail -c "$size" machine >baseline
for variant in modern:3 baseline:2; do
  name=${variant%:*}
  cc -shared -fPIC -I"${NODE_HEADERS:-/usr/include/node}" "-DFILE_NAME=\"$name\"" "-DVARIANT=\"$name\"" \
    "-Wl,-z,x86-64-v${variant#*:}" -o "$p/native/big.linux-x64-$name.node" "$here/embed/addon.c" || exit
done
rm machine modern baseline
echo '{ "name": "@acme/big", "version": "1.0.0", "type": "module" }' >"$p/package.json"
cat >"$p/pienv.lua" <<'LUA'
return require("pienv").project({
  addon = "big", package = ".", app = "big", sentinel = "__bigV{version}", hook = "", emitters = { "js", "json" },
})
LUA
modern_file=big.linux-x64-modern.node baseline_file=big.linux-x64-baseline.node
files=("$p/native/$modern_file" "$p/native/$baseline_file")
bytes() { stat -c %s "$@"; }

group=embed
embed=("$PIENV" -C "$p" embed)
again="rm -f '$p/native'/embedded-addon*"
by_bun=("$bun" "$here/archive/bun-pack.mjs" bun.tgz "${files[@]}")
write=("$PIENV" lua "$here/archive/write.lua")
limit=0.4 why=0017-embed pair "\`pienv embed\`, verified, on disk" "bun's archive, gzip 9" 1 -p "$again" "${embed[@]}" -- "${by_bun[@]}"
limit=64 why=0017-embed fact "memory of \`pienv embed\`" "$(mib "$own")" MiB
limit=0.4 why=0012-archive pair "\`archive.write\`, level 8" "bun's archive, gzip 9" 1 "${write[@]}" many.tgz 8 many "${files[@]}" -- "${by_bun[@]}"
pair "\`pienv embed\`" "tar with \`pigz -9\`" 1 -p "$again" "${embed[@]}" -- tar -I 'pigz -9' -cf pigz.tgz -C "$p/native" $modern_file $baseline_file
pair "\`pienv embed\`" "tar with \`gzip -9\`" 1 -p "$again" "${embed[@]}" -- tar -I 'gzip -9' -cf gzip.tgz -C "$p/native" $modern_file $baseline_file
"${embed[@]}" >"$work/log" 2>&1 || cat "$work/log" >&2
ours=$(bytes "$p"/native/*.tar.gz)
limit=0.2 fact "bytes more than bun's" "$(awk "BEGIN { printf \"%.2f\", ($ours / $(bytes bun.tgz) - 1) * 100 }")" %
fact "bytes: pienv" "$ours" ""
fact "bytes: bun" "$(bytes bun.tgz)" ""
fact "bytes: pigz -9" "$(bytes pigz.tgz)" ""
fact "bytes: gzip -9" "$(bytes gzip.tgz)" ""

group=extract
export HOME=$work/home PI_COMPILED=1
"$PIENV" -C "$p" loader >"$work/log" 2>&1 || cat "$work/log" >&2
forget="rm -rf '$HOME' '$work/described'; mkdir '$HOME'"
described=("$root/tests/e2e/260-embed/extract.mjs" "$p/native/embedded-addon.json" 1.0.0 "$work/described")
for name in modern baseline; do
  file=big.linux-x64-$name.node
  extract=("$PIENV" lua "$here/archive/extract.lua" many.tgz "$file" "$(sha256sum <"$p/native/$file" | cut -d ' ' -f 1)" out)
  limit=0.35 why=0012-archive pair "\`archive.extract\` of $name, with digest" "loader in JavaScript, node" 3 "${extract[@]}" -- node "$here/archive/loader.mjs" many.tgz "$file" loaded
  limit=64 why=0017-embed fact "memory of \`archive.extract\` of $name" "$(mib "$own")" MiB
  pair "\`archive.extract\` of $name, with digest" "\`tar -xzf\`, one file" 3 "${extract[@]}" -- tar -xzf many.tgz -C "$HOME" "$file"
  export PI_NATIVE_VARIANT=$name
  limit=0.35 why=0017-embed pair "\`pienv probe --extract\` of $name, on disk" "described loader, node" 3 -p "$forget" \
    "$PIENV" -C "$p" probe --extract --mode compiled --load none -- node "${described[@]}"
  limit=64 why=0017-embed fact "memory of \`pienv probe --extract\` of $name" "$(mib "$own")" MiB
  for runtime in node "$bun"; do
    limit=0.35 why=0017-embed pair "generated loader, $name, with digest" "described loader, $(basename "$runtime")" 3 -p "$forget" \
      "$runtime" -e "require('$p/native/loader.cjs').load()" -- "$runtime" "${described[@]}"
    limit=64 why=0017-embed fact "memory of the generated loader, $name, beside $(basename "$runtime")" \
      "$(mib "$((own - $(peak "$runtime" -e 0)))")" MiB
  done
done
unset PI_NATIVE_VARIANT PI_COMPILED
rm -rf "$p" ./*.tgz
