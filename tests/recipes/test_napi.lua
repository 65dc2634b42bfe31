-- recipes/build/napi.lua on a fake machine: what napi is told, and what is refused before anything is touched.

local t = require("pienv.test")

local machine = dofile("tests/lib/napi_machine.lua")
local build, built, refused = machine.build, machine.built, machine.refused

local CLI = "node_modules/@napi-rs/cli/"

t.test("B11 arguments of napi, in order", function()
  local command = built({}).builds[1].command
  local out = command:match("%-o (%S+)")
  t.equal(
    command,
    "/bin/node /project/node_modules/@napi-rs/cli/dist/cli.js build --manifest-path /project/crates/x/Cargo.toml"
      .. " --package-json-path /project/pkg/package.json --platform --no-js --dts index.d.ts -o "
      .. out
      .. " --profile local"
  )
  t.contains(out, "/project/pkg/native/.build/linux-x64-modern-local-")
end)

local ARM = {
  options = { arch = "arm64", cross_target = "aarch64-unknown-linux-gnu.2.17" },
  files = { ["/bin/cargo-zigbuild"] = "", ["/bin/zig"] = "" },
}

t.test("B11 a cross build adds --target and --cross-compile at the end", function()
  local command = build(ARM).builds[1].command
  t.contains(command, " --profile ci --target aarch64-unknown-linux-gnu.2.17 --cross-compile")
end)

local LINKER = "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER"

t.test("a cross build without cargo-zigbuild is for the bare triple, and cargo is told the linker", function()
  local files = { ["/bin/aarch64-linux-gnu-gcc"] = "" }
  local run = build({ options = ARM.options, files = files, settings = { cross_compile = false } })
  t.equal(run.builds[1].command:match("%-%-profile .*"), "--profile ci --target aarch64-unknown-linux-gnu")
  t.equal(run.builds[1].env[LINKER], "aarch64-linux-gnu-gcc")
end)

t.test("a linker that the caller or cargo's configuration names is left alone", function()
  local function told(fields)
    fields.options, fields.settings = ARM.options, { cross_compile = false }
    fields.files = fields.files or {}
    fields.files["/bin/aarch64-linux-gnu-gcc"] = ""
    return build(fields).builds[1].env[LINKER]
  end
  t.equal(told({ env = { [LINKER] = "/opt/ld" } }), nil)
  local config = '[target.aarch64-unknown-linux-gnu]\nlinker = "own"\n'
  t.equal(told({ files = { [".cargo/config.toml"] = config } }), nil)
  t.equal(told({ files = { ["/me/.cargo/config.toml"] = config }, env = { HOME = "/me" } }), nil)
  t.equal(told({ env = { CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER = "/opt/ld" } }), "aarch64-linux-gnu-gcc")
end)

t.test("other profiles are data; dev, whose folder napi does not know by that name, is left unsaid", function()
  local own = { ["local"] = "dev", ci = "release" }
  t.ok(not built({ settings = { profiles = own } }).builds[1].command:find("--profile", 1, true))
  t.contains(built({ settings = { profiles = own }, env = { CI = "1" } }).builds[1].command, "--profile release")
end)

t.test("B10 napi of the package wins over the root's, both over PATH", function()
  local files = { ["pkg/" .. CLI .. "package.json"] = '{"bin":"./own.js"}', ["pkg/" .. CLI .. "own.js"] = "" }
  t.contains(built({ files = files }).builds[1].command, "/bin/node /project/pkg/" .. CLI .. "own.js build ")
  local path = { [CLI .. "package.json"] = false, ["/bin/napi"] = "" }
  t.contains(built({ files = path }).builds[1].command, "/bin/napi build ")
end)

t.test("the runtime is node, else bun, or what the project says", function()
  local both = { ["/bin/bun"] = "" }
  t.contains(built({ files = both, settings = { runtime = "bun" } }).builds[1].command, "/bin/bun /project/")
  both["/bin/node"] = false
  t.contains(built({ files = both }).builds[1].command, "/bin/bun /project/")
  refused(
    { files = { ["/bin/node"] = false } },
    "cannot run /project/node_modules/@napi-rs/cli/dist/cli.js: there is no 'node' or 'bun' on PATH",
    "install Node.js or bun"
  )
  refused(
    { settings = { runtime = "deno" } },
    "cannot run /project/node_modules/@napi-rs/cli/dist/cli.js: there is no 'deno' on PATH",
    "correct 'runtime' in pienv.lua"
  )
end)

t.test("B10 no napi anywhere", function()
  refused(
    { files = { [CLI .. "package.json"] = false } },
    "Could not locate @napi-rs/cli `napi` binary in node_modules/.bin",
    "there is no /project/pkg/"
      .. CLI
      .. "package.json, nor one above it: in /project/pkg, npm install --save-dev @napi-rs/cli"
  )
  refused(
    { files = { [CLI .. "package.json"] = false, ["package.json"] = '{"devDependencies":{"@napi-rs/cli":"3"}}' } },
    "Could not locate @napi-rs/cli `napi` binary in node_modules/.bin",
    "nor one above it: npm install (or bun install) in /project"
  )
end)

t.test("B10 a manifest without the program, or with one that is missing, is named", function()
  local manifest = "cannot use @napi-rs/cli: /project/node_modules/@napi-rs/cli/package.json "
  refused(
    { files = { [CLI .. "package.json"] = "{}" } },
    manifest .. "names no program 'napi' in its field 'bin'",
    "install the package again"
  )
  refused(
    { files = { [CLI .. "dist/cli.js"] = false } },
    manifest .. "names the program /project/node_modules/@napi-rs/cli/dist/cli.js, which is not there",
    "install the package again"
  )
end)

t.test("cargo, the linker, the crate and the package are looked for first", function()
  refused(
    { files = { ["/bin/cargo"] = false } },
    "cannot compile for linux-x64-modern: there is no 'cargo'",
    "https://rustup.rs"
  )
  refused(
    { files = { ["/bin/cc"] = false } },
    "cannot link for linux-x64-modern: there is no linker 'cc'",
    "apt-get install gcc libc6-dev"
  )
  refused(
    { files = { ["crates/x/Cargo.toml"] = false } },
    "cannot build: /project/crates/x/Cargo.toml is missing",
    "correct 'crate' in pienv.lua"
  )
  refused(
    { files = { ["pkg/package.json"] = false } },
    "cannot build: /project/pkg/package.json is missing",
    "correct 'package' in pienv.lua"
  )
  built({ files = { ["/bin/cc"] = false }, env = { CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER = "/opt/ld" } })
  built({ files = { ["/bin/cc"] = false, [".cargo/config.toml"] = 'linker = "clang"' } })
end)

t.test("cross builds: triple, standard library and cargo-zigbuild are looked for first", function()
  refused(
    { options = { arch = "arm64" } },
    "cannot cross-compile for linux-arm64: no target triple is given",
    "set CROSS_TARGET, for example CROSS_TARGET=aarch64-unknown-linux-gnu"
  )
  refused(
    { options = { platform = "darwin", arch = "arm64" } },
    "cannot cross-compile for darwin-arm64: no target triple is given",
    "set CROSS_TARGET, for example CROSS_TARGET=aarch64-apple-darwin"
  )
  refused(
    { options = ARM.options, files = { ["/rustlib"] = false } },
    "cannot compile for aarch64-unknown-linux-gnu: rustc has no standard library for it",
    "rustup target add aarch64-unknown-linux-gnu"
  )
  refused(
    { options = ARM.options, libdir = { exit = 1, stderr = "error: no such target\n" } },
    "cannot compile for aarch64-unknown-linux-gnu: error: no such target",
    "rustc --print target-list"
  )
  refused(
    { options = ARM.options },
    "cannot cross-compile for linux-arm64: there is no 'cargo-zigbuild'",
    "cargo install cargo-zigbuild"
  )
  refused(
    { options = ARM.options, files = { ["/bin/cargo-zigbuild"] = "" } },
    "cannot cross-compile for linux-arm64: there is no 'zig' for cargo-zigbuild to link with",
    "pip install ziglang, or name yours in CARGO_ZIGBUILD_ZIG_PATH"
  )
  refused(
    { options = ARM.options, files = ARM.files, env = { CARGO_ZIGBUILD_ZIG_PATH = "/opt/zig" } },
    "cannot cross-compile for linux-arm64: there is no '/opt/zig' for cargo-zigbuild to link with",
    "CARGO_ZIGBUILD_ZIG_PATH names it"
  )
  refused(
    { options = ARM.options, settings = { cross_compile = false } },
    "cannot link for linux-arm64: there is no linker 'aarch64-unknown-linux-gnu-gcc' or 'aarch64-linux-gnu-gcc'",
    "apt-get install gcc-aarch64-linux-gnu), or name yours in CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER"
  )
end)

t.test("a workspace without the profile is told the lines to add", function()
  refused(
    { clean = "error: profile `local` is not defined\n" },
    "cannot build: there is no cargo profile 'local' in /project/Cargo.toml",
    'add to it:\n[profile.local]\ninherits = "dev"\nor name another one in pienv.lua: profiles ='
  )
  refused(
    { clean = "error: profile `ci` is not defined\n", env = { CI = "1" } },
    "cannot build: there is no cargo profile 'ci' in /project/Cargo.toml",
    '[profile.ci]\ninherits = "release"'
  )
  t.equal(build({ settings = { profiles = { ci = "x" } } }).exit, 3)
end)

t.test("B19 a crate whose declarations napi would not write is told the lines to add", function()
  local dependencies = { { name = "napi-derive", uses_default_features = false, features = { "strict" } } }
  refused(
    { dependencies = dependencies },
    "napi would write no index.d.ts: /project/crates/x/Cargo.toml does not use napi-derive with its feature type-def",
    'napi-derive = { version = "3", features = ["type-def"] }'
  )
  dependencies[1].features[2] = "type-def"
  built({ dependencies = dependencies })
  built({
    dependencies = { { name = "napi-sys" } },
    settings = { declarations = "own.d.ts" },
    files = { ["pkg/own.d.ts"] = "export declare function g(): void\n" },
  })
end)
