-- recipes/build/locate.lua: the addon among what a builder left (B17, B18).

local addon = require("recipes.addon")
local locate = require("recipes.build.locate")
local t = require("pienv.test")

local function choose(entries, fields)
  local target = { addon = "pi_natives", platform = "linux", arch = "x64", variant = "modern" }
  for key, value in pairs(fields or {}) do
    target[key] = value or nil
  end
  local input = { tool = "napi build", dir = "out dir", entries = entries, target = target }
  input.canonical = addon.filename(target)
  input.parse = function(name)
    return addon.parse({
      name = name,
      addon = "pi_natives",
      variants = addon.settings.variants.default,
      tags = addon.settings.tags.default,
    })
  end
  return locate.choose(input)
end

t.test("B17 the canonical name wins over everything else", function()
  t.equal(
    choose({ "pi_natives.linux-x64-gnu.node", "pi_natives.linux-x64-modern.node" }),
    "pi_natives.linux-x64-modern.node"
  )
end)

t.test("B17 otherwise the only environment-tagged name", function()
  t.equal(choose({ "index.d.ts", "pi_natives.linux-x64-gnu.node" }), "pi_natives.linux-x64-gnu.node")
end)

t.test("B17 none: expected name, folder and its contents", function()
  local name, message = choose({ "index.d.ts", "libpi.so" })
  t.equal(name, nil)
  t.equal(
    message,
    "napi build succeeded but did not emit a native addon for linux-x64. Expected pi_natives.linux-x64-modern.node"
      .. " or an environment-tagged variant in out dir. Directory contents: index.d.ts, libpi.so."
  )
  local _, empty = choose({})
  t.contains(empty, "Directory contents: (empty).")
end)

t.test("B17 none: an addon of another name is told, with the setting that names it", function()
  local _, _, hint = choose({ "index.d.ts", "index.linux-x64-gnu.node" })
  t.contains(hint, "index.linux-x64-gnu.node has another name than 'addon' in pienv.lua, which is 'pi_natives'")
  t.contains(hint, '"napi": { "binaryName" } in package.json')
  t.equal(select(3, choose({ "index.d.ts", "pi_natives.linux-x64-musl.node" })), nil)
end)

t.test("B17 several: one line each", function()
  local name, message = choose({ "pi_natives.linux-x64-gnu.node", "pi_natives.linux-x64.node" })
  t.equal(name, nil)
  t.equal(
    message,
    "napi build emitted multiple unrecognized native addons for linux-x64:"
      .. "\n  - pi_natives.linux-x64-gnu.node\n  - pi_natives.linux-x64.node"
  )
end)

t.test("B18 a longer architecture or another libc is not the target", function()
  local plain = { arch = "arm", variant = false }
  t.contains(select(2, choose({ "pi_natives.linux-arm64-gnu.node" }, plain)), "did not emit")
  t.contains(select(2, choose({ "pi_natives.linux-x64-musl.node" })), "did not emit")
  t.equal(
    choose({ "pi_natives.linux-arm-gnueabihf.node", "pi_natives.linux-arm64-gnu.node" }, plain),
    "pi_natives.linux-arm-gnueabihf.node"
  )
end)

t.test("B18 another variant's file is not renamed to the target's", function()
  t.contains(select(2, choose({ "pi_natives.linux-x64-baseline.node" })), "did not emit")
end)
