-- recipes/build/compiler.lua, zig.lua, macros.lua and mark.lua: which C compiler, in which words, marked how.

local compiler = require("recipes.build.compiler")
local fake = require("pienv.fake")
local macros = require("recipes.build.macros")
local mark = require("recipes.build.mark")
local t = require("pienv.test")
local zig = require("recipes.build.zig")

t.test("a GNU compiler of the triple comes first, then zig; with a glibc to keep, zig first", function()
  t.equal(compiler.candidates({}), { { "cc" } })
  local names = { { "aarch64-unknown-linux-gnu-gcc" }, { "aarch64-linux-gnu-gcc" }, { "zig", "cc" } }
  t.equal(compiler.candidates({ cross_target = "aarch64-unknown-linux-gnu" }), names)
  local floor = { cross_target = "x86_64-linux-gnu.2.17", glibc = "2.17" }
  t.equal(compiler.candidates(floor), { { "zig", "cc" }, { "x86_64-linux-gnu-gcc" } })
end)

t.test("triples in zig's words", function()
  t.equal(zig.target("x86_64-unknown-linux-gnu.2.17"), "x86_64-linux-gnu.2.17")
  t.equal(zig.target("x86_64-linux-gnu"), "x86_64-linux-gnu")
  t.equal(zig.target("aarch64-unknown-linux-musl"), "aarch64-linux-musl")
  t.equal(zig.target("armv7-unknown-linux-gnueabihf"), "arm-linux-gnueabihf")
  t.equal(zig.target("x86_64-pc-windows-gnu"), "x86_64-windows-gnu")
  t.equal(zig.target("aarch64-apple-darwin"), "aarch64-macos")
end)

t.test("zig is known behind a launcher and as a module of Python", function()
  t.ok(zig.is({ "zig", "cc" }))
  t.ok(zig.is({ "ccache", "/opt/zig/zig", "cc", "-g" }))
  t.ok(zig.is({ "python3", "-m", "ziglang", "cc" }))
  t.ok(not zig.is({ "gcc" }))
  t.ok(not zig.is({ "zig", "c++" }))
  t.ok(not zig.is({ "zig" }))
end)

t.test("zig gets the target of CROSS_TARGET, unless its command names one", function()
  t.equal(zig.complete({ "zig", "cc" }, "x86_64-linux-musl"), { "zig", "cc", "-target", "x86_64-linux-musl" })
  local own = { "zig", "cc", "--target=x86_64-linux-gnu.2.17" }
  t.equal(zig.complete(own, "x86_64-linux-musl"), own)
  t.equal(zig.complete({ "zig", "cc" }, nil), { "zig", "cc" })
  t.equal(zig.complete({ "gcc" }, "x86_64-linux-musl"), { "gcc" })
end)

t.test("zig is told a CPU in any case: its default is that of this machine", function()
  t.equal(zig.cpu("x86-64-v3"), "-march=x86_64_v3")
  t.equal(zig.cpu(nil), "-mcpu=baseline")
end)

t.test("the highest feature that a compiler assumes gives the level", function()
  local function level(...)
    return macros.level("#define __" .. table.concat({ ... }, "__ 1\n#define __") .. "__ 1\n")
  end
  t.equal(level("SSE2"), 1)
  t.equal(level("SSE2", "SSE3"), 2)
  t.equal(level("SSE4_2", "BMI2"), 3)
  t.equal(level("AVX2", "AVX512VL"), 4)
end)

t.test("code for another level than the variant's is told, higher or lower", function()
  t.equal(macros.mislabel({ level = 3, wanted = 3, variant = "modern" }), nil)
  t.equal(
    macros.mislabel({ level = 4, wanted = 3, variant = "modern" }),
    "The compiler's flags make it assume x86-64-v4, but the variant modern means x86-64-v3."
  )
  t.contains(macros.mislabel({ level = 2, wanted = 3, variant = "modern" }), "assume x86-64-v2")
end)

t.test("the mark is an object file with one note, and in it one bit for its level", function()
  for level = 1, 4 do
    local bytes = mark.object(level)
    t.equal(bytes:sub(1, 4), "\x7fELF")
    local at = bytes:find("GNU\0", 1, true) - 1
    t.equal({ string.unpack("<I4I4I4", bytes, at - 11) }, { 4, 16, 5, at + 1 })
    t.equal(string.unpack("<I4", bytes, at + 13), 1 << (level - 1))
  end
end)

t.test("no compiler: the names that were tried, and how to get one", function()
  local run = fake.run("build", {
    settings = { addon = "x", package = "pkg", builder = "cc", node_headers = "/inc" },
    files = { ["/inc/node_api.h"] = "", ["pkg/src/a.c"] = "" },
    env = { PATH = "/bin" },
    options = { arch = "arm64", cross_target = "aarch64-unknown-linux-gnu" },
  })
  t.equal(run.exit, 4)
  t.contains(
    run.failure.message,
    "there is no C compiler 'aarch64-unknown-linux-gnu-gcc' or 'aarch64-linux-gnu-gcc' or 'zig'"
  )
  t.contains(run.failure.hint, "apt-get install gcc-aarch64-linux-gnu")
end)
