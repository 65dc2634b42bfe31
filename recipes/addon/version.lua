-- Whether a loaded addon is of the loader's version, and which folders of other versions may go. Pure.

local loading = require("recipes.addon.loading")

local M = {}

-- The sentinel that an addon exports; of several the first by name.
local function resident(input)
  local found
  for name in pairs(input.exports) do
    local is_one = input.stem and name:sub(1, #input.stem) == input.stem and name:find("^[%w_]+$", #input.stem + 1)
    if is_one and name ~= input.wanted and (not found or name < found) then
      found = name
    end
  end
  return found
end

local function has_abi(input)
  for _, name in ipairs(input.abi) do
    if not input.exports[name] then
      return false
    end
  end
  return #input.abi > 0
end

---@class addon.loaded
---@field mode addon.mode
---@field wanted string the expected sentinel; "": addons have none
---@field stem? string what the sentinels of all versions begin with
---@field exports table<string, string> what the loaded addon exports: name = typeof
---@field abi string[] the setting `minimal_abi`
---@field on_disk? boolean whether the file's bytes hold the expected sentinel, not as part of a longer name; nil: not
--- looked at yet, or unreadable

---Whether the file's bytes have to be searched for the expected sentinel.
---@param input addon.loaded
---@return boolean
function M.asks_disk(input)
  return loading.rules.checked[input.mode] and input.wanted ~= "" and input.exports[input.wanted] ~= "function"
end

---@param input addon.loaded
---@return "unchecked"|"ok"|"compatible"|"restart"|"reinstall" verdict the first three: it may be used
---@return string? resident the sentinel that it has instead
function M.verdict(input)
  if not loading.rules.checked[input.mode] or input.wanted == "" then
    return "unchecked"
  elseif not M.asks_disk(input) then
    return "ok"
  end
  local other = resident(input)
  if not other and not input.on_disk and has_abi(input) then
    return "compatible"
  end
  return other and input.on_disk and "restart" or "reinstall", other
end

-- The numbers of a plain N.N.N, as texts; of the loader's own version also before "-" and "+".
local function numbers(version, is_own)
  local a, b, c = version:match("^(%d+)%.(%d+)%.(%d+)" .. (is_own and "%f[^%d.]" or "$"))
  return a and { a, b, c }
end

---@param older string
---@param own string
---@return boolean
function M.is_older(older, own)
  local a, b = numbers(older), numbers(own, true)
  for i = 1, a and b and 3 or 0 do
    local x, y = a[i]:match("^0*(.*)$"), b[i]:match("^0*(.*)$") -- compared as texts: they may be longer than an integer
    if x ~= y then
      return #x < #y or #x == #y and x < y
    end
  end
  return false
end

---@class addon.stale_input
---@field version string
---@field now number seconds since 1970
---@field entries { name: string, type: string, mtime: number }[] of the natives folder

---Which entries of the natives folder may be removed: folders of strictly older plain versions that nobody prepared or
---touched for a while. Files, other names and newer versions stay.
---@param input addon.stale_input
---@return string[] names sorted
function M.stale(input)
  local names = {}
  for _, entry in ipairs(input.entries) do
    local is_old = entry.type == "directory" and input.now - entry.mtime > loading.rules.stale_seconds
    names[#names + 1] = is_old and M.is_older(entry.name, input.version) and entry.name or nil
  end
  table.sort(names)
  return names
end

return M
