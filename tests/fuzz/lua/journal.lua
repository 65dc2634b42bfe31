-- The journal of a cache (recipes/cache/journal.lua). Input: its text.

local journal = require("recipes.cache.journal")
local json = require("pienv.json")

-- Makes again what is read of events: what was written so is read so.
local function again(events)
  local lines = {}
  for i, event in ipairs(events) do
    lines[i] = journal.line(event, json.encode)
  end
  return journal.events(table.concat(lines), json.decode)
end

local function check_compact(events, keys)
  local short = again(journal.compact(events, { now = 1, keys = keys }))
  local before, after = journal.totals(events), journal.totals(short)
  for name, sum in pairs(before) do
    -- Sums that are too large for an event are none the next time; below that nothing is lost.
    assert(sum > 1 << 53 or after[name] == sum or math.abs(after[name] - sum) < 1e-6 * sum, "a sum changes: " .. name)
  end
  local holders = journal.holders(short)
  for folder, event in pairs(journal.holders(events)) do
    assert(holders[folder] and holders[folder].key == event.key, "a holder is lost")
  end
  local tainted = journal.tainted(short)
  for digest in pairs(journal.tainted(events)) do
    assert(tainted[digest], "a taint is lost")
  end
end

return function(bytes)
  local events = journal.events(bytes, json.decode)
  local keys = {}
  for _, event in ipairs(events) do
    if event.key then
      keys[event.key] = #event.key % 2 == 0 or nil
      journal.receivers(events, event.key)
      journal.was_evicted(bytes, event.key)
    end
    if event.folder then
      journal.last(bytes, event.folder, json)
    end
  end
  for _, event in pairs(journal.holders(events)) do
    for _, facts in pairs(event.files) do
      journal.same(facts, { inode = 1, mtime_ns = 1, size = 1, device = 1 })
    end
  end
  check_compact(events, keys)
end
