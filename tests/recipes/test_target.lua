-- recipes/build/target.lua: cross, profile, CPU policy, and the words in which tuples are refused.

local addon = require("recipes.addon")
local t = require("pienv.test")
local target = require("recipes.build.target")

local STOCK = addon.settings.variants.default
local FOUR = { modern = { level = 3 }, baseline = { level = 2 }, v4 = { level = 4 } }
local HOST = { platform = "linux", arch = "x64" }

local function validate(fields)
  local input =
    { platform = "linux", arch = "x64", cross = false, variants = STOCK, tags = addon.settings.tags.default }
  for key, value in pairs(fields) do
    input[key] = value
  end
  return target.validate(input)
end

t.test("B3 cross is a triple, another platform or another architecture", function()
  local function cross(platform, arch, triple)
    return target.cross({ platform = platform, arch = arch, cross_target = triple, host = HOST })
  end
  t.equal(cross("linux", "x64"), false)
  t.equal(cross("linux", "x64", ""), false)
  t.equal(cross("linux", "x64", "x86_64-unknown-linux-gnu.2.17"), true)
  t.equal(cross("darwin", "x64"), true)
  t.equal(cross("linux", "arm64"), true)
end)

t.test("B7 any value of CI makes the profile ci, and so does cross", function()
  t.equal(target.profile({ cross = false }), "local")
  t.equal(target.profile({ cross = false, ci = "" }), "local")
  t.equal(target.profile({ cross = false, ci = "0" }), "ci")
  t.equal(target.profile({ cross = false, ci = "false" }), "ci")
  t.equal(target.profile({ cross = true }), "ci")
end)

t.test("B4 texts of refused variants", function()
  t.equal(
    validate({ arch = "arm64", variant = "modern" }),
    "TARGET_VARIANT is only supported for x64 builds, got linux-arm64."
  )
  t.equal(validate({ variant = "fast" }), 'Unsupported TARGET_VARIANT: fast. Expected "modern" or "baseline".')
  t.equal(validate({ cross = true }), "x64 cross-builds require TARGET_VARIANT=modern or TARGET_VARIANT=baseline.")
  t.equal(validate({ variant = "modern" }), nil)
  t.equal(validate({ variant = "baseline", cross = true }), nil)
  t.equal(validate({ arch = "arm64", cross = true }), nil)
end)

t.test("B4 order: non-x64 before unknown variant before cross without variant before the rest", function()
  t.contains(validate({ arch = "arm64", variant = "fast", cross = true }), "only supported for x64")
  t.contains(validate({ variant = "fast", cross = true }), "Unsupported TARGET_VARIANT: fast")
  t.contains(validate({ platform = "beos", cross = true }), "x64 cross-builds require")
  t.contains(validate({ arch = "ia32", variant = "modern" }), "only supported for x64 builds, got linux-ia32.")
end)

t.test("texts name the project's own variants", function()
  t.equal(
    validate({ variant = "x", variants = FOUR }),
    'Unsupported TARGET_VARIANT: x. Expected "v4", "modern" or "baseline".'
  )
  t.contains(validate({ cross = true, variants = { one = { level = 2 } } }), "require TARGET_VARIANT=one.")
  t.equal(validate({ cross = true, variants = {} }), nil, "nothing to choose from")
  t.equal(validate({ variant = "x", variants = {} }), "Unsupported TARGET_VARIANT: x. This project has no variants.")
end)

t.test("B22 unknown entry of TARGET_VARIANTS", function()
  t.equal(
    target.validate_list({ list = { "baseline", "fast" }, variants = STOCK }),
    "Unsupported TARGET_VARIANTS entry: fast. Expected baseline or modern."
  )
  t.equal(target.validate_list({ list = { "baseline", "modern" }, variants = STOCK }), nil)
end)

t.test("N1 an unsupported tag is refused with the list", function()
  t.equal(
    validate({ platform = "linux", arch = "arm", cross = true }),
    "Unsupported platform: linux-arm\nSupported platforms: "
      .. "linux-x64, linux-arm64, darwin-x64, darwin-arm64, win32-x64, win32-arm64"
  )
  t.equal(validate({ arch = "arm", cross = true, tags = { "linux-arm" } }), nil)
end)

t.test("a triple that contradicts the label is refused", function()
  local message = validate({ cross = true, variant = "modern", cross_target = "aarch64-unknown-linux-gnu" })
  t.contains(
    message,
    "CROSS_TARGET=aarch64-unknown-linux-gnu builds linux-arm64, but the file would be labelled linux-x64."
  )
  t.equal(validate({ cross = true, variant = "modern", cross_target = "x86_64-unknown-linux-gnu.2.17" }), nil)
  t.equal(
    validate({ cross = true, variant = "modern", cross_target = "own-triple" }),
    nil,
    "unknown words prove nothing"
  )
end)

t.test("a triple cannot leave the build folder or pose as an option", function()
  for _, triple in ipairs({ "../x", "a/b", "-c", ".x", "a b", "a\nb" }) do
    t.contains(validate({ cross = true, variant = "modern", cross_target = triple }), "Unsupported CROSS_TARGET")
  end
end)

t.test("B12 the bare triple has no glibc suffix", function()
  t.equal(target.bare_triple("x86_64-unknown-linux-gnu.2.17"), "x86_64-unknown-linux-gnu")
  t.equal(target.bare_triple("aarch64-unknown-linux-gnu"), "aarch64-unknown-linux-gnu")
  t.equal(target.of_triple("x86_64-unknown-linux-musl"), { platform = "linux", arch = "x64", libc = "musl" })
  t.equal(target.of_triple("x86_64-pc-windows-msvc").platform, "win32")
  t.equal(target.of_triple("x86_64-unknown-linux-gnu.2.17").glibc, "2.17")
end)

t.test("a triple's compiler, with and without vendor", function()
  local debian = { "aarch64-unknown-linux-gnu-gcc", "aarch64-linux-gnu-gcc" }
  t.equal(target.compilers("aarch64-unknown-linux-gnu.2.17"), debian)
  t.equal(target.compilers("aarch64-linux-gnu"), { "aarch64-linux-gnu-gcc" })
end)

t.test("B5 automatic flags only where the caller set none and nothing is cross", function()
  local function rustflags(fields)
    fields.variants = STOCK
    fields.arch = fields.arch or "x64"
    return target.cpu(fields).rustflags
  end
  t.equal(rustflags({ variant = "modern" }), "-C target-cpu=x86-64-v3")
  t.equal(rustflags({ variant = "baseline" }), "-C target-cpu=x86-64-v2")
  t.equal(rustflags({ variant = "modern", rustflags = "-C opt-level=3" }), nil)
  t.equal(rustflags({ variant = "modern", rustflags = "" }), "-C target-cpu=x86-64-v3")
end)

t.test("B6 in a cross build flags of the caller stay, and where they name no CPU, the variant's is added", function()
  local function rustflags(text)
    return target.cpu({ arch = "x64", variant = "modern", variants = STOCK, cross = true, rustflags = text }).rustflags
  end
  t.equal(rustflags(nil), "-C target-cpu=x86-64-v3")
  t.equal(rustflags("-C opt-level=3"), "-C target-cpu=x86-64-v3")
  t.equal(rustflags("-C target-cpu=x86-64-v2"), nil)
end)

t.test("B22 a run over a list of variants gives each its CPU, whatever the caller's flags", function()
  local input = { arch = "x64", variant = "baseline", variants = STOCK, cross = false, listed = true }
  input.rustflags = "-C target-cpu=native"
  t.equal(target.cpu(input).rustflags, "-C target-cpu=x86-64-v2")
end)

t.test("the CPU that flags name, in every form of rustc, the last one", function()
  t.equal(target.target_cpu("-C target-cpu=native"), "native")
  t.equal(target.target_cpu("-Ctarget-cpu=x86-64-v2 --codegen target-cpu=x86-64-v3"), "x86-64-v3")
  t.equal(target.target_cpu("--codegen=target-cpu=native -D warnings"), "native")
  t.equal(target.target_cpu("-C opt-level=3 --cfg x"), nil)
end)

t.test("B5 a build without variant never gets the build host's CPU", function()
  t.equal(target.cpu({ arch = "arm64", variants = STOCK, cross = false }), { about = "generic arm64" })
end)

t.test("B6 N7 a labelled variant gets its level even in a cross build", function()
  local got = target.cpu({ arch = "x64", variant = "modern", variants = STOCK, cross = true })
  t.equal({ got.level, got.march }, { 3, "x86-64-v3" })
  t.equal(target.cpu({ arch = "x64", variant = "v4", variants = FOUR, cross = false }).march, "x86-64-v4")
end)

t.test("level 1 goes by the name that compilers have for it", function()
  local got = target.cpu({ arch = "x64", variant = "any", variants = { any = { level = 1 } }, cross = false })
  t.equal({ got.level, got.march, got.rustflags }, { 1, "x86-64", "-C target-cpu=x86-64" })
end)

t.test("settings that make no sense are refused by name", function()
  local function check(variants, tags, name)
    return target.validate_settings({
      addon = name or "a",
      variants = variants or STOCK,
      tags = tags or { "linux-x64" },
    })
  end
  t.equal(check(), nil)
  t.contains(check({ ["x-y"] = { level = 2 } }), "variants: 'x-y'")
  t.contains(check({ gnu = { level = 2 } }), "variants: 'gnu'")
  t.contains(check({ fast = { level = 9 } }), "variants.fast.level")
  t.contains(check({ fast = 3 }), "variants.fast")
  t.contains(check(nil, { "linux" }), "tags: 'linux'")
  t.contains(check(nil, nil, "a/b"), "addon: 'a/b'")
end)

t.test("settings of another form are refused by name", function()
  local function check(name, value)
    local settings = { addon = "a", variants = STOCK, tags = { "linux-x64" } }
    settings[name] = value
    return target.validate_settings(settings)
  end
  t.equal(check("cflags", "-O3"), "cflags must be a list of texts, got a string.")
  t.equal(check("libs", { "-lm", 3 }), "libs must be a list of texts, got a table of another form.")
  t.equal(check("sources", { pattern = "src/*.c" }), "sources must be a list of texts, got a table of another form.")
  t.equal(check("addon", 7), "addon must be a text, got a number.")
  t.equal(check("variants", "modern"), "variants must be a table, got a string.")
  t.equal(check("libs", { "-lm" }), nil)
end)
