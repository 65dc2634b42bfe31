-- What users see of a run. One object takes what happens (steps, processes, their output, results, failures) and hands
-- it to a form (pienv/ui/: live, plain, github, events) and to listeners that keep it (logs, reports, traces).
--
-- A listener is a table with any of these methods:
--   planned(instances)   started(instance, at)   finished(instance, outcome, at)   failure(f)   tick(now)
--   process_started(process)   output(process, stream, bytes)   process_finished(process)   event(kind, fields)
--   passed(instances, outcome)   where it has that, in place of `finished` for each   message(fields)

local failure = require("pienv.failure")
local lines = require("pienv.ui.lines")
local secret = require("pienv.secret")
local style = require("pienv.ui.style")
local terminal = require("pienv.terminal")
local time = require("pienv.time")
local vm = require("pienv.vm")

local M = {}

---@class pienv.ui
---@field root? string of the project, where paths of recipes are taken from
local ui = {}
ui.__index = ui

---@class pienv.ui.process a process of a step, as it is told to listeners
---@field instance string id of the step's instance
---@field step? string
---@field target? string
---@field number integer of the process in this run, in the order of their starts
---@field argv string[] secrets masked
---@field cwd string
---@field pid? integer
---@field began? number monotonic seconds
---@field seconds? number
---@field result? pienv.process.result

local function is_set(value)
  return value ~= nil and value ~= ""
end

-- NO_COLOR and FORCE_COLOR by their conventions: any non-empty value.
local function wants_color(when, env)
  if when == "always" or when == "never" then
    return when == "always"
  elseif is_set(env.NO_COLOR) then
    return false
  elseif is_set(env.FORCE_COLOR) then
    return true
  end
  return env.TERM ~= "dumb" and (terminal.is_tty(2) or env.GITHUB_ACTIONS == "true")
end

local function form_of(self)
  if self.json then
    return require("pienv.ui.events").new(self)
  end
  local name = self.env.GITHUB_ACTIONS == "true" and "pienv.ui.github" or "pienv.ui.plain"
  return require(name).new(self)
end

---Is anybody told how steps ended, also where no process was started? A listener that is not has `lazy`.
---@return boolean
function ui:hears_of_steps()
  for _, listener in ipairs(self.listeners) do
    if not listener.lazy then
      return true
    end
  end
  return self.json or not self.quiet
end

local function tell(self, method, ...)
  local listeners = self.listeners
  for i = 1, #listeners do
    local told = listeners[i][method]
    if told then
      told(listeners[i], ...)
    end
  end
end

-- Output as it comes. A secret may stand across two pieces: what could be its beginning is held back.
local function on_output(self, process, stream, bytes)
  if self.secrets.longest > 0 then
    local text = self.secrets:hide((process.held[stream] or "") .. bytes)
    local keep = self.secrets:open_end(text)
    process.held[stream], bytes = text:sub(#text - keep + 1), text:sub(1, #text - keep)
  end
  if bytes ~= "" then
    tell(self, "output", process, stream, bytes)
    if process.lines then
      process.lines:add(stream, bytes)
    end
  end
end

---@class pienv.ui.options
---@field env table<string, string>
---@field quiet? boolean
---@field verbose? boolean
---@field json? boolean
---@field color? "auto"|"always"|"never"
---@field show? "failed"|"all"|"none" of which steps the output is shown
---@field log_order? "step"|"time"

---@param opts pienv.ui.options
---@return pienv.ui
function M.new(opts)
  local self = setmetatable({ listeners = {}, processes = {}, shown = {}, started_count = 0 }, ui)
  for _, name in ipairs({ "quiet", "verbose", "json", "env" }) do
    self[name] = opts[name]
  end
  self.show = opts.show or (opts.verbose or opts.env.GITHUB_ACTIONS == "true") and "all" or "failed"
  self.order = opts.log_order or "step"
  self.color = wants_color(opts.color or "auto", opts.env)
  self.secrets = secret.masker(opts.env)
  self.paint_with = function(text, color)
    return self:paint(text, color)
  end
  self.on_output = function(stream, text, _, spec)
    on_output(self, self.processes[spec], stream, text)
  end
  self.view = form_of(self)
  return self
end

---Paints text for the terminal where colours are wanted.
function ui:paint(text, color)
  return self.color and "\27[" .. color .. "m" .. text .. "\27[0m" or text
end

---Control bytes could drive the terminal; line feeds stay.
---@param text string
---@return string
function ui.harmless(text)
  return (text:gsub("[^\n]+", terminal.sanitize))
end

---@param listener table
function ui:listen(listener)
  self.listeners[#self.listeners + 1] = listener
end

---One line on standard error, as it is: who calls makes what comes from the outside harmless.
function ui:note(text)
  if not self.json then
    self.view:line(text)
  else
    io.stderr:write(text .. "\n")
  end
end

---A result as data: an event of --json, and of logs and reports. What is installed or packed is an `artifact` (path,
---size, sha256), what the cache did is `cache` (state, key).
function ui:event(kind, fields)
  if self.json then
    self.view:event(kind, fields)
  end
  tell(self, "event", kind, fields)
end

function ui:say(text, s)
  local target = s.target and s.target.id
  local fields = { step = rawget(s, "step"), target = target, text = text }
  if self.json then
    self.view:event("message", fields)
  elseif not self.quiet then
    self:note(self.harmless(text))
  end
  fields.text = self.secrets:hide(text)
  tell(self, "message", fields)
end

---A command has written or removed a file or folder: a result, as a line or as an event.
---@param path string
---@param state "written"|"removed"|"would remove"
function ui:file(path, state)
  if self.json then
    self.view:event("file", { path = path, state = state })
  else
    io.stdout:write(state == "written" and "" or state .. " ", path, "\n")
  end
end

function ui:result(text)
  self.view:result(text)
end

-- Seconds after which a Ctrl-Z is answered at the latest, while no step computes.
local ANSWER = 0.125

local function answer_stop(self)
  if vm.stop_asked() then
    self.view:withdraw()
    require("pienv.task").suspend()
  end
  if vm.continued() then
    self.view:continued()
  end
end

---A run begins: from now on processes are watched, and a terminal gets its region.
---@param opts { jobs: integer }
function ui:begin(opts)
  local live = require("pienv.ui.live")
  if not (self.json or self.quiet or self.env.GITHUB_ACTIONS == "true") and live.fits(self.env) then
    self.view = live.new(self, opts.jobs)
  end
  local task = require("pienv.task")
  task.on_event(function(what, spec, detail, at)
    local process = self.processes[spec]
    if process then
      self[what == "start" and "process_started" or "process_finished"](self, process, spec, detail, at)
    end
  end)
  vm.catch_stop(true)
  task.every(math.min(self.view.period, #self.listeners > 0 and 0.1 or ANSWER), function(now)
    answer_stop(self)
    self.view:tick(now)
    tell(self, "tick", now)
  end)
end

---The steps have ended, or something else has ended the run.
function ui:stop()
  local task = require("pienv.task")
  task.on_event(nil)
  task.every(nil)
  self.view:close()
  vm.catch_stop(false)
end

-- Lines of a process for who wants to see them: at once, or kept until the step ends.
local function collector(self, process)
  return lines.new(function(text)
    if self.order == "time" then
      self:note(self:paint("[" .. terminal.sanitize(process.instance) .. "] ", "90") .. terminal.sanitize(text))
      return
    end
    local kept = self.shown[process.instance] or {}
    self.shown[process.instance] = kept
    kept[#kept + 1] = text
  end)
end

local function flush_held(self, process)
  for stream, bytes in pairs(process.held) do
    process.held[stream] = nil
    tell(self, "output", process, stream, self.secrets:hide(bytes))
    if process.lines then
      process.lines:add(stream, bytes)
    end
  end
end

-- Whoever listens hears of the output, in whichever way the recipe takes it.
local function watch(self, process, spec)
  local by_line = spec.on_line
  if by_line then
    spec.on_line = function(stream, text, partial)
      on_output(self, process, stream, partial and text or text .. "\n")
      return by_line(stream, text, partial)
    end
  end
  spec.on_output = self.on_output
end

---A process is going to be started for a step; it may have to wait for its turn.
---@param spec pienv.task.spec
---@param step? string
---@param target? { id: string }
---@return pienv.ui.process
function ui:command(spec, step, target)
  self.secrets:learn(spec.env)
  local process = { -- with room for what is known of it later
    instance = style.id(step, target),
    step = step,
    target = target and target.id,
    held = {},
    cwd = spec.cwd,
    argv = self.secrets:hide_all(spec.argv),
    lines = nil,
    number = nil,
    pid = nil,
    began = nil,
    seconds = nil,
    result = nil,
  }
  self.processes[spec] = process
  if self.show == "all" and not self.json and not self.quiet then
    process.lines = collector(self, process)
  end
  if process.lines or #self.listeners > 0 then
    watch(self, process, spec)
  end
  if self.verbose then
    self:note(self:paint("  [" .. terminal.sanitize(process.instance) .. "] " .. style.command(process.argv), "90"))
  end
  return process
end

local function inherits(spec)
  return spec.stdout == "inherit" or spec.stderr == "inherit"
end

---A process has started. `at`: by the monotonic clock, where that was before now.
function ui:process_started(process, spec, pid, at)
  self.started_count = self.started_count + 1
  process.number, process.pid, process.began = self.started_count, pid, at or time.monotonic()
  process.inherits = inherits(spec)
  self.view:process(process, 1)
  if process.inherits then
    self.view:suspend()
  end
  tell(self, "process_started", process)
end

function ui:process_finished(process, spec, result, at)
  self.processes[spec] = nil
  process.result, process.seconds = result, (at or time.monotonic()) - process.began
  if process.inherits then
    self.view:resume()
  end
  flush_held(self, process)
  if process.lines then
    process.lines:finish()
  end
  self.view:process(process, -1)
  tell(self, "process_finished", process)
end

---Told before a run, so that the lines of its steps can stand in columns.
---@param instances pienv.instance[]
function ui:planned(instances)
  self.view:planned(instances)
  tell(self, "planned", instances)
end

function ui:started(instance, at)
  self.view:started(instance)
  tell(self, "started", instance, at)
end

-- Secrets in a failure. It is the same table that is shown, kept and reported.
local function mask(self, f)
  f.command = f.command and self.secrets:hide(f.command)
  f.output = f.output and self.secrets:hide_all(f.output)
  f.message = self.secrets:hide(f.message)
end

function ui:finished(instance, outcome, at)
  outcome.reason = outcome.reason and self.secrets:hide(outcome.reason)
  if outcome.failure then
    mask(self, outcome.failure)
  end
  local output = self.shown[instance.id]
  self.shown[instance.id] = nil
  self.view:finished(instance, outcome, output)
  tell(self, "finished", instance, outcome, at)
end

---Tells that instances have ended without having begun, all with one outcome that is no failure.
---@param instances pienv.instance[]
---@param outcome pienv.outcome
function ui:passed(instances, outcome)
  outcome.reason = outcome.reason and self.secrets:hide(outcome.reason)
  self.view:passed(instances, outcome)
  for _, listener in ipairs(self.listeners) do
    if listener.passed then
      listener:passed(instances, outcome)
    elseif listener.finished then
      for i = 1, #instances do
        listener:finished(instances[i], outcome)
      end
    end
  end
end

-- A failure as text: what is wrong, where its log is, how to run it again.
local function render(self, f)
  local text = {}
  for line in failure.render(f, { traceback = self.verbose, silent = self.show == "none" }):gmatch("[^\n]+") do
    text[#text + 1] = terminal.sanitize(line)
  end
  text[1] = self:paint(text[1], "31")
  text[#text + 1] = f.log and "  log: " .. terminal.sanitize(f.log) or nil
  text[#text + 1] = f.retry and f.step and "  retry: " .. terminal.sanitize(f.retry) or nil
  return table.concat(text, "\n")
end

---Shows a failure, the last thing on the screen.
---@param f pienv.failure
---@param retry? string command that runs it again
function ui:failure(f, retry)
  f.retry = retry or f.retry
  mask(self, f)
  self.view:failure(render(self, f), f)
  tell(self, "failure", f)
end

return M
