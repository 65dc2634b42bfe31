-- recipes/build.lua on a fake machine: what runs, in which order, with which words, and what stays after a failure.

local cc = dofile("tests/lib/cc_machine.lua")
local fake = require("pienv.fake")
local t = require("pienv.test")

local INDEX = "const nativeBindings = {};\n// --- generated native exports (do not edit) ---\n"
  .. "// --- end generated native exports ---\n"

local function elf(level, fields)
  local info = { format = "elf", machine = "x86_64", type = "dyn", needed = { "libc.so.6" }, versions = {} }
  info.sections = { { name = "" }, { name = ".text" } }
  info.exports, info.undefined, info.isa_needed = { "napi_register_module_v1" }, {}, level
  for key, value in pairs(fields or {}) do
    info[key] = value
  end
  return info
end

local function given(fields)
  local setup = {
    settings = { builder = "cc", addon = "x", package = "pkg", banner = "x-natives", node_headers = "/inc" },
    files = {
      ["/bin/cc"] = "",
      ["/inc/node_api.h"] = "",
      ["pkg/src/a.c"] = "int a;",
      ["pkg/src/b.c"] = "int b;",
    },
    modes = { ["/bin/cc"] = 493 },
    env = { PATH = "/bin" },
    objects = { ["modern.*%.node$"] = elf(3), ["baseline.*%.node$"] = elf(2) },
    process = cc.machine(fields.answers),
  }
  for name, value in pairs(fields) do
    if type(setup[name]) == "table" then
      for key, inner in pairs(value) do
        setup[name][key] = inner or nil
      end
    else
      setup[name] = value
    end
  end
  return setup
end

local function build(fields)
  return fake.run("build", given(fields))
end

local function commands(run, part)
  local list = {}
  for _, call in ipairs(run.calls) do
    if call[1] == "process" and call[2]:find(part, 1, true) then
      list[#list + 1] = call[2]
    end
  end
  return list
end

local function succeeded(run)
  t.equal(run.failure and run.failure.message, nil)
  return run
end

-- Whether nothing of the run is left but the output folders.
local function is_clean(run)
  for name in pairs(run.files) do
    if name:find(".build", 1, true) then
      return false
    end
  end
  return true
end

t.test("B8 banner first, B20 lines in order, report on standard output", function()
  local run = succeeded(build({ options = { variant = "modern" } }))
  t.equal(run.said, {
    "Building x-natives for linux-x64-modern (local)…",
    "Normalizing native addon filename: x.linux-x64.node → x.linux-x64-modern.node",
    "Build complete.",
  })
  t.equal(run.printed[1], "pkg/native/x.linux-x64-modern.node")
  t.equal(run.outcomes.report.value[1].isa, "x86-64-v3")
end)

t.test("a variant is compiled for its level and marked with it, sources side by side", function()
  local run = succeeded(build({ options = { variants = { "modern", "baseline" } } }))
  t.equal(#commands(run, " -c "), 4)
  t.equal(#commands(run, "-march=x86-64-v3 -mneeded"), 3, "two sources and the probe")
  t.equal(#commands(run, "-Wl,-z,x86-64-v3"), 1)
  t.equal(#commands(run, "-Wl,-z,x86-64-v2"), 1)
end)

t.test("the caller's flags come last", function()
  local run = succeeded(build({
    options = { variant = "modern" },
    settings = { cflags = { "-DOWN" }, ldflags = { "-Lown" }, libs = { "-lm" } },
    env = { CFLAGS = "-DA -DB", LDFLAGS = "-Lx" },
  }))
  t.contains(commands(run, " -c ")[1], "-DOWN -DA -DB -c /project/pkg/src/a.c")
  t.contains(commands(run, " -shared ")[1], "-Lown -Lx -lm")
end)

t.test("CC may hold a launcher and options", function()
  local files, modes = { ["/bin/ccache"] = "" }, { ["/bin/ccache"] = 493 }
  local env = { CC = "ccache clang --target=x" }
  local run = succeeded(build({ options = { variant = "modern" }, env = env, files = files, modes = modes }))
  t.contains(commands(run, " -c ")[1], "ccache clang --target=x -O2 -fPIC")
end)

-- A compiler that fails when `fails(command, count)` says so, count of its calls for macros.
local function failing_probe(fails)
  local count = 0
  return {
    probe = function(spec, fs)
      count = count + 1
      local command = table.concat(spec.argv, " ")
      if fails(command, count) then
        return { exit = 1, stderr = "no space" }
      end
      fs.write(spec.argv[#spec.argv], cc.MACROS[command:match("-march=(%S+)")])
      return { exit = 0 }
    end,
  }
end

t.test("a compiler without -mneeded is left to the linker's mark", function()
  local answers = failing_probe(function(command)
    return command:find("-mneeded", 1, true) ~= nil
  end)
  local run = succeeded(build({ options = { variant = "modern" }, answers = answers }))
  t.equal(#commands(run, "-mneeded"), 2, "only the probe, which asks once more")
  t.equal(#commands(run, "-Wl,-z,x86-64-v3"), 1)
end)

t.test("a compiler that fails once is not taken for one without -mneeded", function()
  local answers = failing_probe(function(_, count)
    return count == 1
  end)
  local run = succeeded(build({ options = { variant = "modern" }, answers = answers }))
  t.equal(#commands(run, "-march=x86-64-v3 -mneeded"), 4, "two sources, and the probe twice")
end)

t.test("a compiler that does not tell its macros fails the build", function()
  local answers = failing_probe(function()
    return true
  end)
  local run = build({ options = { variant = "modern" }, answers = answers })
  t.equal(run.failure.message, "cc exited with 1")
  t.contains(run.failure.command, "-E -dM")
  t.equal(#commands(run, " -c "), 0)
end)

t.test("a cross build uses the triple's compiler, no x86 flag, and profile ci", function()
  local run = succeeded(build({
    options = { arch = "arm64", cross_target = "aarch64-linux-gnu.2.17" },
    files = { ["/bin/aarch64-linux-gnu-gcc"] = "" },
    modes = { ["/bin/aarch64-linux-gnu-gcc"] = 493 },
    objects = { ["arm64%.node$"] = elf(nil, { machine = "aarch64" }) },
  }))
  t.equal(run.said[1], "Building x-natives for linux-arm64 (ci)…")
  t.equal(#commands(run, "aarch64-linux-gnu-gcc -O2 -fPIC"), 2)
  t.equal(#commands(run, "x86-64"), 0)
  t.equal(run.outcomes.report.value[1].cpu, "generic arm64", "never the build host's CPU")
end)

t.test("tuple errors exit with 4 and touch nothing", function()
  for _, case in ipairs({
    { options = { arch = "arm64", variant = "modern" }, says = "only supported for x64 builds, got linux-arm64." },
    { options = { variant = "fast" }, says = 'Unsupported TARGET_VARIANT: fast. Expected "modern" or "baseline".' },
    { options = { platform = "darwin" }, says = "x64 cross-builds require TARGET_VARIANT=modern" },
    { options = { variants = { "modern", "x" } }, says = "Unsupported TARGET_VARIANTS entry: x. Expected baseline" },
    { options = { variants = { "modern", "modern" } }, says = "Refusing to install two outputs as" },
    { options = { platform = "sunos", variant = "modern" }, says = "Unsupported platform: sunos-x64" },
  }) do
    local run = build(case)
    t.equal({ run.exit, run.calls }, { 4, {} }, case.says)
    t.contains(run.failure.message, case.says)
  end
end)

t.test("a missing compiler exits with 4, names tool, cause and next step, and touches nothing", function()
  local run = build({ options = { variant = "modern" }, files = { ["/bin/cc"] = false } })
  t.equal({ run.exit, run.calls }, { 4, {} })
  t.equal(run.failure.message, "cannot compile for linux-x64-modern: there is no C compiler 'cc'")
  t.contains(run.failure.hint, "apt-get install gcc")
end)

t.test("missing headers exit with 4 and name every place", function()
  local settings = { node_headers = false }
  local run = build({ options = { variant = "modern" }, settings = settings, files = { ["/bin/node"] = "" } })
  t.equal({ run.exit, run.calls }, { 4, {} })
  t.contains(run.failure.message, "/project/pkg/node_modules/node-api-headers/include")
  t.contains(run.failure.message, "/project/node_modules/node-api-headers/include")
  t.contains(run.failure.message, "/usr/include/node")
end)

t.test("headers next to the node executable are found", function()
  local run = succeeded(build({
    options = { variant = "modern" },
    settings = { node_headers = false },
    files = { ["/opt/bin/node"] = "", ["/opt/include/node/node_api.h"] = "" },
    modes = { ["/opt/bin/node"] = 493 },
    env = { PATH = "/bin:/opt/bin" },
  }))
  t.equal(#commands(run, "-I/opt/include/node"), 3, "two sources and the probe")
end)

t.test("declarations, index.js and addons are one transaction, in that order", function()
  local run = succeeded(build({
    options = { variants = { "modern", "baseline" } },
    settings = { declarations = "src/index.d.ts" },
    files = {
      ["pkg/src/index.d.ts"] = "export declare function f(): void\nexport declare const enum E {\n  A = 1,\n}\n",
      ["pkg/native/index.js"] = INDEX,
    },
  }))
  local after, names = false, {}
  for _, call in ipairs(run.calls) do
    after = after or call[1] == "commit"
    names[#names + 1] = after and call[1] == "write" and call[2] or nil
  end
  t.equal(names, {
    "pkg/native/index.d.ts",
    "pkg/native/index.js",
    "pkg/native/x.linux-x64-modern.node",
    "pkg/native/x.linux-x64-baseline.node",
  })
  t.contains(run.files["pkg/native/index.js"], "export const f = nativeBindings.f;")
  t.contains(run.files["pkg/native/index.d.ts"], "export declare enum E {")
  t.contains(
    table.concat(run.said, "\n"),
    "Generated 2 explicit ESM exports in index.js, fixed 1 const enums in index.d.ts"
  )
end)

t.test("without declarations both steps are skipped and say so", function()
  local run = succeeded(build({ options = { variant = "modern" } }))
  t.equal(run.outcomes.declarations.state, "skipped")
  t.contains(run.outcomes.declarations.reason, "no index.d.ts: none was generated")
  t.equal(run.outcomes.exports.state, "skipped")
end)

t.test("targets with different declarations are refused", function()
  local function compile(s, job)
    s.fs.write(job.out .. "/index.d.ts", "// " .. job.target.id)
    s.fs.write(job.out .. "/" .. job.target.filename, "bytes")
  end
  local run = build({ options = { variants = { "modern", "baseline" } }, settings = { builder = compile } })
  t.equal({ run.exit, run.failure.message }, { 1, "the targets of this run have different declarations" })
  t.ok(is_clean(run))
end)

t.test("declarations that the builder generated are installed", function()
  local function compile(s, job)
    s.fs.write(job.out .. "/index.d.ts", "export declare function f(): void\n")
    s.fs.write(job.out .. "/" .. job.target.filename, "bytes")
  end
  local run = succeeded(build({ options = { variants = { "modern", "baseline" } }, settings = { builder = compile } }))
  t.equal(run.files["pkg/native/index.d.ts"], "export declare function f(): void\n")
  t.equal(run.outcomes.exports.reason, "no native/index.js")
end)

t.test("a builder that names a file that is not there", function()
  local function compile()
    return { path = "nowhere/x.node" }
  end
  local run = build({ options = { variant = "modern" }, settings = { builder = compile } })
  t.equal(run.exit, 1)
  t.contains(run.failure.message, "/project/nowhere/x.node: No such file or directory")
end)

t.test("files of other platforms are installed and said not to be looked at", function()
  local function compile(s, job)
    s.fs.write(job.out .. "/x.darwin-arm64.node", "Mach-O")
  end
  local options = { platform = "darwin", arch = "arm64" }
  local run = succeeded(build({ options = options, settings = { builder = compile } }))
  t.equal(run.outcomes["strip[darwin-arm64]"].reason, "darwin files are not looked at")
  t.equal(run.outcomes.report.value[1].isa, "not looked at")
  t.ok(run.files["pkg/native/x.darwin-arm64.node"])
end)

t.test("B16 one target that fails: nothing is installed, no work folder stays", function()
  local run = build({ options = { variants = { "modern", "baseline" } }, objects = { ["baseline.*%.node$"] = elf(3) } })
  t.equal(run.exit, 1)
  t.contains(run.failure.message, "claims variant baseline (x86-64-v2), but its bytes need x86-64-v3.")
  t.equal(run.files["pkg/native/x.linux-x64-modern.node"], nil)
  t.ok(is_clean(run))
end)

t.test("a compilation that fails: exit 1, no link, no work folder stays", function()
  local answers = {
    compile = function()
      return { exit = 1, stderr = "a.c:1: error\n" }
    end,
  }
  local run = build({ options = { variant = "modern" }, answers = answers })
  t.equal(run.exit, 1)
  t.equal(run.failure.output, { "a.c:1: error" })
  t.equal(#commands(run, " -shared "), 0)
  t.ok(is_clean(run))
end)

t.test("S1 S2 a release is stripped by llvm-strip, else by strip; a local build by none", function()
  local answers = {
    ["llvm-strip"] = function()
      return nil
    end,
  }
  local run = succeeded(build({ options = { variant = "modern" }, env = { CI = "0" }, answers = answers }))
  t.equal(#commands(run, "llvm-strip --strip-unneeded"), 1)
  t.equal(#commands(run, "strip --strip-unneeded"), 2)
  t.equal(run.outcomes["strip[linux-x64-modern]"].reason, "stripped by strip")
  t.equal(#commands(build({ options = { variant = "modern" } }), "strip"), 0)
end)

t.test("S5 the sentinel must survive stripping", function()
  local answers = {
    link = function(spec, fs)
      fs.write(spec.argv[4], "the sentinel 1.0")
      return { exit = 0 }
    end,
    ["llvm-strip"] = function(spec, fs)
      fs.write(spec.argv[3], "gone")
      return { exit = 0 }
    end,
  }
  local fields = { options = { variant = "modern" }, env = { CI = "1" }, answers = answers }
  fields.settings = { sentinel = "sentinel 1.0" }
  t.equal(build(fields).failure.message, "Stripping took the sentinel out of native addon x.linux-x64-modern.node.")
end)

t.test("a project's own builder: a function, or a table with check", function()
  local seen = {}
  local function compile(s, job)
    seen[#seen + 1] = job.target.id .. " " .. (job.cpu.march or "none") .. " " .. tostring(job.tools)
    s.fs.write("prebuilt/any.so", "bytes")
    return { path = "prebuilt/any.so" }
  end
  local function check()
    return "tools"
  end
  local run = succeeded(build({ options = { variant = "modern" }, settings = { builder = compile } }))
  t.equal(run.files["pkg/native/x.linux-x64-modern.node"], "bytes")
  t.equal(run.files["prebuilt/any.so"], "bytes", "a file from elsewhere is copied, not moved")
  succeeded(
    build({ options = { variant = "baseline" }, settings = { builder = { compile = compile, check = check } } })
  )
  t.equal(seen, { "linux-x64-modern x86-64-v3 nil", "linux-x64-baseline x86-64-v2 tools" })
end)

t.test("an unknown builder is an error of the project file", function()
  local run = build({ options = { variant = "modern" }, settings = { builder = "make" } })
  t.equal({ run.exit, run.failure.message }, { 3, "unknown builder 'make'" })
end)

t.test("file names, variants and steps are overridden by name", function()
  local signed = {}
  local run = succeeded(build({
    settings = { variants = { v4 = { level = 4 } } },
    objects = { ["v4.*%.node$"] = elf(4), ["v4%.bin$"] = elf(4) },
    options = { variant = "v4" },
    override = {
      ["*"] = {
        filename = function(target, base)
          return (base(target):gsub("%.node$", ".bin"))
        end,
      },
      build = {
        extra = {
          sign = {
            after = "strip",
            before = "install",
            per = "target",
            run = function(s)
              signed[#signed + 1] = s.target.id
            end,
          },
        },
      },
    },
  }))
  t.ok(run.files["pkg/native/x.linux-x64-v4.bin"])
  t.equal(signed, { "linux-x64-v4" })
end)

t.test("the host's whole level chooses the variant", function()
  local function said(level)
    return build({ host = { platform = "linux", arch = "x64", level = level } }).said[1]
  end
  t.equal(said(2), "Building x-natives for linux-x64-baseline (local)…")
  t.equal(said(3), "Building x-natives for linux-x64-modern (local)…")
end)
