-- What happened in a repository's part of the cache: one JSON object a line, appended. Pure.
--
-- From it come the statistics, who received an entry (for recall), which bytes are tainted, and whether a workspace has
-- exactly what was put there (then a hit is a look and nothing else). Its loss costs only that.

local shape = require("recipes.cache.shape")

local M = {}

M.NAME = ".pienv-journal"

---@class cache.facts what stood in a workspace after pienv put it there
---@field device integer
---@field inode integer
---@field size integer
---@field mtime_ns integer

---@class cache.event
---@field v 1
---@field op "place"|"miss"|"store"|"evict"|"evicted"|"taint"|"totals" evicted: counted in the totals already
---@field at number seconds since 1970
---@field key? string
---@field folder? string place, store: the folder of the workspace that has the files
---@field workspace? string
---@field files? table<string, cache.facts> by name
---@field captured_at? number place, store: of the entry, which tells it from a later one of the same key
---@field hit? boolean place: a populate, not a capture
---@field saved? number place: seconds that the build took
---@field why? string
---@field evicted? boolean miss: the entry was there once
---@field bytes? integer
---@field sha256? string[] taint: of the addons

---One line.
---@param event cache.event
---@param encode fun(value: any): string
---@return string
function M.line(event, encode)
  event.v = 1
  return encode(event) .. "\n"
end

---The facts of a file that stands in a workspace now.
---@param stat pienv.fs.stat
---@return cache.facts
function M.facts(stat)
  return { device = stat.device, inode = stat.inode, size = stat.size, mtime_ns = stat.mtime_ns }
end

---Whether a file is still what was put there.
---@param facts? cache.facts|false
---@param stat? pienv.fs.stat|false
---@return boolean
function M.same(facts, stat)
  if type(facts) ~= "table" or not stat then
    return false
  end
  return facts.inode == stat.inode
    and facts.mtime_ns == stat.mtime_ns
    and facts.size == stat.size
    and facts.device == stat.device
end

-- Bytes of a line before its "folder": the facts of the files.
local LONGEST_HEAD = 65536

---The last event that put files into a folder, without reading the others.
---@param text string the journal
---@param folder string
---@param json { encode: fun(value: any): string, decode: fun(text: string): any }
---@return cache.event?
function M.last(text, folder, json)
  local plain = not folder:find("[^%w/._-]") -- as nearly all are: then there is nothing to encode
  local needle, at, from = '"folder":' .. (plain and '"' .. folder .. '"' or json.encode(folder)) .. ",", nil, 1
  repeat
    local found = text:find(needle, from, true)
    at, from = found or at, (found or 0) + 1
  until not found
  if not at then
    return nil
  end
  local block = math.max(1, at - LONGEST_HEAD)
  local first = text:sub(block, at - 1):match("^.*\n()") -- anchored: else tried anew at each byte of a first line
  local event = json.decode(text:sub(first and block + first - 1 or block, (text:find("\n", at, true) or 0) - 1))
  return type(event) == "table" and type(event.files) == "table" and event or nil
end

local COUNTED = { "hits", "misses", "evicted_then_missed", "stored", "evicted", "bytes_stored", "seconds_saved" }

-- Everybody who may write to the cache may write here: what is not as pienv writes it is no event. One with a folder
-- has its files too, and is of an op that puts them there: else compact would keep it as what it is not.
local PUT = {
  key = "text",
  folder = "text",
  workspace = "text?",
  files = "list",
  captured_at = "time?",
  hit = "flag?",
  saved = "amount?",
  bytes = "amount?",
}
local EVICTION = { key = "text", folder = "none", why = "text?", bytes = "amount?" }
local TOTALS = { key = "none", folder = "none" }
for _, name in ipairs(COUNTED) do
  TOTALS[name] = "amount?"
end
local FIELDS = {
  place = PUT,
  store = { key = "text", folder = "none", files = "none", bytes = "amount?" },
  miss = { key = "text", folder = "none", why = "text?", evicted = "flag?" },
  evict = EVICTION,
  evicted = EVICTION,
  taint = { key = "text?", folder = "none", why = "text?", sha256 = "texts" },
  totals = TOTALS,
}
local FACTS = { device = "whole", inode = "whole", size = "whole", mtime_ns = "whole" }

local function is_event(event)
  local fields = type(event) == "table" and event.v == 1 and FIELDS[event.op]
  if not fields then
    return false
  elseif event.op == "store" and event.folder ~= nil then
    fields = PUT -- one event may say both
  end
  return not shape.wrong(event, fields) and shape.all(event.files or {}, FACTS)
end

---All events; lines that are none (a write that a full disk cut, or nonsense) are passed over.
---@param text string
---@param decode fun(text: string): any
---@return cache.event[]
function M.events(text, decode)
  local list = {}
  for line in text:gmatch("[^\n]+") do
    local event = decode(line)
    list[#list + 1] = is_event(event) and event or nil
  end
  return list
end

---What each folder has now: its last event.
---@param events cache.event[]
---@return table<string, cache.event> by folder
function M.holders(events)
  local last = {}
  for _, event in ipairs(events) do
    if event.folder and type(event.files) == "table" then
      last[event.folder] = event
    end
  end
  return last
end

---The folders that received an entry, whatever they have now, sorted.
---@param events cache.event[]
---@param key string
---@return string[]
function M.receivers(events, key)
  local seen, list = {}, {}
  for _, event in ipairs(events) do
    if event.folder and event.key == key and not seen[event.folder] then
      seen[event.folder], list[#list + 1] = true, event.folder
    end
  end
  table.sort(list)
  return list
end

---Digests of addons that were declared bad.
---@param events cache.event[]
---@return table<string, string> why by sha256
function M.tainted(events)
  local bad = {}
  for _, event in ipairs(events) do
    for _, digest in ipairs(event.op == "taint" and event.sha256 or {}) do
      bad[digest] = event.why or "tainted"
    end
  end
  return bad
end

---Whether an entry was there once and was dropped by the caps.
---@param text string the journal
---@param key string
---@return boolean
function M.was_evicted(text, key)
  return text:find('"key":"' .. key .. '","op":"evict', 1, true) ~= nil -- keys are sorted
end

---Sums over all events. Hits that found everything in place are not among them: they leave no event.
---@param events cache.event[]
---@return table<string, number>
function M.totals(events)
  local sums = {}
  for _, name in ipairs(COUNTED) do
    sums[name] = 0
  end
  local function add(name, amount)
    sums[name] = sums[name] + (amount or 0)
  end
  for _, event in ipairs(events) do
    if event.op == "place" and event.hit then
      add("hits", 1)
      add("seconds_saved", event.saved)
    elseif event.op == "miss" then
      add("misses", 1)
      add("evicted_then_missed", event.evicted and 1 or 0)
    elseif event.op == "store" then
      add("stored", 1)
      add("bytes_stored", event.bytes)
    elseif event.op == "evict" then
      add("evicted", 1)
    elseif event.op == "totals" then
      for _, name in ipairs(COUNTED) do
        add(name, event[name])
      end
    end
  end
  return sums
end

local function is_eviction(event)
  return event.key ~= nil and (event.op == "evict" or event.op == "evicted")
end

-- Which events are still needed one by one.
local function still_needed(event, holders, kept_keys, evictions)
  if event.op == "taint" then
    return true
  elseif is_eviction(event) then
    return evictions[event.key] == event
  elseif event.folder then
    return holders[event.folder] == event or kept_keys[event.key] or false
  end
  return false
end

-- The last evictions, so many: who asks for one of these entries again shows that the caps are small.
local MOST_EVICTIONS = 200

local function last_evictions(events)
  local last, count = {}, 0
  for i = #events, 1, -1 do
    local event = events[i]
    if is_eviction(event) and not last[event.key] and count < MOST_EVICTIONS then
      last[event.key], count = event, count + 1
    end
  end
  return last
end

-- The event in a form that no sum counts a second time.
local function uncounted(event)
  local copy = {}
  for name, value in pairs(event) do
    copy[name] = value
  end
  copy.hit, copy.saved = nil, nil
  copy.op = event.folder and "place" or is_eviction(event) and "evicted" or event.op
  return copy
end

---A journal that says the same in fewer events: the sums as one, and what is still asked for.
---@param events cache.event[]
---@param input { now: number, keys: table<string, boolean> } keys: entries that exist, whose receivers stay known
---@return cache.event[]
function M.compact(events, input)
  local totals = M.totals(events)
  totals.op, totals.at, totals.v = "totals", input.now, 1
  local list, holders, evictions, seen = { totals }, M.holders(events), last_evictions(events), {}
  for i = #events, 1, -1 do
    local event = events[i]
    local id = event.folder and event.folder .. "\0" .. event.key
    if still_needed(event, holders, input.keys, evictions) and not seen[id] then
      seen[id or event] = true
      table.insert(list, 2, uncounted(event))
    end
  end
  return list
end

return M
