-- What the holder of a lock writes into the lock's file for those who wait: who it is and what it is doing.
-- Whoever may take the lock may write there, so that a reader believes nothing: it takes what has the right form, and
-- shows it without control bytes.

local argv = require("pienv.argv")
local c = require("pienv.c.lock")
local fs = require("pienv.fs")
local json = require("pienv.json")
local path = require("pienv.path")
local terminal = require("pienv.terminal")
local time = require("pienv.time")

local M = {}

---@class pienv.lock.record
---@field pid integer
---@field command string its command line, shortened
---@field since number when it took the lock, seconds since 1970
---@field about string what it is doing; may be ""

-- Every record begins so, for keys are sorted: what begins otherwise is no file of ours, and is left as it is.
local BEGIN = '{"about":"'

-- Two texts of this many bytes, each byte escaped, and the numbers fit into c.record_size.
local MOST_BYTES = 180

-- Times that os.date can show: up to the year 9999.
local LAST_SECOND = 253402300799

local function shown(text)
  text = terminal.sanitize(text):gsub("\t", "\\t") -- the one control byte that is left there
  return #text <= MOST_BYTES and text or json.utf8(text:sub(1, MOST_BYTES)) .. "..."
end

-- Number and start of a process: the number alone is used again and again. nil: there is none, or it cannot be seen.
local function process_facts(pid)
  local text = fs.read("/proc/" .. pid .. "/stat")
  local own, rest = (text or ""):match("^(%d+) .*%) (.*)$")
  local field = 0
  for word in (rest or ""):gmatch("%S+") do
    field = field + 1
    if field == 20 then
      return math.tointeger(own), word
    end
  end
end

-- Inside another container the same number is another process.
local function pid_namespace()
  local stat = fs.stat("/proc/self/ns/pid")
  return stat and stat.inode
end

local function own_command()
  local words = {}
  for word in (fs.read("/proc/self/cmdline") or ""):gmatch("([^\0]*)\0") do
    words[#words + 1] = #words == 0 and path.basename(word) or word
  end
  return argv.quote(words)
end

---Writes the record of this process.
---@param about string what it is doing
---@return string text at most c.record_size bytes
function M.own(about)
  local pid, started = process_facts("self")
  return json.encode({
    about = shown(about),
    command = shown(own_command()),
    namespace = pid_namespace(),
    pid = pid,
    since = time.now(),
    started = started,
  })
end

local function is_record(value)
  return type(value) == "table"
    and math.type(value.pid) == "integer"
    and value.pid > 0
    and type(value.command) == "string"
    and type(value.about) == "string"
    and type(value.since) == "number"
    and value.since >= 0
    and value.since <= LAST_SECOND
end

-- Is it of a process that still runs? One in another container cannot be asked, and is believed.
local function may_run(record)
  if record.namespace ~= pid_namespace() then
    return true
  end
  local _, started = process_facts(record.pid)
  return started == record.started
end

---Reads a record.
---@param text string any bytes
---@return pienv.lock.record? record nil: there is none, or its process has ended
function M.parse(text)
  local value = json.decode(text)
  if not is_record(value) or not may_run(value) then
    return nil
  end
  return { pid = value.pid, command = shown(value.command), since = value.since, about = shown(value.about) }
end

---Reads the record in the file of a lock.
---@param file string
---@return pienv.lock.record? record nil: there is none, or its process has ended
---@return string? err
---@return string? code
function M.read(file)
  local text, err, code = c.read(file)
  if not text then
    return nil, err, code
  end
  return M.parse(text)
end

---Leaves this process's record in the file of a lock that it holds. A courtesy: where it cannot be written (a full
---disk, a file that may only be read) there is none.
---@param file string
---@param held pienv.lock.held
---@param about string
function M.leave(file, held, about)
  local text = c.read(file)
  if text == "" or text and text:sub(1, #BEGIN) == BEGIN then
    held:record(M.own(about))
  end
end

local function clock(seconds)
  local same_day = os.date("%F", seconds) == os.date("%F")
  return os.date(same_day and "%T" or "%F %T", seconds)
end

---Says who holds a lock.
---@param record? pienv.lock.record nil: nobody knows
---@return string text "held since 12:01:07 by process 42 (pienv cache capture): capturing linux-x64-modern"
function M.describe(record)
  if not record then
    return "held by a process that left no record"
  end
  local text = ("held since %s by process %d (%s)"):format(clock(record.since // 1 | 0), record.pid, record.command)
  return record.about == "" and text or text .. ": " .. record.about
end

return M
