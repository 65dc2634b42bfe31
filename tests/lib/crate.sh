# shellcheck shell=bash
# shellcheck disable=SC2154 # root: of e2e.sh
# Sourced after addon.sh by tests that build crates. Nothing is fetched: third_party/install has put the crates into
# cargo's cache and the napi CLI into .tools/. What cargo compiles is kept in .tools/target for all tests and builds of
# pienv, so that only the first one compiles the dependencies.
unset CARGO_BUILD_TARGET CARGO_BUILD_TARGET_DIR CARGO_BUILD_RUSTFLAGS CARGO_ENCODED_RUSTFLAGS PCRE2_SYS_STATIC
unset RUSTC_WRAPPER ACME_TEXT_VARIANT CARGO_ZIGBUILD_ZIG_PATH CARGO_ZIGBUILD_PYTHON_PATH
unset CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER
export CARGO_NET_OFFLINE=true CARGO_TERM_COLOR=never CARGO_TARGET_DIR=$root/.tools/target
needs cargo
# A rust-toolchain.toml above the temporary folder is not ours.
if command -v rustup >/dev/null; then
  RUSTUP_TOOLCHAIN=${RUSTUP_TOOLCHAIN:-$(rustup default | cut -d ' ' -f 1)} && export RUSTUP_TOOLCHAIN
fi

# crate_project NAME FOLDER: a fresh copy of examples/NAME, a crate, with the packages of its package.json.
crate_project() {
  project "$1" "$2"
  rm -rf "$2/target" "$2/node_modules"
  ln -s "$root/.tools/npm/node_modules" "$2/node_modules"
}
