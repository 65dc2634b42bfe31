-- Which leaf packages are made: options, settings, their check, and one target for each package with its files.

local addon = require("recipes.addon")
local beneath = require("pienv.beneath")
local leaf = require("recipes.npm.leaf")
local loading = require("recipes.addon.loading")
local ordered = require("recipes.npm.ordered")
local packages = require("recipes.addon.package")
local path = require("pienv.path")

local M = {}

---@class npm.target: addon.target
---@field id string "linux-x64"
---@field tag string the same
---@field candidates { variant?: string, filename: string }[] the least demanding variant first, then the plain name

M.settings = {
  npm = { default = "npm", about = "folder of the leaf packages, from the package folder" },
  core_files = { about = "files of the core package, as patterns; default: those of its package.json but addons" },
  glibc = { about = "highest glibc that a file may need: '2.28', or { [tag] = '2.28' }; default: told, not limited" },
  macos = { about = "lowest macOS that a file must run on: '11.0', or { [tag] = '11.0' }" },
  libraries = { default = {}, about = "libraries that addons may need beside those of the system, by name" },
  leaf = loading.settings.leaf,
}
for name, setting in pairs(addon.settings) do
  M.settings[name] = setting
end

local NEEDS_TAG = "--tag requires a native target tag"

M.options = {
  tag = { type = "list", default = {}, missing = NEEDS_TAG, about = "only these targets; may be given several times" },
  core = { type = "boolean", default = true, about = "bring the core's package.json in line with its leaves" },
}

---The package's folder, absolute.
---@param c pienv.context
---@return string
function M.folder(c)
  return path.absolute(c.settings.package, c.root)
end

---The folder of the built addons, absolute.
---@param c pienv.context
---@return string
function M.output(c)
  return path.join(M.folder(c), c.settings.output)
end

---The folder of a leaf package, absolute.
---@param c pienv.context
---@param tag? string nil: the folder of all of them
---@return string
function M.leaf_folder(c, tag)
  return path.join(M.folder(c), c.settings.npm, tag or ".")
end

---A path as it is said: from the package's folder.
---@param c pienv.context
---@param file string
---@return string
function M.shown(c, file)
  return path.relative(file, M.folder(c)) or file
end

local function unknown_tags(c)
  local known, unknown = {}, {}
  for _, tag in ipairs(c.settings.tags) do
    known[tag] = true
  end
  for _, tag in ipairs(c.options.tag) do
    unknown[#unknown + 1] = not known[tag] and tag or nil
  end
  return unknown
end

local function is_limit(value)
  return value == nil or type(value) == "string" and value:find("^%d[%d.]*$") ~= nil
end

local function check_limit(c, name)
  local value = c.settings[name]
  for _, tag in ipairs(type(value) == "table" and c.settings.tags or {}) do
    if not is_limit(value[tag]) then
      c:fail(("%s: no version for %s: '%s'"):format(name, tag, tostring(value[tag])), { exit = 3 })
    end
  end
  if type(value) ~= "table" and not is_limit(value) then
    c:fail(("%s must be a version or one for each tag, got '%s'"):format(name, tostring(value)), { exit = 3 })
  end
end

local function check_list(c, name)
  local list = c.settings[name]
  if list ~= nil and (type(list) ~= "table" or type(list[1] or "") ~= "string") then
    c:fail(name .. " must be a list of texts", { exit = 3 })
  end
end

local function check_folder(c)
  local folder = path.normalize(tostring(c.settings.npm))
  if folder == "." or folder:find("^%.%.") or path.is_absolute(folder) then
    c:fail(("npm: '%s' is no folder in the package"):format(tostring(c.settings.npm)), { exit = 3 })
  end
end

---Rejects what cannot be made.
---@param c pienv.context
function M.check(c)
  if c.origin.tag == "command line" and #c.options.tag == 0 then
    c:fail(NEEDS_TAG, { exit = 2, code = "P0101", hint = "one of " .. table.concat(c.settings.tags, ", ") })
  end
  local unknown = unknown_tags(c)
  if #unknown > 0 then
    local hint = "known: " .. table.concat(c.settings.tags, ", ") .. " ('tags' of pienv.lua)"
    c:fail("Unknown native package tag(s): " .. table.concat(unknown, ", "), { hint = hint })
  end
  check_folder(c)
  for _, name in ipairs({ "glibc", "macos" }) do
    check_limit(c, name)
  end
  for _, name in ipairs({ "core_files", "libraries" }) do
    check_list(c, name)
  end
end

local function selected(c)
  local wanted = {}
  for _, tag in ipairs(c.options.tag) do
    wanted[tag] = true
  end
  local tags = {}
  for _, tag in ipairs(c.settings.tags) do
    tags[#tags + 1] = (#c.options.tag == 0 or wanted[tag]) and tag or nil
  end
  return tags
end

---The files of a target, whether they are there or not.
---@param c pienv.context
---@param tag string
---@return npm.target
function M.target(c, tag)
  local platform, arch = tag:match("^([^-]+)-([^-]+)$")
  if not platform then
    c:fail(("tags: '%s' is no <platform>-<arch>"):format(tostring(tag)), { exit = 3 })
  end
  local target = { id = tag, tag = tag, addon = c.settings.addon, platform = platform, arch = arch }
  target.candidates = leaf.candidates({ target = target, variants = c.settings.variants, filename = c.policy.filename })
  return target
end

---@param c pienv.context
---@return npm.target[]
function M.targets(c)
  local targets = {}
  for i, tag in ipairs(selected(c)) do
    targets[i] = M.target(c, tag)
  end
  return targets
end

---@class npm.package what package.json of the core says
---@field path string absolute
---@field text string
---@field value table decoded
---@field node npm.node
---@field name string
---@field version string

---Reads the core's package.json.
---@param c pienv.context
---@return npm.package
function M.package(c)
  local file = path.join(M.folder(c), "package.json")
  local text, err, _, refused = beneath.read(c.fs, c.root, file)
  local value, why = packages.read({ file = file, text = text or "", decode = c.json.decode })
  local hint = refused or "leaf packages take name and version from it"
  value = value or c:fail(text and why or err, { exit = 4, hint = hint })
  return {
    path = file,
    text = text,
    value = value,
    node = ordered.parse(text),
    name = value.name,
    version = value.version,
  }
end

---A setting that is one value for all targets, or one for each.
---@param value any
---@param tag string
---@return any
function M.of_tag(value, tag)
  if type(value) == "table" then
    return value[tag]
  end
  return value
end

return M
