-- What is embedded: options and settings, their check, and the one target of a run with its candidate files.

local addon = require("recipes.addon")
local path = require("pienv.path")

local M = {}

---@class embed.candidate
---@field variant string a key of the setting `variants`; "default": the one file for every CPU
---@field filename string

---@class embed.target: addon.target
---@field id string "linux-x64"
---@field archive string file name: "embedded-addons.linux-x64.tar.gz"
---@field candidates embed.candidate[] the most demanding first

M.settings = {
  archive = { default = "embedded-addons", about = "first word of the archive's name: WORD.<tag>.tar.gz" },
  manifest = { default = "embedded-addon", about = "name, without its ending, of the file that describes the archive" },
  emitters = { default = { "js" }, about = "forms of the manifest: js, json, c, or what the policy 'emit' adds" },
  gzip_level = { default = 8, about = "0 (fast) to 12 (small)" },
  gzip_members = { default = "many", about = "'many' gzip members, or 1 for readers that stop after the first" },
  threads = { about = "threads that pack; default: the cores, at most 4" },
}
for name, setting in pairs(addon.settings) do
  M.settings[name] = setting
end

M.options = {
  platform = {
    env = "TARGET_PLATFORM",
    about = "platform of the addons, in node's words",
    default = function(host)
      return host.platform
    end,
  },
  arch = {
    env = "TARGET_ARCH",
    about = "architecture of the addons, in node's words",
    default = function(host)
      return host.arch
    end,
  },
  epoch = { env = "SOURCE_DATE_EPOCH", default = "0", about = "time of the archive's members, seconds since 1970" },
  reset = { type = "boolean", default = false, about = "write the null stub, remove every archive; looks at nothing" },
}

---The package's folder of addons, absolute.
---@param c pienv.context
---@return string
function M.output(c)
  return path.join(path.absolute(c.settings.package, c.root), c.settings.output)
end

local function check_packing(settings)
  local level, threads = settings.gzip_level, settings.threads
  if math.type(level) ~= "integer" or level < 0 or level > 12 then
    return "gzip_level must be an integer from 0 to 12"
  elseif settings.gzip_members ~= "many" and settings.gzip_members ~= 1 then
    return "gzip_members must be 'many' or 1"
  elseif threads ~= nil and (math.type(threads) ~= "integer" or threads < 1 or threads > 64) then
    return "threads must be an integer from 1 to 64"
  end
end

-- The most that the octal digits of a tar header hold.
local LAST_SECOND = 8 ^ 11 - 1

---The time of the archive's members.
---@param c pienv.context
---@return integer? seconds nil for what is no time
function M.epoch(c)
  local seconds = c.options.epoch:find("^%d+$") and math.tointeger(tonumber(c.options.epoch))
  return seconds and seconds <= LAST_SECOND and seconds or nil
end

---Rejects what cannot be embedded. A reset validates nothing.
---@param c pienv.context
function M.check(c)
  if c.options.reset then
    return
  end
  local tuple = { platform = c.options.platform, arch = c.options.arch, tags = c.settings.tags }
  local message = addon.unsupported(tuple)
  if message then
    c:fail(message, { hint = "check TARGET_PLATFORM and TARGET_ARCH, or add it to 'tags' in pienv.lua" })
  end
  message = check_packing(c.settings)
  if message then
    c:fail(message, { exit = 3 })
  elseif not M.epoch(c) then
    c:fail(("SOURCE_DATE_EPOCH is no time: '%s'"):format(c.options.epoch), { hint = "seconds since 1970, or unset it" })
  end
end

-- Loaders take base names without slashes and backslashes, and these names stand in the text of other languages.
local function is_plain(name)
  return type(name) == "string" and name ~= "" and not name:find('[%c/\\"]') and utf8.len(name) ~= nil
end

local function candidate(c, target, variant)
  if variant and not is_plain(variant) then
    c:fail(("variants: '%s' cannot stand in a manifest"):format(tostring(variant)), { exit = 3 })
  end
  target.variant = variant
  local name = c.policy.filename(target)
  target.variant = nil
  if not is_plain(name) or name == "." or name == ".." then
    local form = "the policy 'filename' must give a file name for %s, got %s"
    c:fail(form:format(target.id, tostring(name)), { exit = 3 })
  end
  return { variant = variant or "default", filename = name }
end

-- On x64 the variants, never the plain name; elsewhere the one file.
local function candidates(c, target)
  local list, seen = {}, {}
  for _, variant in ipairs(target.arch == "x64" and addon.variant_names(c.settings.variants) or {}) do
    list[#list + 1] = candidate(c, target, variant)
  end
  list[1] = list[1] or candidate(c, target)
  for _, one in ipairs(list) do
    if seen[one.filename] then
      local form = "the policy 'filename' gives %s and %s one name: %s"
      c:fail(form:format(seen[one.filename], one.variant, one.filename), { exit = 3 })
    end
    seen[one.filename] = one.variant
  end
  return list
end

---The target of a run; none of a reset.
---@param c pienv.context
---@return embed.target[]
function M.targets(c)
  if c.options.reset then
    return {}
  end
  local target = { addon = c.settings.addon, platform = c.options.platform, arch = c.options.arch }
  target.id = addon.tag(target)
  target.archive = ("%s.%s.tar.gz"):format(c.settings.archive, target.id)
  if not is_plain(target.archive) then
    c:fail(("archive: '%s' cannot begin a file name"):format(tostring(c.settings.archive)), { exit = 3 })
  end
  target.candidates = candidates(c, target)
  return { target }
end

---Whether a file in the output folder is an archive of embedded addons, of whichever target.
---@param input { name: string, archive: string } archive: the setting
---@return boolean
function M.is_archive(input)
  local stem, ending = input.archive .. ".", ".tar.gz"
  return #input.name > #stem + #ending - 1 and input.name:sub(1, #stem) == stem and input.name:sub(-#ending) == ending
end

return M
