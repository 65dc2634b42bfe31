-- How a cache command ends: a hit and a miss are both answers. A miss is exit code 10, trouble with the cache itself is
-- one warning and a miss, and a failure (exit 5) only where the user asked for the cache.

local key_rules = require("recipes.cache.key")

local M = {}

M.MISS = 10
M.TROUBLE = 5

local function took(s, began)
  return ("%.0f ms"):format((s.time.monotonic() - began) * 1000)
end

-- "hardlink 1, copy 3"
local function counts(how)
  local parts = {}
  for _, word in ipairs({ "reflink", "hardlink", "copy", "kept" }) do
    parts[#parts + 1] = how[word] and word .. " " .. how[word] or nil
  end
  return table.concat(parts, ", ")
end

---@class cache.told texts stand for what is not known yet
---@field key string
---@field placed { noop?: boolean, how: table<string, integer>|string }
---@field milliseconds number|string

---The line of a hit: "hit 4f41f60 (hardlink 1, copy 3) 3 ms".
---@param input cache.told
---@return string
function M.hit_line(input)
  local placed, time = input.placed, input.milliseconds
  local what = placed.noop and "up to date" or type(placed.how) == "string" and placed.how or counts(placed.how)
  time = type(time) == "number" and ("%.0f"):format(time) or time
  return ("hit %s (%s) %s ms"):format(key_rules.short(input.key), what, time)
end

---Says what was done with an entry and prints where it is.
---@param s pienv.context
---@param entry cache.entry
---@param line string
---@param event table more fields of the event
function M.done(s, entry, line, event)
  s:because(line)
  event.key, event.path = entry.key, entry.path
  s.ui:event("cache", event)
  s:print(entry.path)
end

---Ends a command without an entry.
---@param s pienv.context
---@param kind string "missing", "dirty", "damaged", ..., "trouble"
---@param reason string
---@param key? string
function M.miss(s, kind, reason, key)
  if kind == "trouble" or kind == "locked" then
    if s.options.require_cache then
      s:fail(
        reason,
        { exit = M.TROUBLE, code = "P0601", hint = "look at the cache's folder, or leave --require-cache out" }
      )
    end
    s:say("warning: the cache is not used: " .. reason)
  end
  s:because("miss: " .. reason)
  s.ui:event("cache", { state = "miss", kind = kind, reason = reason, key = key })
  s:ends_with(M.MISS)
end

---@param count integer
---@return string text "1 entry", "3 entries"
function M.entries(count)
  return count == 1 and "1 entry" or count .. " entries"
end

---Seconds since some moment, for messages.
M.took = took

---Warns about a journal that could not be written.
---@param s pienv.context
---@param err? string
function M.warn(s, err)
  if err then
    s:say("warning: " .. err)
  end
end

return M
