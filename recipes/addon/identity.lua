-- Of which version a file says that it is: its sentinel. What searches the file is given, so that a fake can.

local addon = require("recipes.addon")

local M = {}

local LONGEST_NAME = 64

---@class addon.identity
---@field wanted string the sentinel of the version
---@field count integer how often it stands in the file, not as part of a longer name
---@field others string[] sentinels of other versions, each once, in the order of the file; only looked for without it

-- The sentinels among what follows the stem.
local function names_of(stem, texts)
  local names, seen = {}, {}
  for _, text in ipairs(texts) do
    local name = stem .. text:match("^[%w_]*")
    if #name > #stem and not seen[name] then
      seen[name], names[#names + 1] = true, name
    end
  end
  return names
end

---@param search { file: function } the engine's, or a fake's
---@param file string
---@param input { sentinel: string, version: string } sentinel: the setting
---@return addon.identity? identity nil, without an error: addons have none
---@return string? err
function M.of(search, file, input)
  local text, stem = addon.sentinel(input)
  if text == "" then
    return nil
  end
  local found, err = search.file(file, { text }, { word_end = true, limit = 1 })
  local all = found
  if found and found[1].count == 0 and stem and stem ~= "" then
    all, err = search.file(file, { stem }, { after = LONGEST_NAME })
  end
  if not all then
    return nil, err
  end
  return { wanted = text, count = found[1].count, others = all ~= found and names_of(stem, all[1].after) or {} }
end

---The same for a verdict: symbols and strings of a debug build hold the name again, so once or often is the same.
---@param identity? addon.identity
---@return addon.identity?
function M.once(identity)
  return identity and { wanted = identity.wanted, count = math.min(identity.count, 1), others = identity.others }
end

return M
