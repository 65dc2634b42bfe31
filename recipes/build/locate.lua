-- Which of the files that a builder left is the addon of the target. Pure.
--
-- The canonical name wins. Otherwise exactly one name may stand for the target, compared as parsed tuples
-- (recipes/addon.lua): a common prefix means nothing, linux-x64 does not accept linux-x64-musl.

local addon = require("recipes.addon")

local M = {}

local function fitting(input)
  local names = {}
  for _, name in ipairs(input.entries) do
    local tuple = input.parse(name)
    if tuple and addon.fits({ tuple = tuple, target = input.target }) then
      names[#names + 1] = name
    end
  end
  return names
end

local function contains(list, wanted)
  for _, item in ipairs(list) do
    if item == wanted then
      return true
    end
  end
  return false
end

---@class build.locate
---@field tool string what built it, as said in messages: "napi build", "cc"
---@field dir string the folder, as said in messages
---@field entries string[] names in it, sorted
---@field canonical string file name of the target
---@field target addon.target
---@field parse fun(name: string): addon.tuple?

local function contents(input)
  return #input.entries > 0 and table.concat(input.entries, ", ") or "(empty)"
end

-- napi names its output itself: by its own setting, or "index".
local function naming_hint(input)
  for _, name in ipairs(input.entries) do
    local begins = name:sub(1, #input.target.addon + 1) == input.target.addon .. "."
    if name:find("%.node$") and not begins and not input.parse(name) then
      local form = "%s has another name than 'addon' in pienv.lua, which is '%s'"
        .. ' (napi takes its own from "napi": { "binaryName" } in package.json)'
      return form:format(name, input.target.addon)
    end
  end
end

local function none(input)
  local form = "%s succeeded but did not emit a native addon for %s. "
    .. "Expected %s or an environment-tagged variant in %s. Directory contents: %s."
  return form:format(input.tool, addon.tag(input.target), input.canonical, input.dir, contents(input)),
    naming_hint(input)
end

local function several(input, names)
  local form = "%s emitted multiple unrecognized native addons for %s:"
  local head = form:format(input.tool, addon.tag(input.target))
  local hint = ("expected %s in %s. Directory contents: %s."):format(input.canonical, input.dir, contents(input))
  return head .. "\n  - " .. table.concat(names, "\n  - "), hint
end

---@param input build.locate
---@return string? name
---@return string? message why there is none
---@return string? hint
function M.choose(input)
  if contains(input.entries, input.canonical) then
    return input.canonical
  end
  local names = fitting(input)
  if #names == 1 then
    return names[1]
  end
  if #names == 0 then
    return nil, none(input)
  end
  return nil, several(input, names)
end

return M
