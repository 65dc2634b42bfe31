-- recipes/addon.lua: names, parsing, candidates and variant selection.

local addon = require("recipes.addon")
local t = require("pienv.test")

local STOCK = addon.settings.variants.default
local TAGS = addon.settings.tags.default
local FOUR = { modern = { level = 3 }, baseline = { level = 2 }, v4 = { level = 4 } }

local function parse(name, variants, filename)
  return addon.parse({
    name = name,
    addon = "pi_natives",
    variants = variants or STOCK,
    tags = TAGS,
    filename = filename,
  })
end

local function fits(name, label)
  local platform, arch, variant = label:match("^([^-]+)-([^-]+)-?(.*)$")
  local target = { platform = platform, arch = arch, variant = variant ~= "" and variant or nil }
  local tuple = parse(name)
  return tuple ~= nil and addon.fits({ tuple = tuple, target = target })
end

t.test("stock names are those of the runbook", function()
  t.equal(addon.settings.addon.default, "pi_natives")
  t.equal(addon.settings.package.default, "packages/natives")
  t.equal(addon.settings.crate.default, "crates/pi-natives")
  t.equal(TAGS, { "linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64", "win32-x64", "win32-arm64" })
end)

t.test("N2 a file is named after its tuple", function()
  local target = { addon = "pi_natives", platform = "linux", arch = "x64", variant = "modern" }
  t.equal(addon.filename(target), "pi_natives.linux-x64-modern.node")
  t.equal(addon.filename({ addon = "acme", platform = "win32", arch = "arm64" }), "acme.win32-arm64.node")
end)

t.test("B18 a name is read back word by word", function()
  t.equal(parse("pi_natives.linux-x64-modern.node"), { platform = "linux", arch = "x64", variant = "modern" })
  t.equal(parse("pi_natives.linux-arm64-gnu.node"), { platform = "linux", arch = "arm64", abi = "gnu" })
  t.equal(
    parse("pi_natives.linux-x64-musl-baseline.node"),
    { platform = "linux", arch = "x64", abi = "musl", variant = "baseline" }
  )
  t.equal(parse("pi_natives.linux-arm-gnueabihf.node"), { platform = "linux", arch = "arm", abi = "gnueabihf" })
end)

t.test("B18 a name with an unknown or repeated word is foreign", function()
  for _, name in ipairs({
    "pi_natives.linux-x64-fast.node",
    "pi_natives.linux-x64-gnu-gnu.node",
    "pi_natives.linux-x64-modern-gnu.node",
    "pi_natives.linux-x64-modern-baseline.node",
    "pi_natives.linux.node",
    "pi_natives.linux-x64.so",
    "pi_natives2.linux-x64.node",
    "xpi_natives.linux-x64.node",
    "pi_natives.node",
    "pi_natives..node",
    "",
  }) do
    t.equal(parse(name), nil, name)
  end
end)

t.test("B18 no prefix stands for a target", function()
  t.equal(fits("pi_natives.linux-arm64-gnu.node", "linux-arm"), false, "arm64 for arm")
  t.equal(fits("pi_natives.linux-x64-musl.node", "linux-x64"), false, "musl for gnu")
  t.equal(fits("pi_natives.linux-x64-modern.node", "linux-x64-baseline"), false, "modern for baseline")
  t.equal(fits("pi_natives.linux-x64-gnu.node", "linux-x64-modern"), true, "environment-tagged")
  t.equal(fits("pi_natives.linux-x64.node", "linux-x64-baseline"), true, "plain")
  t.equal(fits("pi_natives.win32-x64-msvc.node", "win32-x64"), true, "msvc")
end)

t.test("B18 a musl build takes the musl name only", function()
  local target = { platform = "linux", arch = "x64", libc = "musl" }
  t.equal(addon.fits({ tuple = parse("pi_natives.linux-x64-musl.node"), target = target }), true)
  t.equal(addon.fits({ tuple = parse("pi_natives.linux-x64-gnu.node"), target = target }), false)
end)

t.test("B17 a name with a glibc in it stands for that glibc only", function()
  local target = { platform = "linux", arch = "x64", libc = "gnu", glibc = "2.17" }
  t.equal(addon.fits({ tuple = parse("pi_natives.linux-x64-gnu.2.17.node"), target = target }), true)
  t.equal(addon.fits({ tuple = parse("pi_natives.linux-x64-gnu.2.28.node"), target = target }), false, "another glibc")
  t.equal(parse("pi_natives.linux-x64-musl.2.17.node"), nil)
end)

t.test("a project's own file name policy is read back by that policy", function()
  local function filename(target)
    return ("lib%s_%s_%s.node"):format(target.addon, target.arch, target.variant or "any")
  end
  t.equal(parse("libpi_natives_x64_v4.node", FOUR, filename).variant, "v4")
  t.equal(parse("libpi_natives_x64_any.node", FOUR, filename).variant, nil)
  t.equal(parse("libpi_natives_x64_fast.node", FOUR, filename), nil)
end)

t.test("every file name parses back to its own tuple", function()
  for _, tag in ipairs(TAGS) do
    local platform, arch = tag:match("(%w+)-(%w+)")
    for _, variant in ipairs({ "modern", "baseline", "v4", false }) do
      local target = { addon = "pi_natives", platform = platform, arch = arch, variant = variant or nil }
      t.equal(parse(addon.filename(target), FOUR), { platform = platform, arch = arch, variant = variant or nil })
    end
  end
end)

t.test("N3 candidates go from the variant down to the plain name", function()
  local function names(variant, arch, variants)
    local input =
      { addon = "a", platform = "linux", arch = arch or "x64", variant = variant, variants = variants or STOCK }
    return table.concat(addon.candidates(input), " ")
  end
  t.equal(names("modern"), "a.linux-x64-modern.node a.linux-x64-baseline.node a.linux-x64.node")
  t.equal(names("baseline"), "a.linux-x64-baseline.node a.linux-x64.node")
  t.equal(names(nil), "a.linux-x64.node")
  t.equal(names(nil, "arm64"), "a.linux-arm64.node")
  t.equal(names("modern", "arm64"), "a.linux-arm64.node")
  t.equal(
    names("v4", "x64", FOUR),
    "a.linux-x64-v4.node a.linux-x64-modern.node a.linux-x64-baseline.node a.linux-x64.node"
  )
  t.equal(names("modern", "x64", FOUR), "a.linux-x64-modern.node a.linux-x64-baseline.node a.linux-x64.node")
end)

t.test("N4 selection goes non-x64, override, cache, detect", function()
  local function select(override, cache, level, arch)
    local got =
      addon.select({ arch = arch or "x64", override = override, cache = cache, level = level, variants = STOCK })
    return tostring(got.variant) .. " by " .. got.source
  end
  t.equal(select("modern", "baseline", 3, "arm64"), "nil by non-x64")
  t.equal(select("baseline", "modern", 3), "baseline by override")
  t.equal(select("Modern", "baseline", 3), "baseline by cache")
  t.equal(select("", "fast", 3), "modern by detect")
  t.equal(select(nil, nil, 2), "baseline by detect")
end)

t.test("N6 detection asks for the whole level", function()
  t.equal(addon.detect({ level = 2, variants = STOCK }), "baseline", "AVX2 without BMI2 is level 2")
  t.equal(addon.detect({ level = 3, variants = STOCK }), "modern")
  t.equal(addon.detect({ level = 4, variants = STOCK }), "modern")
  t.equal(addon.detect({ level = 4, variants = FOUR }), "v4")
  t.equal(addon.detect({ level = 1, variants = STOCK }), "baseline", "the least demanding where nothing fits")
  t.equal(addon.detect({ variants = STOCK }), "baseline", "unknown CPU")
  t.equal(addon.detect({ level = 3, variants = {} }), nil, "a project without variants")
end)

t.test("V1 the sentinel has the version with _ for what is no letter or digit", function()
  local function of(sentinel, version)
    return { addon.sentinel({ sentinel = sentinel, version = version }) }
  end
  t.equal(of("__xV{version}", "1.0.1-rc.2+b"), { "__xV1_0_1_rc_2_b", "__xV" })
  t.equal(of("a{version}z", "1.0"), { "a1_0z", "a" })
  t.equal(of("__xV1_0", "1.0"), { "__xV1_0", "__xV" }, "a text that ends with the version tells its stem")
  t.equal(of("fixed", "1.0"), { "fixed" })
  t.equal(of("", "1.0"), { "" })
  t.equal(of("%d{version}", "1"), { "%d1", "%d" }, "no pattern")
end)

t.test("a target without support is told which there are", function()
  local tags = { "linux-x64", "darwin-arm64" }
  t.equal(addon.unsupported({ platform = "linux", arch = "x64", tags = tags }), nil)
  t.equal(
    addon.unsupported({ platform = "sunos", arch = "x64", tags = tags }),
    "Unsupported platform: sunos-x64\nSupported platforms: linux-x64, darwin-arm64"
  )
end)
