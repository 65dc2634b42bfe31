-- recipes/build/napi.lua on a fake machine: CPU and flags, environment, output, failures, and the second attempt.

local t = require("pienv.test")

local machine = dofile("tests/lib/napi_machine.lua")
local build, built, refused = machine.build, machine.built, machine.refused

local BASELINE = { variant = "baseline" }
local MARK = " -Clinker-features=-lld -Clink-arg=-Wl,-z,x86-64-v"

local function rustflags(fields)
  return built(fields).builds[1].env.RUSTFLAGS
end

t.test("B5 a local build without RUSTFLAGS gets the variant's CPU and the mark for it", function()
  t.equal(rustflags({}), "-C target-cpu=x86-64-v3" .. MARK .. 3)
  t.equal(rustflags({ options = BASELINE }), "-C target-cpu=x86-64-v2" .. MARK .. 2)
end)

t.test("a variant of level 1 gets its CPU by rustc's name for it, and no mark", function()
  local settings = { variants = { any = { level = 1 }, modern = { level = 3 } } }
  local options, objects = { variant = "any" }, { ["any.*%.node$"] = machine.elf(nil) }
  t.equal(rustflags({ settings = settings, options = options, objects = objects }), "-C target-cpu=x86-64")
  options.cross_target = "x86_64-unknown-linux-gnu.2.17"
  local files = { ["/bin/cargo-zigbuild"] = "", ["/bin/zig"] = "" }
  local zig = { settings = settings, options = options, objects = objects, files = files }
  t.equal(rustflags(zig), "-C target-cpu=x86-64", "zig's linker is given no file either")
end)

t.test("the caller's RUSTFLAGS stay in front, and nothing is added but the mark", function()
  local given = "--cfg own -Ctarget-cpu=x86-64-v3"
  t.equal(rustflags({ env = { RUSTFLAGS = given } }), given .. MARK .. 3)
  t.equal(rustflags({ env = { CARGO_BUILD_RUSTFLAGS = given } }), given .. MARK .. 3)
end)

t.test("flags that cargo reads from its own variable stay there", function()
  local env = built({ env = { CARGO_ENCODED_RUSTFLAGS = "-C\31target-cpu=x86-64-v3", RUSTFLAGS = "x" } }).builds[1].env
  local mark = "\31-Clinker-features=-lld\31-Clink-arg=-Wl,-z,x86-64-v3"
  t.equal({ env.RUSTFLAGS, env.CARGO_ENCODED_RUSTFLAGS }, { nil, "-C\31target-cpu=x86-64-v3" .. mark })
end)

t.test("a linker that the caller chose, or a rustc without the flag, is not told to leave LLD", function()
  local own = "-Ctarget-cpu=x86-64-v3 -Clink-arg=-fuse-ld=mold"
  t.equal(rustflags({ env = { RUSTFLAGS = own } }), own .. " -Clink-arg=-Wl,-z,x86-64-v3")
  t.equal(rustflags({ old_rustc = true }), "-C target-cpu=x86-64-v3 -Clink-arg=-Wl,-z,x86-64-v3")
end)

t.test("flags of cargo's configuration, which RUSTFLAGS displace, are told", function()
  local files = { [".cargo/config.toml"] = '[build]\nrustflags = ["--cfg", "own"]\n' }
  local text = "rustflags of /project/.cargo/config.toml do not apply: cargo obeys RUSTFLAGS alone. Put them there."
  local function told(fields)
    return table.concat(built(fields).said, "\n"):find(text, 1, true) ~= nil
  end
  t.ok(told({ files = files }))
  t.ok(not told({}))
end)

t.test("B6 RUSTFLAGS that make a lie of the label are refused, by rustc's own word", function()
  refused(
    { env = { RUSTFLAGS = "-D warnings" } },
    "RUSTFLAGS makes the compiler assume x86-64-v1, but the variant modern means x86-64-v3.",
    "add -C target-cpu=x86-64-v3 to RUSTFLAGS, or unset RUSTFLAGS"
  )
  refused(
    { env = { RUSTFLAGS = "-C target-cpu=x86-64-v4" }, options = BASELINE },
    "RUSTFLAGS makes the compiler assume x86-64-v4, but the variant baseline means x86-64-v2.",
    "take target-cpu and target-feature out of RUSTFLAGS"
  )
  refused(
    { env = { RUSTFLAGS = "-C nonsense" }, cfg = { exit = 1, stderr = "error: unknown codegen option\n" } },
    "rustc does not tell what it assumes with '-C nonsense': error: unknown codegen option",
    "correct RUSTFLAGS"
  )
end)

t.test("B6 a cross build of a variant gets its CPU, and rustc is asked for that target", function()
  local run = build({
    options = { variant = "modern", cross_target = "x86_64-unknown-linux-gnu.2.17" },
    env = { RUSTFLAGS = "--cfg own" },
    files = { ["/bin/cargo-zigbuild"] = "", ["/bin/zig"] = "" },
  })
  t.contains(run.builds[1].env.RUSTFLAGS, "--cfg own -C target-cpu=x86-64-v3 ")
  local asked = false
  for _, call in ipairs(run.calls) do
    asked = asked or call[2]:find("rustc --print cfg --target x86_64-unknown-linux-gnu --cfg own", 1, true) ~= nil
  end
  t.ok(asked)
end)

t.test("zig's linker gets the mark as a file, in a folder that stays", function()
  local options = { variant = "modern", cross_target = "x86_64-unknown-linux-gnu.2.17" }
  local files = { ["/bin/cargo-zigbuild"] = "", ["/bin/zig"] = "" }
  local run = build({ options = options, files = files })
  local file = "target/x86_64-unknown-linux-gnu.2.17-modern/cpu-mark-v3.o"
  t.equal(run.builds[1].env.RUSTFLAGS, "-C target-cpu=x86-64-v3 -Clink-arg=/project/" .. file)
  t.equal(run.files[file]:sub(1, 4), "\x7fELF")
end)

t.test("flags with a space in them are encoded, and the caller's go with them", function()
  local cargo = require("recipes.build.cargo")
  local flags = cargo.append({ list = { "-Copt-level=1" }, variable = "RUSTFLAGS" }, { "-Clink-arg=/a b/c.o" })
  t.equal(cargo.environment(flags), { CARGO_ENCODED_RUSTFLAGS = "-Copt-level=1\31-Clink-arg=/a b/c.o" })
end)

t.test("musl: a shared library is asked for, in whatever variable", function()
  local options = { variant = "modern", cross_target = "x86_64-unknown-linux-musl" }
  local files = { ["/bin/cargo-zigbuild"] = "", ["/bin/zig"] = "" }
  t.contains(build({ options = options, files = files }).builds[1].env.RUSTFLAGS, " -Ctarget-feature=-crt-static")
end)

t.test("target-cpu=native is kept, the file says what this machine needs, and the report marks it", function()
  local env = { RUSTFLAGS = "-C target-cpu=native" }
  local run = built({ env = env, objects = { ["modern.*%.node$"] = machine.elf(4) } })
  t.equal(run.builds[1].env.RUSTFLAGS, "-C target-cpu=native" .. MARK .. 4)
  local artifact = run.outcomes.report.value[1]
  t.equal({ artifact.native, artifact.isa }, { true, "x86-64-v4" })
  t.contains(artifact.cpu, "native: only for CPUs like this machine's")
  t.equal(built({}).outcomes.report.value[1].native, nil)
end)

t.test("bytes without the mark fail the build and say why", function()
  local run = build({ objects = { ["modern.*%.node$"] = machine.elf(nil) } })
  t.equal(run.exit, 1)
  t.contains(run.failure.message, "claims variant modern (x86-64-v3), but its bytes do not say which CPU they need.")
end)

t.test("B1 PCRE2_SYS_STATIC is 1 unless the caller set it; in a run over a list always", function()
  local function value(fields)
    return built(fields).builds[1].env.PCRE2_SYS_STATIC
  end
  t.equal(value({}), "1")
  t.equal(value({ env = { PCRE2_SYS_STATIC = "0" } }), nil, "the caller's is inherited")
  t.equal(value({ env = { PCRE2_SYS_STATIC = "0" }, options = { variants = { "modern" } } }), "1")
  t.equal(value({ settings = { build_env = { OWN = "x" } } }), nil)
end)

t.test("B22 in a run over a list the variants' CPU follows whatever the caller gave", function()
  local run = built({ options = { variants = { "modern", "baseline" } }, env = { RUSTFLAGS = "-D warnings" } })
  local flags = { run.builds[1].env.RUSTFLAGS, run.builds[2].env.RUSTFLAGS }
  table.sort(flags)
  t.equal(flags, {
    "-D warnings -C target-cpu=x86-64-v2" .. MARK .. 2,
    "-D warnings -C target-cpu=x86-64-v3" .. MARK .. 3,
  })
end)

t.test("B21 every kind of build has a folder of its own below cargo's, and a lock on it", function()
  local run =
    built({ options = { variants = { "modern", "baseline" } }, env = { CARGO_BUILD_TARGET_DIR = "/elsewhere" } })
  local folders, locks = {}, {}
  for _, one in ipairs(run.builds) do
    folders[#folders + 1] = one.env.CARGO_TARGET_DIR .. " " .. tostring(one.env.CARGO_BUILD_TARGET_DIR)
  end
  for _, call in ipairs(run.calls) do
    locks[#locks + 1] = call[1]:find("lock$") and call[1] .. " " .. call[2] or nil
  end
  table.sort(folders)
  table.sort(locks)
  t.equal(folders, { "/project/target/linux-x64-baseline false", "/project/target/linux-x64-modern false" })
  t.equal(locks, {
    "lock target/linux-x64-baseline/.pienv-lock",
    "lock target/linux-x64-modern/.pienv-lock",
    "unlock target/linux-x64-baseline/.pienv-lock",
    "unlock target/linux-x64-modern/.pienv-lock",
  })
  t.contains(run.files["target/linux-x64-modern/CACHEDIR.TAG"], "Signature: 8a477f597d28d172789f06886806bc55")
end)

local ARM = {
  options = { arch = "arm64", cross_target = "aarch64-unknown-linux-gnu.2.17" },
  files = { ["/bin/cargo-zigbuild"] = "", ["/bin/zig"] = "" },
}

t.test("B12 flags for C are named after the bare triple and follow what is there", function()
  local name = "CFLAGS_x86_64_unknown_linux_gnu"
  t.equal(built({}).builds[1].env[name], "-UNDEBUG")
  t.equal(built({ env = { [name] = "-DA" } }).builds[1].env[name], "-DA -UNDEBUG")
  t.equal(built({ env = { CFLAGS = "-DB" } }).builds[1].env[name], "-DB -UNDEBUG")
  t.equal(build(ARM).builds[1].env.CFLAGS_aarch64_unknown_linux_gnu, "-UNDEBUG")
end)

local LINK = "target/aarch64-unknown-linux-gnu.2.17-default/aarch64-unknown-linux-gnu.2.17"

-- Symbolic links that a build of ARM makes and removes, with this one there before.
local function links(before)
  local list = {}
  for _, call in ipairs(build({ options = ARM.options, files = ARM.files, links = { [LINK] = before } }).calls) do
    list[#list + 1] = (call[1] == "symlink" or call[1] == "remove") and call[1] .. " " .. call[2] or nil
  end
  return list
end

t.test("B13 a relative link leads from the triple with its suffix to the bare one", function()
  t.equal(links(nil), { "symlink " .. LINK })
  t.equal(links("elsewhere"), { "remove " .. LINK, "symlink " .. LINK }, "a stale link is replaced")
  t.equal(links("aarch64-unknown-linux-gnu"), {}, "a right one stays")
  local files = { ["/bin/cargo-zigbuild"] = "", ["/bin/zig"] = "", [LINK .. "/file"] = "" }
  for _, call in ipairs(build({ options = ARM.options, files = files }).calls) do
    t.ok(call[1] ~= "symlink", "a real folder stays")
  end
end)

t.test("B13 where cargo does not tell its target folder the build goes on without the link", function()
  local run = build({ options = ARM.options, files = ARM.files, metadata = { exit = 101 } })
  t.equal(
    run.said[2],
    "Could not resolve cargo target dir; skipping zigbuild target-dir link for aarch64-unknown-linux-gnu.2.17."
  )
  t.equal(#run.builds, 1)
end)

-- A napi that says these lines and fails with this code, `times` times.
local function failing(exit, said, times)
  return function(spec, fs, nth)
    if nth > (times or 1) then
      return machine.emit(spec, fs)
    end
    for _, line in ipairs(said) do
      spec.on_line(line[1], line[2])
    end
    return { exit = exit }
  end
end

t.test("B15 a failure tells its exit and the ends of both streams, each by its name", function()
  local said = { { "stdout", "error: no such manifest" } }
  for i = 1, 50 do
    said[#said + 1] = { "stderr", "line " .. i }
  end
  local run = build({ napi = failing(101, said) })
  t.equal({ run.exit, run.failure.message, run.failure.child_exit }, { 1, "napi build failed (exit 101)", 101 })
  local output = run.failure.output
  t.equal({ output[1], output[2], output[3] }, {
    "stdout (last 1 lines):",
    "error: no such manifest",
    "stderr (last 40 lines):",
  })
  t.equal({ output[4], output[#output], #output }, { "line 11", "line 50", 43 })
  t.contains(table.concat(run.said, "\n"), "line 1\nline 2\n", "shown as it comes")
end)

t.test("a napi that a signal ended is told as that", function()
  local run = build({
    napi = function()
      return { signal = "SIGKILL" }
    end,
  })
  t.equal(run.failure.message, "napi build failed (SIGKILL)")
end)

local SCCACHE = { { "stderr", "sccache: error: x" }, { "stderr", "caused by: cache storage failed to read" } }

t.test("B14 without sccache's storage it is built once more without sccache", function()
  local env = { RUSTC_WRAPPER = "sccache", SCCACHE_BUCKET = "b" }
  local run = built({ env = env, napi = failing(101, SCCACHE) })
  t.equal(#run.builds, 2)
  t.contains(table.concat(run.said, "\n"), "sccache storage unavailable; retrying native build without RUSTC_WRAPPER")
  local first, second = run.builds[1].env, run.builds[2].env
  for _, name in ipairs({ "RUSTC_WRAPPER", "SCCACHE_BUCKET", "SCCACHE_ENDPOINT", "SCCACHE_REGION" }) do
    t.equal({ first[name], second[name] }, { nil, false }, name)
  end
  t.equal({ second.AWS_ACCESS_KEY_ID, second.AWS_SECRET_ACCESS_KEY }, { false, false })
  t.equal(second.RUSTFLAGS, first.RUSTFLAGS)
end)

t.test("B14 at most once, and only for that failure", function()
  local function builds(fields)
    local run = build(fields)
    t.equal({ run.exit, run.failure.message }, { 1, "napi build failed (exit 101)" })
    return #run.builds
  end
  local wrapper = { RUSTC_WRAPPER = "sccache" }
  t.equal(builds({ env = wrapper, napi = failing(101, SCCACHE, 9) }), 2)
  t.equal(builds({ env = wrapper, napi = failing(101, { SCCACHE[1] }) }), 1)
  t.equal(builds({ env = wrapper, napi = failing(101, { SCCACHE[2] }) }), 1)
  t.equal(builds({ env = { RUSTC_WRAPPER = "/usr/bin/sccache" }, napi = failing(101, SCCACHE) }), 1)
  t.equal(builds({ env = wrapper, napi = failing(101, { { "stdout", "sccache: error cache storage failed" } }) }), 1)
end)
