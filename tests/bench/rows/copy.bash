# shellcheck shell=bash disable=SC2154 # sourced by tests/bench/run
# Copies of 183.6 MB inside one process, in turn: what a capture is made of.
head -c 183600000 /dev/urandom >"$work/bytes"
read -r digest durable _ memory < <("$PIENV" lua "$here/copy/copy.lua" "$work/bytes" 9 2>/dev/null)
limit=2.6 fact "copy with digest, times a plain copy" "$digest" "×"
limit=3.8 fact "copy with digest on disk, times a plain copy" "$durable" "×"
limit=16 fact "memory of these copies" "$memory" MiB
echo 'print((assert(require("pienv.sha256").file((...)))))' >"$work/hash.lua"
pair "SHA-256 of 183.6 MB" "\`openssl dgst\`" 9 "$PIENV" lua "$work/hash.lua" "$work/bytes" -- openssl dgst -sha256 "$work/bytes"
rm -f "$work/bytes"*
