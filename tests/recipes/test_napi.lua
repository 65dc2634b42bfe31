-- recipes/build/napi.lua on a fake machine: what napi is told, what it gets as environment, and what is refused before
-- anything is touched.

local fake = require("pienv.fake")
local t = require("pienv.test")

local CLI = "node_modules/@napi-rs/cli/"
local DERIVE = { name = "napi-derive", uses_default_features = true, features = {} }
local FEATURES = { [1] = "", [2] = 'target_feature="sse4.2"\n', [3] = 'target_feature="avx2"\n' }
FEATURES[4] = 'target_feature="avx512f"\n'

local function elf(level)
  local info = { format = "elf", machine = "x86_64", type = "dyn", needed = {}, versions = {}, undefined = {} }
  info.sections, info.exports, info.isa_needed = { { name = ".text" } }, { "napi_register_module_v1" }, level
  return info
end

local function metadata(fields)
  local package = { manifest_path = "/project/crates/x/Cargo.toml", dependencies = fields.dependencies or { DERIVE } }
  local packages = require("pienv.json").array({ package })
  local data = { packages = packages, workspace_root = "/project", target_directory = "/project/target" }
  return { exit = 0, stdout = require("pienv.json").encode(data) }
end

-- rustc's CPU for the flags: the last that is named; the machine itself has level 4.
local function assumed(command)
  local level = 1
  for cpu in command:gmatch("target%-cpu=(%S+)") do
    level = cpu == "native" and 4 or tonumber(cpu:match("%d$"))
  end
  return { exit = 0, stdout = FEATURES[level] }
end

local answers = {
  { " metadata ", metadata },
  {
    " clean ",
    function(fields)
      return { exit = fields.clean and 101 or 0, stderr = fields.clean }
    end,
  },
  {
    "target-libdir",
    function(fields)
      return fields.libdir or { exit = 0, stdout = "/rustlib\n" }
    end,
  },
  {
    "-vV",
    function()
      return { exit = 0, stdout = "rustc 1.95.0\nhost: x86_64-unknown-linux-gnu\n" }
    end,
  },
  {
    "--print cfg",
    function(fields, command)
      local unknown = fields.old_rustc and command:find("linker-features", 1, true)
      return unknown and { exit = 1 } or fields.cfg or assumed(command)
    end,
  },
}

-- What napi leaves, unless fields.napi says something else.
local function emit(spec, fs)
  local out
  for i, word in ipairs(spec.argv) do
    out = word == "-o" and spec.argv[i + 1] or out
  end
  fs.write(out .. "/x.linux-x64-gnu.node", "ELF")
  fs.write(out .. "/index.d.ts", "export declare function f(): void\n")
  return { exit = 0 }
end

local function machine(fields, builds)
  return function(spec, fs)
    local command = table.concat(spec.argv, " ")
    for _, row in ipairs(answers) do
      if command:find(row[1], 1, true) then
        return row[2](fields, command)
      end
    end
    if not command:find(" build ", 1, true) then
      return { exit = 0 }
    end
    builds[#builds + 1] = { command = command, env = spec.env }
    return (fields.napi or emit)(spec, fs, #builds)
  end
end

local function merged(setup, fields)
  for name, value in pairs(fields) do
    if name == "options" or name == "override" then
      setup[name] = value
    elseif type(setup[name]) == "table" then
      for key, inner in pairs(value) do
        if inner or name == "settings" then
          setup[name][key] = inner
        else
          setup[name][key] = nil -- false: no such file
        end
      end
    end
  end
  return setup
end

-- build { variant = "modern", env = ..., files = ... }: the run, and in run.builds every call of napi.
local function build(fields)
  local builds, modes = {}, {}
  for _, name in ipairs({ "node", "bun", "cc", "cargo", "cargo-zigbuild", "napi", "aarch64-linux-gnu-gcc" }) do
    modes["/bin/" .. name] = 493
  end
  local run = fake.run(
    "build",
    merged({
      settings = { addon = "x", package = "pkg", crate = "crates/x", banner = "x" },
      files = {
        ["/bin/node"] = "",
        ["/bin/cc"] = "",
        ["/bin/cargo"] = "",
        ["/rustlib"] = "",
        ["pkg/package.json"] = "{}",
        ["crates/x/Cargo.toml"] = "",
        [CLI .. "package.json"] = '{"bin":{"napi":"./dist/cli.js"}}',
        [CLI .. "dist/cli.js"] = "",
      },
      modes = modes,
      env = { PATH = "/bin" },
      options = { variant = "modern" },
      objects = { ["modern.*%.node$"] = elf(3), ["baseline.*%.node$"] = elf(2) },
      process = machine(fields, builds),
    }, fields)
  )
  run.builds = builds
  return run
end

local function built(fields)
  local run = build(fields)
  t.equal(run.failure and run.failure.message, nil)
  return run
end

-- A build that is refused with exit 4 before any file or folder is touched.
local function refused(fields, message, hint)
  local run = build(fields)
  t.equal({ run.exit, run.failure and run.failure.message }, { 4, message })
  t.contains(run.failure.hint or "", hint)
  for _, call in ipairs(run.calls) do
    t.ok(call[1] == "process" and not call[2]:find(" build ", 1, true), table.concat(call, " "))
  end
end

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
  files = { ["/bin/cargo-zigbuild"] = "" },
}

t.test("B11 a cross build adds --target and --cross-compile at the end", function()
  local command = build(ARM).builds[1].command
  t.contains(command, " --profile ci --target aarch64-unknown-linux-gnu.2.17 --cross-compile")
end)

t.test("a cross build with a linker of its own leaves --cross-compile out", function()
  local files = { ["/bin/aarch64-linux-gnu-gcc"] = "" }
  local run = build({ options = ARM.options, files = files, settings = { cross_compile = false } })
  t.equal(run.builds[1].command:match("%-%-profile .*"), "--profile ci --target aarch64-unknown-linux-gnu.2.17")
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
    "in /project/pkg: npm install --save-dev @napi-rs/cli"
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
    "set CROSS_TARGET"
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
