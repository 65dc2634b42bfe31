-- A fake machine with a Rust crate, for tests of the napi builder: rustc, cargo and napi as recipes/build/napi.lua asks
-- them. Read with dofile, because tests are no modules.

local fake = require("pienv.fake")
local t = require("pienv.test")

local M = {}

local CLI = "node_modules/@napi-rs/cli/"
local DERIVE = { name = "napi-derive", uses_default_features = true, features = {} }
local FEATURES = { [1] = "", [2] = 'target_feature="sse4.2"\n', [3] = 'target_feature="avx2"\n' }
FEATURES[4] = 'target_feature="avx512f"\n'

function M.elf(level)
  local info = { format = "elf", machine = "x86_64", type = "dyn", needed = {}, versions = {}, undefined = {} }
  info.sections, info.exports, info.isa_needed = { { name = ".text" } }, { "napi_register_module_v1" }, level
  return info
end

local function metadata(fields)
  if fields.metadata then
    return fields.metadata
  end
  local package = { manifest_path = "/project/crates/x/Cargo.toml", dependencies = fields.dependencies or { DERIVE } }
  local packages = require("pienv.json").array({ package })
  local data = { packages = packages, workspace_root = "/project", target_directory = "/project/target" }
  return { exit = 0, stdout = require("pienv.json").encode(data) }
end

-- rustc's CPU for the flags: the last that is named; the machine itself has level 4.
local function assumed(command)
  local level = 1
  for cpu in command:gmatch("target%-cpu=(%S+)") do
    level = cpu == "native" and 4 or tonumber(cpu:match("v(%d)$") or 1)
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
function M.emit(spec, fs)
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
    return (fields.napi or M.emit)(spec, fs, #builds)
  end
end

local function merged(setup, fields)
  for name, value in pairs(fields) do
    if name == "options" or name == "links" then
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

-- M.build { env = ..., files = ... }: the run, and in run.builds every call of napi.
function M.build(fields)
  local builds, modes = {}, {}
  for _, name in ipairs({ "node", "bun", "cc", "cargo", "cargo-zigbuild", "zig", "napi", "aarch64-linux-gnu-gcc" }) do
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
      objects = { ["modern.*%.node$"] = M.elf(3), ["baseline.*%.node$"] = M.elf(2) },
      process = machine(fields, builds),
    }, fields)
  )
  run.builds = builds
  return run
end

---A build that succeeds.
function M.built(fields)
  local run = M.build(fields)
  t.equal(run.failure and run.failure.message, nil)
  return run
end

---A build that is refused with exit 4 before any file or folder is touched.
function M.refused(fields, message, hint)
  local run = M.build(fields)
  t.equal({ run.exit, run.failure and run.failure.message }, { 4, message })
  t.contains(run.failure.hint or "", hint)
  for _, call in ipairs(run.calls) do
    t.ok(call[1] == "process" and not call[2]:find(" build ", 1, true), table.concat(call, " "))
  end
end

return M
