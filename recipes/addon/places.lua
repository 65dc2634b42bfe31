-- Where addons are looked for at run time: the mode of the load, the folders, the list of candidates. Pure.

local addon = require("recipes.addon")
local loading = require("recipes.addon.loading")
local paths = require("recipes.addon.paths")

local M = {}

local rules = loading.rules

---@alias addon.mode "compiled"|"staged"|"install"|"workspace"

---@class addon.situation what is known of a load before any file is looked at
---@field platform string
---@field manifest boolean whether the embedded manifest is there and not null
---@field url? string of the loader's module
---@field native string its folder, absolute
---@field env table<string, string>
---@field variables table<string, string> loading.names

local function filled(value)
  return value ~= nil and value ~= ""
end

local compiled = {}

function compiled.manifest(input)
  return input.manifest and "an embedded manifest"
end

function compiled.variable(input)
  return filled(input.env[input.variables.compiled]) and input.variables.compiled .. " is set"
end

function compiled.url(input)
  for _, mark in ipairs(rules.compiled_urls) do
    if (input.url or ""):find(mark, 1, true) then
      return "the module's URL has " .. mark
    end
  end
end

local function is_off(value)
  for _, word in ipairs(rules.off) do
    if (value or ""):lower() == word then
      return true
    end
  end
  return false
end

---How the addon is loaded, and what said so. `staged` is an install whose files are copied out of node_modules before
---they are loaded, because Windows cannot replace a loaded file.
---@param input addon.situation
---@return { mode: addon.mode, because: string }
function M.mode(input)
  for _, signal in ipairs(rules.compiled) do
    local reason = compiled[signal](input)
    if reason then
      return { mode = "compiled", because = reason }
    end
  end
  local name = rules.modules_folder
  if not paths.contains(input.platform, input.native, name) then
    return { mode = "workspace", because = "the package is not below " .. name }
  elseif input.platform ~= rules.staged_platform then
    return { mode = "install", because = "the package is below " .. name }
  elseif is_off(input.env[input.variables.staging]) then
    return { mode = "install", because = input.variables.staging .. " says so" }
  end
  return { mode = "staged", because = "the package is below " .. name .. ", on " .. input.platform }
end

-- The value of a path variable: nil where it counts as unset.
local function given_path(input, value)
  local text = (value or ""):match("^%s*(.-)%s*$")
  local rest = text:match("^~$") and "" or text:match("^~[/\\](.*)$")
  if rest then
    text = paths.join(input.platform, input.home, rest)
  end
  return paths.is_absolute(input.platform, text) and text or nil
end

local function base_of(row, input)
  if row.home then
    return paths.is_absolute(input.platform, input.home) and input.home or nil
  end
  local value = input.env[row.env or input.variables[row.variable]]
  if row.path then
    return given_path(input, value)
  end
  return filled(value) and value or nil
end

local function joined(input, base, parts)
  local list = {}
  for i, part in ipairs(parts or {}) do
    list[i] = loading.fill(part, { app = input.app })
  end
  return paths.join(input.platform, base, table.unpack(list))
end

-- The first row that gives a folder.
local function first_of(rows, input)
  for _, row in ipairs(rows) do
    local base = base_of(row, input)
    if base and (not row.needs or input.exists(joined(input, base, row.needs))) then
      return joined(input, base, row.join)
    end
  end
end

---@class addon.places_input: addon.situation
---@field home string the user's home folder; what is not absolute counts as none
---@field app string
---@field exists fun(folder: string): boolean
---@field version string of the package
---@field executable? string the program that runs, absolute
---@field leaf? string folder of the leaf package, where it is installed

---The folders by the words of loading.rules.order. `natives` holds one folder for each version.
---@param input addon.places_input
---@return table<string, string> folders native and, where they are known, natives, versioned, user, exec and leaf
function M.folders(input)
  local natives = first_of(rules.natives, input)
  return {
    natives = natives,
    versioned = natives and paths.join(input.platform, natives, input.version),
    user = first_of(rules.user[input.platform] or rules.user.others, input),
    native = input.native,
    exec = input.executable and paths.join(input.platform, input.executable, ".."),
    leaf = input.leaf,
  }
end

---The npm package that holds a target's files.
---@param input { leaf: string, package: string, tag: string } leaf: the setting
---@return string
function M.leaf(input)
  return loading.fill(input.leaf, input)
end

---@class addon.place
---@field path string
---@field name string file name
---@field folder string a key of the folders; "extracted" or "staged" of the one that was put in front

---@class addon.candidates_input
---@field mode addon.mode
---@field platform string
---@field folders table<string, string> M.folders
---@field names string[] addon.candidates
---@field first? addon.place what was extracted or staged

---Which files are tried, in this order, each once. What was extracted or staged goes first.
---@param input addon.candidates_input
---@return addon.place[]
function M.candidates(input)
  local list, seen = {}, {}
  local function add(place)
    local key = paths.key(input.platform, place.path)
    list[#list + 1] = not seen[key] and place or nil
    seen[key] = true
  end
  if input.first then
    add(input.first)
  end
  for _, group in ipairs(rules.order[input.mode]) do
    for _, name in ipairs(input.names) do
      for _, folder in ipairs(group) do
        local at = input.folders[folder]
        if at then
          add({ path = paths.join(input.platform, at, name), name = name, folder = folder })
        end
      end
    end
  end
  return list
end

---@class addon.variant_input
---@field arch string
---@field env table<string, string>
---@field variables table<string, string> loading.names
---@field level? integer x86-64 level of the CPU
---@field variants table<string, addon.variant>

---@class addon.verdict
---@field variant? string
---@field source "non-x64"|"override"|"cache"|"detect"
---@field export? string what the cache variable is set to, for workers and children

---Which variant is loaded, and who says so.
---@param input addon.variant_input
---@return addon.verdict
function M.variant(input)
  local found = addon.select({
    arch = input.arch,
    override = input.env[input.variables.variant],
    cache = input.env[input.variables.cache],
    level = input.level,
    variants = input.variants,
  })
  found.export = found.source == "detect" and found.variant or nil
  return found
end

return M
