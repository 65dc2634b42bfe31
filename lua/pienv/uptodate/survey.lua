-- Many steps at once: which of them are up to date beyond doubt, found by one call (pienv.records) for those that are
-- of the plain kind. All others are looked at one by one.

local M = {}

local LISTS = { "inputs", "outputs" }

-- Threads that look at files: more of them meet in the kernel.
local MOST_THREADS = 4

-- Texts between the fingerprints and the detail of a record: with a right one it belongs to a step without a target and
-- needs, of which nothing is known but that it ran, and what it read is as it was.
local function judge(tracker, texts, known)
  for text in pairs(texts) do
    local read, own, value, printed = text:match("^([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)$")
    known[text] = own == "" and value == "" and printed == "" and not tracker:reads_differ(read)
  end
end

-- The text of one record: what is right of it is right of most.
local function text_of(tracker, id)
  local fields = { tracker.log:fields(id, 6) }
  return #fields == 6 and table.concat(fields, "\t", 3) or nil
end

local function texts_of(tracker, id)
  local known, text = {}, text_of(tracker, id)
  judge(tracker, text and { [text] = true } or {}, known)
  return known
end

local function threads(tracker)
  return math.min(tracker.c.host.cores or 1, MOST_THREADS)
end

---Are all steps up to date for sure, and is nothing known of them but that they ran?
---@param tracker pienv.uptodate
---@param steps table<string, pienv.step>
---@return boolean
function M.all_fresh(tracker, steps)
  local text, known = next(steps) and text_of(tracker, next(steps)), {}
  if not text then
    return false
  end
  judge(tracker, { [text] = true }, known)
  local how = { lists = LISTS, first = tracker.base, text = text, without = { "needs", "per" } }
  how.threads = threads(tracker)
  return known[text] and tracker.log:all_held(tracker.view, steps, how)
end

---The instances without a target and needs that are up to date for sure.
---@param tracker pienv.uptodate
---@param instances pienv.instance[] of which no step has run yet
---@return table<pienv.instance, true> fresh
function M.fresh(tracker, instances)
  if not instances[1] then
    return {}
  end
  local known = texts_of(tracker, instances[1].id)
  local how = { key = "id", of = "step", lists = LISTS, first = tracker.base, known = known }
  how.threads = threads(tracker)
  local fresh, unknown
  repeat
    fresh, unknown = tracker.log:held(tracker.view, instances, how)
    judge(tracker, type(unknown) == "table" and unknown or {}, known)
  until fresh or type(unknown) ~= "table" or not next(unknown)
  return fresh or {}
end

return M
