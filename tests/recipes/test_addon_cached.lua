-- recipes/addon/{embedded,memo,staging,version}.lua: what is extracted or staged, when, and what may go.

local embedded = require("recipes.addon.embedded")
local memo = require("recipes.addon.memo")
local staging = require("recipes.addon.staging")
local t = require("pienv.test")
local version = require("recipes.addon.version")

local STOCK = { modern = { level = 3 }, baseline = { level = 2 } }
local SUM = ("0123456789abcdef"):rep(4)

local function manifest(variants)
  local files = {}
  for i, variant in ipairs(variants) do
    files[i] = { variant = variant, filename = variant .. ".node", size = 9, sha256 = SUM }
  end
  return { platformTag = "linux-x64", version = "1.0.0", archive = { filename = "a.tar.gz" }, files = files }
end

local function choose(variant, variants, fields)
  local input = { mode = "compiled", manifest = manifest(variants or { "modern", "baseline" }), variant = variant }
  input.tag, input.version, input.variants = "linux-x64", "1.0.0", STOCK
  for name, value in pairs(fields or {}) do
    input[name] = value or nil
  end
  local file, reason = embedded.choose(input)
  return file and file.variant or reason
end

t.test("X1 which file: never one that asks for more than the verdict", function()
  t.equal(choose("modern"), "modern")
  t.equal(choose("modern", { "baseline" }), "baseline")
  t.equal(choose("baseline"), "baseline")
  t.equal(choose("baseline", { "modern" }), "nothing embedded is for baseline")
  t.equal(choose(nil, { "x", "default" }), "default")
  t.equal(choose(nil, { "x", "y" }), "x", "else the first")
  t.equal(choose(nil, {}), "nothing embedded is for linux-x64")
end)

t.test("X1 the manifest must be of this target and version, and the program compiled", function()
  t.equal(choose("modern", nil, { mode = "install" }), "the program is not compiled")
  t.equal(choose("modern", nil, { manifest = false }), "nothing is embedded")
  t.equal(choose("modern", nil, { tag = "linux-arm64" }), "what is embedded is for linux-x64")
  t.equal(choose("modern", nil, { version = "1.0.1" }), "what is embedded is of version 1.0.0, not 1.0.1")
end)

t.test("X4 a name is a base name", function()
  for _, name in ipairs({ "a.node", "a b", "..a", "ü.node", "-" }) do
    t.equal(embedded.is_safe(name), true, name)
  end
  for _, name in ipairs({ "", ".", "..", "a/b", "a\\b", "/a", "a\0b", 7 }) do
    t.equal(embedded.is_safe(name), false, tostring(name))
  end
  t.equal(embedded.is_safe(nil), false)
end)

local function stat(fields)
  local out = { type = "file", size = 9, mtime_ns = 1700000000123456789, inode = 42 }
  for name, value in pairs(fields or {}) do
    out[name] = value
  end
  return out
end

local function freshness(found, noted, file)
  local input = { file = file or { size = 9, sha256 = SUM }, stat = found, memo = noted }
  return (embedded.freshness(input))
end

t.test("X3 X7 fresh: the size, and the digest or a note of it that still fits", function()
  local noted = { sha256 = SUM, file = stat() }
  t.equal(freshness(nil), "stale")
  t.equal(freshness(stat({ type = "link" }), noted), "stale")
  t.equal(freshness(stat({ size = 8 }), { sha256 = SUM, file = stat({ size = 8 }) }), "stale")
  t.equal(freshness(stat()), "compare", "a file of the right size may be damaged")
  t.equal(freshness(stat(), noted), "fresh")
  t.equal(freshness(stat({ mtime_ns = 1700000000123456790 }), noted), "compare")
  t.equal(freshness(stat({ inode = 43 }), noted), "compare")
  t.equal(freshness(stat(), { sha256 = ("f"):rep(64), file = stat() }), "compare", "noted for another file")
  t.equal(freshness(stat(), nil, { size = 9 }), "fresh", "a manifest without digests")
  t.equal(freshness(stat({ size = 1 }), nil, { sha256 = SUM }), "compare")
  t.equal(freshness(stat(), nil, {}), "fresh", "without a size, any")
end)

t.test("a note is one line, and anything else is none", function()
  local one, two = { sha256 = SUM, file = stat() }, { sha256 = SUM, file = stat(), source = stat({ inode = 7 }) }
  t.equal(memo.text(one), SUM .. " 9 1700000000123456789 42\n")
  t.equal(memo.text(two), SUM .. " 9 1700000000123456789 42 9 1700000000123456789 7\n")
  t.equal(memo.parse(memo.text(one)), one)
  t.equal(memo.parse(memo.text(two)), two)
  for _, text in ipairs({ "", "\n", SUM, SUM .. "\n", SUM .. " 1 2\n", SUM .. " 1 2 3", SUM:sub(2) .. " 1 2 3\n" }) do
    t.equal(memo.parse(text), nil, text)
  end
  t.equal(memo.parse(SUM .. " 1 2 3 4\n"), nil)
  t.equal(memo.parse(SUM .. " 1 2 3\nmore\n"), nil)
  t.equal(memo.parse(SUM .. " 1 x 3\n"), nil)
  t.equal(memo.parse(SUM .. " 1 2 99999999999999999999\n"), nil, "no fact of a file is so large")
  t.equal(memo.parse(SUM .. " 1 2 3 1 2 99999999999999999999\n"), nil)
end)

local function decide(fields)
  local input = { source = stat({ inode = 1 }), staged = stat({ inode = 2 }) }
  for name, value in pairs(fields) do
    if value == "none" then
      value = nil
    end
    input[name] = value
  end
  return (staging.decide(input))
end

t.test("W2 W3 staging: only what is of this version, and again when it differs from its source", function()
  t.equal(decide({ source = "none" }), "none")
  t.equal(decide({ source = stat({ type = "directory" }) }), "none")
  t.equal(decide({}), "identify", "a stale leaf must not be staged under the new version")
  t.equal(decide({ of_version = false }), "refuse")
  t.equal(decide({ of_version = false, staged = "none" }), "refuse")
  t.equal(decide({ of_version = true, staged = "none" }), "copy")
  t.equal(decide({ of_version = true, staged = stat({ size = 1 }) }), "copy")
  t.equal(decide({ of_version = true, staged = stat({ type = "link" }) }), "copy")
  t.equal(decide({ of_version = true }), "compare", "that it is there is not enough")
  t.equal(decide({ of_version = true, same = true }), "keep")
  t.equal(decide({ of_version = true, same = false }), "copy")
end)

t.test("W3 neither file is read again while both are as they were noted", function()
  local noted = { sha256 = SUM, file = stat({ inode = 2 }), source = stat({ inode = 1 }) }
  t.equal(decide({ memo = noted }), "keep")
  t.equal(decide({ memo = noted, source = stat({ inode = 1, mtime_ns = 5 }) }), "identify", "the source changed")
  t.equal(decide({ memo = noted, staged = stat({ inode = 3 }) }), "identify", "the copy changed")
  t.equal(decide({ memo = { sha256 = SUM, file = stat({ inode = 2 }) } }), "identify", "extracted, not staged")
end)

local function verdict(exports, fields)
  local input = { mode = "install", wanted = "__xV1_0_1", stem = "__xV", exports = exports, abi = {} }
  for name, value in pairs(fields or {}) do
    input[name] = value
  end
  local word, resident = version.verdict(input)
  return word .. (resident and " " .. resident or "")
end

t.test("V2 only loads that are not of a workspace are checked, and the sentinel is a function", function()
  t.equal(verdict({ __xV1_0_1 = "function" }), "ok")
  t.equal(verdict({ __xV1_0_1 = "string" }), "reinstall")
  t.equal(verdict({}, { mode = "workspace" }), "unchecked")
  for _, mode in ipairs({ "compiled", "staged", "install" }) do
    t.equal(verdict({}, { mode = mode }), "reinstall", mode)
  end
  t.equal(verdict({}, { wanted = "" }), "unchecked", "a project whose addons have none")
end)

t.test("V3 restart where memory has another and the file the right one; else reinstall", function()
  local old = { __xV1_0_0 = "function", f = "function" }
  t.equal(verdict(old, { on_disk = true }), "restart __xV1_0_0")
  t.equal(verdict(old, { on_disk = false }), "reinstall __xV1_0_0")
  t.equal(verdict(old), "reinstall __xV1_0_0", "an unreadable file")
  t.equal(verdict({ f = "function" }, { on_disk = true }), "reinstall")
  t.equal(verdict({ __xV2 = "function", __xV1_9 = "function" }, { on_disk = true }), "restart __xV1_9")
  t.equal(verdict({ __xV = "function", ["__xV1-0"] = "function" }, { on_disk = true }), "reinstall", "no sentinels")
end)

t.test("V6 without any sentinel a known minimal ABI is enough, unless the file has the expected one", function()
  local abi = { abi = { "open", "read" } }
  local exports = { open = "function", read = "function" }
  t.equal(verdict(exports, abi), "compatible")
  t.equal(verdict({ open = "function" }, abi), "reinstall")
  abi.on_disk = true
  t.equal(verdict(exports, abi), "reinstall")
  exports.__xV1_0_0 = "function"
  abi.on_disk = false
  t.equal(verdict(exports, abi), "reinstall __xV1_0_0")
  t.equal(verdict({}), "reinstall", "an empty list allows nothing")
end)

t.test("the file is searched only where that decides", function()
  local function asks(mode, exports)
    return version.asks_disk({ mode = mode, wanted = "__xV1", exports = exports, abi = {} })
  end
  t.equal(asks("install", {}), true)
  t.equal(asks("install", { __xV1 = "function" }), false)
  t.equal(asks("workspace", {}), false)
end)

t.test("X8 what is strictly older, a plain version, and untouched for ten minutes", function()
  local function stale(own, names, age, type)
    local entries = {}
    for i, name in ipairs(names) do
      entries[i] = { name = name, type = type or "directory", mtime = 10000 - (age or 601) }
    end
    return table.concat(version.stale({ version = own, now = 10000, entries = entries }), " ")
  end
  t.equal(stale("1.10.0", { "1.9.9", "1.2.0", "0.99.99" }), "0.99.99 1.2.0 1.9.9", "as numbers")
  t.equal(stale("1.2.0", { "1.2.0", "1.10.0", "2.0.0", "1.2.1" }), "", "this one and newer ones stay")
  t.equal(stale("1.2.0", { "1.1.0" }, 600), "", "ten minutes are not yet over")
  t.equal(stale("1.2.0", { "1.1.0" }, -5), "", "a time in the future")
  t.equal(stale("1.2.0", { "1.1.0" }, 601, "file"), "")
  t.equal(stale("1.2.0", { "1.1.0" }, 601, "link"), "")
  t.equal(stale("2.0.0", { "1.1", "1.1.0-rc.1", "v1.1.0", "1.1.0.0", "1.1.0 ", "x", ".." }), "", "other names")
  t.equal(stale("2.0.0-rc.1", { "1.9.0", "2.0.0" }), "1.9.0")
  t.equal(stale("2.0.0.1", { "1.0.0" }), "", "a version of another kind removes nothing")
  t.equal(stale("1.0.0", { "0.99999999999999999999999.0", "01.0.0", "0.00.1" }), "0.00.1 0.99999999999999999999999.0")
  t.equal(stale("1.18446744073709551616.0", { "1.1.0" }), "1.1.0")
end)
