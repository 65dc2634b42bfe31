-- Keeps a run: a listener of the ui that writes what happens into .pienv/runs/ID/ (log/runs.lua). The folder is made
-- with the first process, so that a run that starts none leaves nothing; what came before is not even encoded until
-- then, as ten thousand steps that are up to date would otherwise be encoded for nothing. What is written is at most a
-- tenth of a second behind; a log that cannot be written never fails a run.

local flat = require("pienv.log.flat")
local fs = require("pienv.fs")
local json = require("pienv.json")
local lock = require("pienv.lock")
local runs = require("pienv.log.runs")
local state = require("pienv.state")
local time = require("pienv.time")

local M = {}

---@class pienv.log.writer
---@field id? string of the run, once there is a folder
---@field lazy true a run without a process leaves nothing
local writer = { lazy = true }
writer.__index = writer

-- Bytes that wait in memory at most, and of the end of an output that is too long.
local BUFFER, TAIL = 65536, 65536

---@class pienv.log.about
---@field root string
---@field recipe string
---@field verb? string
---@field argv string[]
---@field version string
---@field caps pienv.log.caps
---@field warn fun(text: string)

---@param about pienv.log.about
---@return pienv.log.writer
function M.new(about)
  local made = { about = about, began = time.monotonic(), started_at = time.now(), buffers = {}, order = {} }
  made.early, made.early_count = {}, 0 -- what came before the first process: instance or line, outcome or false, time
  made.bytes, made.processes, made.states, made.failed_steps, made.logs = 0, 0, {}, {}, {}
  return setmetatable(made, writer)
end

local function summary(self)
  local about = self.about
  return {
    v = runs.VERSION,
    type = "run",
    id = self.id,
    recipe = about.recipe,
    verb = about.verb,
    argv = json.array(about.argv),
    pienv = about.version,
    started = time.iso(self.started_at),
  }
end

local function write_summary(self, value)
  local text = json.encode(json.readable(value)) .. "\n"
  return fs.write(self.path .. "/" .. runs.SUMMARY, text, { sync = false, mode = "0600" })
end

local function give_up(self, err)
  self.broken = true
  self.about.warn("warning: the log of this run is not complete: " .. err)
end

-- Sorted by time; several of one moment have a word of their own.
local function new_id(now)
  return os.date("!%Y%m%dT%H%M%S", now // 1 | 0) .. ("%03d"):format((now % 1 * 1000) // 1 | 0)
end

local function make_folder(self)
  local top, err = state.open(self.about.root, "runs")
  if not top then
    return nil, err
  end
  local _ <close> = top
  local made, why = fs.mkdtemp(top:path(), new_id(self.started_at))
  if not made then
    return nil, why
  end
  self.id = made:match("[^/]+$")
  self.folder, err = fs.folder(self.about.root, ".pienv/runs/" .. self.id)
  self.path = self.folder and self.folder:path()
  return self.folder, err
end

local function open(self)
  local ok, err = make_folder(self)
  if ok then
    self.lock, err = lock.acquire(self.path .. "/" .. runs.LOCK, { timeout = 0, about = "run " .. self.id })
    ok = self.lock
  end
  if ok then
    ok, err = write_summary(self, summary(self))
  end
  if not ok then
    give_up(self, err)
  end
end

local function flush(self)
  for _, name in ipairs(self.order) do
    local buffer = self.buffers[name]
    local bytes = table.concat(buffer)
    local ok, err = true, nil
    if not self.broken and self.path then
      ok, err = fs.append(self.path .. "/" .. name, bytes, { mode = "0600" })
    end
    self.bytes = self.bytes + #bytes
    self.buffers[name] = nil
    if not ok then
      give_up(self, err)
    end
  end
  self.order, self.waiting, self.flushed = {}, 0, time.monotonic()
end

local function put(self, name, bytes)
  if self.broken then
    return
  end
  local buffer = self.buffers[name]
  if not buffer then
    buffer = {}
    self.buffers[name] = buffer
    self.order[#self.order + 1] = name
  end
  buffer[#buffer + 1] = bytes
  self.waiting = (self.waiting or 0) + #bytes
  if self.path and self.waiting > BUFFER then
    flush(self)
  end
end

local function file_name(id)
  return (id:gsub("[^%w._-]+", "."):sub(1, 100))
end

local function put_finished(self, instance, outcome, at)
  put(self, runs.EVENTS, flat.step_finished(instance, outcome, at))
end

local function put_passed(self, instances, outcome, at)
  for i = 1, #instances do
    put_finished(self, instances[i], outcome, at)
  end
end

-- Three slots of one list for each: no table of its own. `what` is a line, an instance, or a list of these.
local function keep_early(self, what, outcome, at)
  local early, n = self.early, self.early_count
  early[n + 1], early[n + 2], early[n + 3] = what, outcome, at
  self.early_count = n + 3
end

local function put_early(self)
  local early = self.early
  for i = 1, self.early_count, 3 do
    local what, outcome, at = early[i], early[i + 1], early[i + 2]
    if not outcome then
      put(self, runs.EVENTS, what)
    elseif what.id then
      put_finished(self, what, outcome, at)
    else
      put_passed(self, what, outcome, at)
    end
  end
  self.early, self.early_count = {}, 0
end

local function event(self, kind, given)
  local at = time.monotonic() - self.began
  local line = flat.line(kind, at, given)
  if self.path then
    put(self, runs.EVENTS, line)
  elseif not self.broken then
    keep_early(self, line, false, at)
  end
end

function writer:tick()
  if self.path and #self.order > 0 then
    flush(self)
  end
end

---@param process pienv.ui.process
function writer:process_started(process)
  if not self.path and not self.broken then
    open(self)
    put_early(self)
  end
  self.processes = self.processes + 1
  put(self, runs.EVENTS, flat.process_started(process, process.began - self.began))
end

---@param process pienv.ui.process
---@param bytes string
function writer:output(process, _, bytes)
  local room = self.about.caps.process_bytes - (process.logged or 0)
  process.log_name = process.log_name or ("%04d-%s.log"):format(process.number, file_name(process.instance))
  if not process.log and not self.broken then
    process.log = ".pienv/runs/" .. self.id .. "/" .. process.log_name
    self.logs[process.instance] = process.log
  end
  if room > 0 and bytes ~= "" then
    put(self, process.log_name, bytes:sub(1, room))
  end
  process.logged = (process.logged or 0) + #bytes
  if #bytes > room then
    process.tail = ((process.tail or "") .. bytes:sub(math.max(room, 0) + 1)):sub(-TAIL)
  end
end

---@param process pienv.ui.process
function writer:process_finished(process)
  if process.tail then
    local left_out = process.logged - self.about.caps.process_bytes - #process.tail
    put(self, process.log_name, ("\n[pienv: %d bytes are left out here]\n%s"):format(left_out, process.tail))
  end
  put(self, runs.EVENTS, flat.process_finished(process, process.began + process.seconds - self.began))
end

---@param instance pienv.instance
---@param outcome pienv.outcome
---@param at? number when, if that was before now
function writer:finished(instance, outcome, at)
  self.states[outcome.state] = (self.states[outcome.state] or 0) + 1
  if outcome.state == "failed" then
    self.failed_steps[#self.failed_steps + 1] = instance.id
  end
  at = (at or time.monotonic()) - self.began
  if self.path then
    put_finished(self, instance, outcome, at)
  elseif not self.broken then
    keep_early(self, instance, outcome, at)
  end
end

---Many that have ended at once, none as a failure.
---@param instances pienv.instance[]
---@param outcome pienv.outcome
function writer:passed(instances, outcome)
  self.states[outcome.state] = (self.states[outcome.state] or 0) + #instances
  local at = time.monotonic() - self.began
  if self.path then
    put_passed(self, instances, outcome, at)
  elseif not self.broken then
    keep_early(self, instances, outcome, at)
  end
end

function writer:message(given)
  local copy = { step = given.step, target = given.target, text = given.text }
  event(self, "message", copy)
end

---@param kind string
---@param given table
function writer:event(kind, given)
  local copy = {}
  for name, value in pairs(given) do
    copy[name] = value
  end
  event(self, kind, copy)
end

---Where the output of a step's last process is kept, from the root; nil: there is none.
---@param id string of the step's instance
---@return string?
function writer:log_of(id)
  return not self.broken and self.logs[id] or nil
end

---The run is over: says how it ended, and removes runs over the caps.
---@param how { exit?: integer, signal?: string }
function writer:finish(how)
  if not self.path then
    return
  end
  flush(self)
  local value = summary(self)
  value.ended, value.exit, value.signal = true, how.exit, how.signal
  value.seconds, value.processes, value.bytes = time.monotonic() - self.began, self.processes, self.bytes
  value.steps, value.failed = json.object(self.states), json.array(self.failed_steps)
  local ok, err = write_summary(self, value)
  if not ok and not self.broken then
    give_up(self, err)
  end
  if self.lock then
    self.lock:release()
  end
  self.folder:close()
  runs.prune(self.about.root, self.about.caps, time.now())
end

return M
