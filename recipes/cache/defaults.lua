-- Values of the settings that a plain hit needs, so that it need not read the rest (recipes/cache/fast.lua). Those that
-- belong to recipes/addon.lua are its defaults again; a test compares them.

return {
  addon = "pi_natives",
  package = "packages/natives",
  output = "native",
  inputs = { "crates", "Cargo.lock", "Cargo.toml", "rust-toolchain.toml", "packages/natives" },
  companions = { "index.d.ts", "index.js", "embedded-addon.js" },
  ways = { "reflink", "hardlink", "copy" },
  verify = "stat",
  dirty = "refuse",
  markers = {
    start = "// --- generated native exports (do not edit) ---",
    stop = "// --- end generated native exports ---",
  },
}
