-- The runs that are kept below .pienv/runs/, one folder each:
--
--   run.json            what the run was, and how it ended; without `ended` it runs still, or was killed
--   events.jsonl        what happened, one event a line, as --json tells it, with the time since its start
--   NNNN-STEP.log       output of the process with that number; none where it wrote nothing
--   lock                held by the pienv that writes here
--
-- Reading writes nothing.

local fs = require("pienv.fs")
local json = require("pienv.json")
local lock = require("pienv.lock")
local path = require("pienv.path")

local M = {}

M.VERSION = 1
M.SUMMARY, M.EVENTS, M.LOCK = "run.json", "events.jsonl", "lock"

---@class pienv.log.caps
---@field runs integer how many are kept
---@field bytes integer of all of them
---@field process_bytes integer of the output of one process

---@type pienv.log.caps
M.caps = { runs = 20, bytes = 256 << 20, process_bytes = 16 << 20 }

---@class pienv.log.run
---@field id string
---@field folder string
---@field state "running"|"ended early"|"ok"|"failed"|"unreadable"
---@field summary table run.json

---@param root string
---@return string
function M.folder(root)
  return path.join(root, ".pienv", "runs")
end

-- Most bytes of a file that this reads: who may write there could make it endless.
local MOST = 256 << 20

local function read_summary(folder)
  local text = fs.read(folder .. "/" .. M.SUMMARY, { limit = 1 << 20, follow = false })
  local value = text and json.decode(text)
  if type(value) == "table" and value.v == M.VERSION and type(value.id) == "string" then
    return value
  end
end

local function state_of(folder, summary)
  if not summary then
    return "unreadable"
  elseif summary.ended then
    return summary.exit == 0 and "ok" or "failed"
  end
  return lock.holder(folder .. "/" .. M.LOCK) and "running" or "ended early"
end

---The kept runs, the newest first.
---@param root string
---@param folder? string of the runs, where the caller has it open
---@return pienv.log.run[]
function M.list(root, folder)
  local rows = {}
  folder = folder or M.folder(root)
  for _, id in ipairs(fs.list(folder) or {}) do
    if id:find("^%d+T%d+%-") then
      local at = path.join(folder, id)
      local summary = read_summary(at)
      table.insert(rows, 1, { id = id, folder = at, summary = summary or {}, state = state_of(at, summary) })
    end
  end
  return rows
end

---The events of a run in their order. A line that is torn, or of another version, is passed over.
---@param run pienv.log.run
---@return table[]
function M.events(run)
  local list = {}
  local text = fs.read(run.folder .. "/" .. M.EVENTS, { limit = MOST, follow = false }) or ""
  for line in text:gmatch("[^\n]+") do
    local event = json.decode(line)
    if type(event) == "table" and event.v == M.VERSION and type(event.type) == "string" then
      list[#list + 1] = event
    end
  end
  return list
end

---The output of a process.
---@param run pienv.log.run
---@param log any the file, as an event names it
---@return string? bytes
function M.output(run, log)
  local name = type(log) == "string" and log:match("/(%d+%-[%w._-]+%.log)$")
  return name and (fs.read(path.join(run.folder, name), { limit = MOST, follow = false }))
end

local function size_of(run)
  if math.type(run.summary.bytes) == "integer" then
    return run.summary.bytes
  end
  local bytes = 0
  for _, name in ipairs(fs.list(run.folder) or {}) do
    local stat = fs.stat(path.join(run.folder, name), { follow = false })
    bytes = bytes + (stat and stat.size or 0)
  end
  return bytes
end

-- Removes a run that nobody writes. One without a lock is being made, or was left by a kill at its very beginning.
local function remove(run, now)
  local held, _, code = lock.acquire(run.folder .. "/" .. M.LOCK, { timeout = 0, about = "removing old runs" })
  if not held then
    local stat = code == "ENOENT" and fs.stat(run.folder)
    return stat and now - stat.mtime > 3600 and fs.remove_tree(run.folder) ~= nil or false
  end
  local removed = fs.remove_tree(run.folder)
  held:release()
  return removed ~= nil
end

---Removes the oldest runs over the caps.
---@param root string
---@param caps pienv.log.caps
---@param now number
---@return integer removed
function M.prune(root, caps, now)
  local count, bytes, removed = 0, 0, 0
  local folder <close> = fs.folder(root, ".pienv/runs") -- what stands in its place meanwhile is not ours to remove
  for _, run in ipairs(folder and M.list(root, folder:path()) or {}) do
    count, bytes = count + 1, bytes + size_of(run)
    if (count > caps.runs or count > 1 and bytes > caps.bytes) and run.state ~= "running" then
      removed = removed + (remove(run, now) and 1 or 0)
    end
  end
  return removed
end

---The run that a word means: "1" is the last one, "2" the one before; else the beginning of an id.
---@param list pienv.log.run[]
---@param word? string default: the last one
---@return pienv.log.run?
function M.find(list, word)
  local number = tonumber(word or "1")
  if number and list[number] then
    return list[number]
  end
  for _, run in ipairs(list) do
    if word and #word >= 8 and run.id:sub(1, #word) == word then
      return run
    end
  end
end

return M
