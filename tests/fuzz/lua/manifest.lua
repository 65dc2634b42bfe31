-- Manifests: of an entry of a cache (recipes/cache/manifest.lua), and of the archive in a program
-- (recipes/addon/manifest.lua, embedded.lua). Input: the text of one.

local embedded = require("recipes.addon.embedded")
local entry = require("recipes.cache.manifest")
local json = require("pienv.json")
local paths = require("recipes.addon.paths")
local shipped = require("recipes.addon.manifest")

local VARIANTS = { modern = { level = 3 }, baseline = { level = 1 } }
local STAT = { type = "file", size = 3, mode = 420, mtime_ns = 5, inode = 6, device = 7 }
local FOLDERS = { linux = "/a/b", win32 = "C:\\a\\b" }

local function check_entry(text)
  local value = entry.read(text, json.decode)
  if not value then
    return
  end
  entry.mismatch(value, { key = "k", target = "linux-x64" })
  entry.mismatch(value, { key = value.key, target = "linux-x64" })
  for name, file in pairs(value.pienv and value.pienv.files or {}) do
    assert(paths.join("linux", FOLDERS.linux, name) == FOLDERS.linux .. "/" .. name, "a name leads out of the entry")
    entry.damage(name, file, STAT)
  end
end

-- What is extracted stays in its folder, on each system.
local function check_name(name)
  if not embedded.is_safe(name) then
    return
  end
  for platform, folder in pairs(FOLDERS) do
    local joined = paths.join(platform, folder, name)
    assert(joined == folder .. paths.separator(platform) .. name, "a safe name leads elsewhere")
    assert(paths.contains(platform, joined, name), "is not found on its own path")
  end
end

local function check_shipped(name, text)
  local value = shipped.read({ name = name, text = text, decode = json.decode })
  for _, variant in ipairs({ "modern", "baseline", false }) do
    local file = value
      and embedded.choose({
        mode = "compiled",
        manifest = value,
        tag = value.platformTag,
        version = value.version,
        variants = VARIANTS,
        variant = variant or nil,
      })
    if file then
      check_name(file.filename)
      embedded.freshness({ file = file, stat = STAT })
    end
  end
end

return function(bytes)
  check_entry(bytes)
  check_shipped("a.json", bytes)
  check_shipped("a.js", bytes)
  check_shipped("a.js", "export const embeddedAddon = " .. bytes)
  check_name(bytes)
end
