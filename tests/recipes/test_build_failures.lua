-- Every failure text of a build, to the letter, through the whole recipe: what is asked for wrongly, what a builder
-- left, and what cannot be installed. What only a real file can show is in tests/e2e/148-build-failures.

local fake = require("pienv.fake")
local t = require("pienv.test")

local INFO = {
  format = "elf",
  machine = "x86_64",
  type = "dyn",
  needed = { "libc.so.6" },
  versions = {},
  sections = { { name = "" }, { name = ".text" } },
  exports = { "napi_register_module_v1" },
  undefined = {},
  isa_needed = 3,
}

-- A builder that leaves these files in the folder that it was given.
local function leaving(...)
  local names = { ... }
  local function compile(s, job)
    for _, name in ipairs(names) do
      s.fs.write(job.out .. "/" .. name, "bytes of " .. name)
    end
  end
  return { tool = "napi build", compile = compile }
end

-- The install step with a transaction that fails: `fails` maps "stage" or "commit" to the system's reason.
local function failing(fails)
  return function(s, base)
    local real = s.transaction
    s.transaction = {
      after = real.after,
      begin = function()
        local tx = real.begin()
        local function stage(_, _, to)
          return nil, (fails.stage:gsub("FILE", to)), fails.code
        end
        tx.write = fails.stage and stage or tx.write
        tx.copy = fails.stage and stage or tx.copy
        tx.commit = fails.commit
            and function()
              return nil, fails.commit, "EIO", fails.mixed or false
            end
          or tx.commit
        return tx
      end,
    }
    base(s)
  end
end

local function build(given)
  return fake.run("build", {
    options = given.options or { variant = "modern" },
    env = given.env,
    host = given.host,
    files = given.files,
    objects = { ["%.node$"] = given.info or INFO },
    settings = {
      builder = given.builder or leaving("pi_natives.linux-x64-gnu.node"),
      declarations = given.declarations,
    },
    override = { build = { steps = { install = { run = given.fails and failing(given.fails) } } } },
    process = given.process,
  })
end

local function told(given)
  local run = build(given)
  return run.failure and run.failure.message, run
end

-- Refused by the command line's own words, before anything is touched.
local function refused(options, message)
  local run = build({ options = options })
  t.equal({ run.exit, run.failure and run.failure.message, run.calls }, { 4, message, {} })
end

local NATIVE = "packages/natives/native/"
local MODERN = "pi_natives.linux-x64-modern.node"

t.test("B4 a variant for another architecture", function()
  local arm = { arch = "arm64", variant = "modern" }
  refused(arm, "TARGET_VARIANT is only supported for x64 builds, got linux-arm64.")
  arm.variant = "nonsense"
  refused(arm, "TARGET_VARIANT is only supported for x64 builds, got linux-arm64.")
end)

t.test("B4 an unknown variant", function()
  refused({ variant = "fast" }, 'Unsupported TARGET_VARIANT: fast. Expected "modern" or "baseline".')
  refused(
    { variant = "fast", platform = "darwin" },
    'Unsupported TARGET_VARIANT: fast. Expected "modern" or "baseline".'
  )
end)

t.test("B4 an x64 cross build without variant", function()
  local message = "x64 cross-builds require TARGET_VARIANT=modern or TARGET_VARIANT=baseline."
  refused({ platform = "darwin" }, message)
  refused({ cross_target = "x86_64-unknown-linux-gnu.2.17" }, message)
end)

t.test("N1 an unsupported platform", function()
  refused(
    { platform = "sunos", variant = "modern" },
    "Unsupported platform: sunos-x64\n"
      .. "Supported platforms: linux-x64, linux-arm64, darwin-x64, darwin-arm64, win32-x64, win32-arm64"
  )
end)

t.test("B25 two outputs with one name", function()
  local message = "Refusing to install two outputs as pi_natives.linux-x64-modern.node: "
    .. "linux-x64-modern and linux-x64-modern."
  refused({ variants = { "modern", "modern" } }, message)
end)

t.test("B17 no artifact: the expected name, the folder and what is in it", function()
  local function none(...)
    local message, run = told({ builder = leaving(...) })
    t.equal(run.exit, 1)
    return (message:gsub("/%.build/[^/]+/", "/.build/WORK/"))
  end
  local form = "napi build succeeded but did not emit a native addon for linux-x64. Expected "
    .. MODERN
    .. " or an environment-tagged variant in /project/packages/natives/native/.build/WORK/out. Directory contents: %s."
  t.equal(none(), form:format("(empty)"))
  t.equal(none("libpi.so", "index.d.ts"), form:format("index.d.ts, libpi.so"))
  t.equal(none("pi_natives.linux-arm64-gnu.node"), form:format("pi_natives.linux-arm64-gnu.node"))
end)

t.test("B17 several artifacts: one line each; what was expected and the folder's contents are the next step", function()
  local names = { "pi_natives.linux-x64-gnu.node", "pi_natives.linux-x64.node" }
  local message, run = told({ builder = leaving(names[2], "index.d.ts", names[1]) })
  t.equal(
    message,
    "napi build emitted multiple unrecognized native addons for linux-x64:\n  - " .. table.concat(names, "\n  - ")
  )
  local hint = run.failure.hint:gsub("/%.build/[^/]+/", "/.build/WORK/")
  t.equal(
    hint,
    "expected "
      .. MODERN
      .. " in /project/packages/natives/native/.build/WORK/out. Directory contents: "
      .. "index.d.ts, pi_natives.linux-x64-gnu.node, pi_natives.linux-x64.node."
  )
end)

t.test("S3 a release that still holds forbidden sections", function()
  local info = setmetatable({}, { __index = INFO })
  info.sections = { { name = "" }, { name = ".debug_info" }, { name = ".symtab" }, { name = ".strtab" } }
  t.equal(
    told({ env = { CI = "1" }, info = info }),
    "Native addon "
      .. MODERN
      .. " still contains stripped-release forbidden ELF sections: .debug_info, .symtab, .strtab"
  )
end)

t.test("I1 an addon that cannot be replaced", function()
  local fails = { commit = "rename " .. NATIVE .. MODERN .. ": Device or resource busy" }
  local message, run = told({ fails = fails, files = { [NATIVE .. MODERN] = "old" } })
  t.equal(
    message,
    "Cannot replace " .. MODERN .. ": rename packages/natives/native/" .. MODERN .. ": Device or resource busy"
  )
  t.equal(run.files[NATIVE .. MODERN], "old")
end)

t.test("what is there after an installation that failed is told as it is", function()
  local fails = { commit = "replace " .. NATIVE .. MODERN .. ": Input/output error" }
  local _, run = told({ fails = fails })
  t.equal(run.failure.hint, "what was there before is still in place")
  fails.mixed = true
  _, run = told({ fails = fails })
  t.contains(run.failure.hint, "run pienv here again")
end)

t.test("I1 on Windows with the likely cause", function()
  local name = "pi_natives.win32-x64-modern.node"
  local message = told({
    host = { platform = "win32", arch = "x64", level = 3 },
    builder = leaving("pi_natives.win32-x64-msvc.node"),
    files = { [NATIVE .. name] = "old" },
    fails = { commit = "rename " .. NATIVE .. name .. ": EBUSY" },
  })
  t.equal(
    message,
    "Cannot replace pi_natives.win32-x64-modern.node (file may be in use - close any running processes): "
      .. "rename packages/natives/native/pi_natives.win32-x64-modern.node: EBUSY"
  )
end)

t.test("I1 an addon that cannot be installed where none was", function()
  t.equal(
    told({ fails = { commit = "rename " .. NATIVE .. MODERN .. ": Input/output error" } }),
    "Failed to install " .. MODERN .. ": rename packages/natives/native/" .. MODERN .. ": Input/output error"
  )
end)

t.test("I1 a copy that fails speaks for itself", function()
  t.equal(
    told({ fails = { stage = "copy FILE: No space left on device", code = "ENOSPC" } }),
    "copy /project/packages/natives/native/" .. MODERN .. ": No space left on device"
  )
end)

t.test("I3 declarations that cannot be read", function()
  t.equal(
    told({
      declarations = "types/own.d.ts",
      builder = {
        compile = function(s, job)
          s.fs.write(job.out .. "/" .. MODERN, "bytes")
          return { declarations = "/project/types/own.d.ts" }
        end,
      },
    }),
    "Failed to install generated index.d.ts: open /project/types/own.d.ts: No such file or directory"
      .. " (from types/own.d.ts to packages/natives/native/index.d.ts)"
  )
end)

local DECLARED = leaving("index.d.ts", "pi_natives.linux-x64-gnu.node")

t.test("I3 declarations that cannot be staged, with source and destination", function()
  local fails = { stage = "write native/index.d.ts: Permission denied", code = "EACCES" }
  local message = told({ builder = DECLARED, fails = fails })
  t.equal(
    message:gsub("%.build/[^/]+/", ".build/WORK/"),
    "Failed to install generated index.d.ts: write native/index.d.ts: Permission denied"
      .. " (from packages/natives/native/.build/WORK/out/index.d.ts to packages/natives/native/index.d.ts)"
  )
end)

t.test("I3 declarations that cannot be put in place", function()
  local fails = { commit = "rename packages/natives/native/index.d.ts: Is a directory" }
  t.contains(
    told({ builder = DECLARED, fails = fails }),
    "Failed to install generated index.d.ts: rename packages/natives/native/index.d.ts: Is a directory (from "
  )
end)

t.test("G5 declarations without public symbol, and an index.js without markers", function()
  local index = { [NATIVE .. "index.js"] = "export {};\n" }
  t.equal(
    told({ builder = DECLARED, files = index }),
    "No public symbols found in index.d.ts — check napi build output"
  )
  local function compile(s, job)
    s.fs.write(job.out .. "/" .. MODERN, "bytes")
    s.fs.write(job.out .. "/index.d.ts", "export declare function f(): void\n")
  end
  t.equal(
    told({ builder = compile, files = index }),
    "gen-enums: /project/packages/natives/native/index.js is missing the generated marker block. Add\n"
      .. "// --- generated native exports (do not edit) ---\n"
      .. "// --- end generated native exports ---\n"
      .. "placeholders before running."
  )
end)
