-- Names of addons and the paths to them (recipes/addon.lua, recipes/addon/paths.lua, version.lua). Input: texts between
-- line feeds.

local addon = require("recipes.addon")
local loading = require("recipes.addon.loading")
local paths = require("recipes.addon.paths")
local version = require("recipes.addon.version")

local VARIANTS = { modern = { level = 3 }, baseline = { level = 1 } }
local TAGS = { "linux-x64", "linux-arm64", "darwin-arm64", "win32-x64" }

local function check_name(name, prefix)
  local naming = { addon = prefix, variants = VARIANTS, tags = TAGS, name = name }
  local tuple = addon.parse(naming)
  if not tuple then
    return
  end
  addon.fits({ tuple = tuple, target = { platform = "linux", arch = "x64", variant = "modern" } })
  local plain = { addon = prefix, platform = tuple.platform, arch = tuple.arch, variant = tuple.variant }
  naming.name = addon.filename(plain)
  local again = addon.parse(naming)
  assert(again and addon.label(again) == addon.label(tuple), "a name is read otherwise the second time")
end

local function check_paths(first, second)
  for _, platform in ipairs({ "linux", "win32" }) do
    local joined = paths.join(platform, first, second)
    assert(paths.join(platform, joined) == joined, "a joined path is not the same when it is joined again")
    assert(not paths.is_absolute(platform, first) or paths.is_absolute(platform, joined), "is not absolute any more")
    paths.contains(platform, joined, second)
    paths.key(platform, joined)
  end
end

return function(bytes)
  local texts = {}
  for text in bytes:gmatch("([^\n]*)\n?") do
    texts[#texts + 1] = text
  end
  local first, second = texts[1], texts[2] or ""
  check_name(first, "natives")
  check_name(first, second)
  check_paths(first, second)
  version.is_older(first, second)
  addon.sentinel({ sentinel = first, version = second })
  loading.fill(first, { package = second, version = second })
  loading.names({ [first] = second })
end
