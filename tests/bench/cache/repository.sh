#!/usr/bin/env bash
# repository.sh FOLDER COUNT: a repository of the runbook's layout with 260 files under the inputs and COUNT more, which
# are tracked but not checked out. Packed, as a clone is.
set -eu
mkdir -p "$1/packages/natives/native" && cd "$1"
for crate in $(seq 13); do
  mkdir -p "crates/crate$crate/src"
  for file in $(seq 19); do echo "pub fn f${crate}_$file() {}" >"crates/crate$crate/src/file$file.rs"; done
done
echo '# lock' >Cargo.lock
echo '[workspace]' >Cargo.toml
echo '[toolchain]' >rust-toolchain.toml
echo '{ "name": "natives", "version": "1.0.0" }' >packages/natives/package.json
for file in $(seq 6); do echo "export const a = $file;" >"packages/natives/file$file.ts"; done
printf '%s\n' '*.node' index.d.ts index.js embedded-addon.js .build >packages/natives/native/.gitignore
git init -q .
git remote add origin https://git.example.invalid/acme/widgets.git
git add -A
blob=$(echo x | git hash-object -w --stdin)
awk -v count="$2" -v blob="$blob" 'BEGIN {
  for (i = 0; i < count; i++) printf "100644 %s\tdata/d%d/s%d/file%d.txt\n", blob, i / 1000, (i / 100) % 10, i
}' | git update-index --index-info
git -c gc.auto=0 commit -qm "first commit"
git -c gc.auto=0 repack -adq
git ls-files crates Cargo.lock Cargo.toml rust-toolchain.toml packages | wc -l
