-- Which entries go when a repository's part of the cache is too large. Pure.

local M = {}

---@class cache.kept
---@field key string
---@field captured_at number seconds since 1970
---@field bytes integer

---@class cache.caps
---@field max_entries integer counts as at least 1
---@field max_bytes integer 0: no cap
---@field min_free? integer bytes that must stay free on the file system; 0 or nil: no floor

---@class cache.dropped
---@field key string
---@field bytes integer
---@field why string

---Chooses what to drop, oldest first; entries of one age go by their keys, so that everybody chooses the same. The last
---entry survives the byte cap and the floor.
---@param input { entries: cache.kept[], caps: cache.caps, free?: integer, keep?: string }
---  keep: the key of the entry that was made just now, whatever the clock said when the others were made
---@return cache.dropped[]
function M.choose(input)
  local list, total = { table.unpack(input.entries) }, 0
  table.sort(list, function(a, b)
    if a.key == input.keep or b.key == input.keep then
      return b.key == input.keep and a.key ~= b.key
    end
    return a.captured_at < b.captured_at or a.captured_at == b.captured_at and a.key < b.key
  end)
  for _, entry in ipairs(list) do
    total = total + entry.bytes
  end
  local caps, free, dropped = input.caps, input.free, {}
  local function why(left)
    if left > math.max(caps.max_entries, 1) then
      local most = math.max(caps.max_entries, 1)
      return most == 1 and "more than one entry" or ("more than %d entries"):format(most)
    elseif left > 1 and caps.max_bytes > 0 and total > caps.max_bytes then
      return ("more than %d bytes"):format(caps.max_bytes)
    elseif left > 1 and free and free < (caps.min_free or 0) then
      return ("less than %d bytes free on the file system"):format(caps.min_free)
    end
  end
  for i, entry in ipairs(list) do
    local reason = why(#list - i + 1)
    if not reason then
      break
    end
    dropped[i] = { key = entry.key, bytes = entry.bytes, why = reason }
    total, free = total - entry.bytes, free and free + entry.bytes
  end
  return dropped
end

return M
