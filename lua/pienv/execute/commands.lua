-- Steps that are nothing but a command, a list of texts: the scheduler starts them by itself (task.supply), so that one
-- follows another without a task, a context and a turn of the run for each. Whatever else a step is, execute.lua runs.

local attempt = require("pienv.attempt")
local command = require("pienv.command")
local failure = require("pienv.failure")
local task = require("pienv.task")
local uptodate = require("pienv.uptodate")

local M = {}

---@class pienv.commands : pienv.task.supply
---@field options? table what the processes have in common, where there are any
---@field of table<pienv.instance, pienv.task.command|true> the instances that are such steps; true: not asked for yet
---@field running table<pienv.task.command, true>
---@field held? boolean nothing starts: a signal has come, of which the run has not heard yet
local commands = {}
commands.__index = commands

-- A fake engine, and whatever follows what a step declares, need its context.
local function is_command(run, instance)
  local step = instance.step
  return type(step.run) == "table" and not (run.tracker and uptodate.is_declared(step)) and command.is_plain(step.run)
end

---@param run table of execute.lua
---@return pienv.commands
function M.new(run)
  local self = setmetatable({ run = run, task = task.current(), of = {}, running = {} }, commands)
  if run.base.engine.is_real then
    for _, instance in ipairs(run.instances) do
      self.of[instance] = is_command(run, instance) or nil
    end
  end
  self.options = next(self.of) and { cwd = run.base.root, env = task.environment(), watch = true }
  return self
end

-- With arguments of its own: until it starts the recipe may change its table.
local function new_command(self, instance)
  local given = instance.step.run
  local made = { -- with room for what is known of it later
    argv = table.move(given, 1, #given, 1, {}),
    options = self.options,
    instance = instance,
    cwd = self.options.cwd,
    began = nil,
    on_output = nil,
    process = nil,
    handle = nil,
    raised = nil,
  }
  self.of[instance] = made
  return made
end

-- One that is a command no more since the run began is left to the run, which is woken for it.
local function leave(self, instance)
  self.of[instance] = nil
  task.nudge(self.run.group)
end

---@param most integer
---@return pienv.task.command[]
function commands:next(most)
  if self.held then
    return {}
  end
  local list = self.run.readiness:window(self.of, most)
  for i = 1, #list do
    local instance = list[i]
    local known = self.of[instance]
    if known == true and not command.is_plain(instance.step.run) then
      leave(self, instance)
      return table.move(list, 1, i - 1, 1, {})
    end
    list[i] = known ~= true and known or new_command(self, instance)
  end
  return list
end

-- It is the next one of the run: they start in their order.
local function begin(self, started, at)
  local run, instance = self.run, started.instance
  started.began = at
  run.readiness:next()
  run.ui:started(instance, at)
  started.process = run.ui:command(started, instance.name, instance.target)
end

---@param started pienv.task.command
---@param pid integer
---@param at number
function commands:started(started, pid, at)
  self.running[started] = true
  begin(self, started, at)
  self.run.ui:process_started(started.process, started, pid, at)
end

---@param from pienv.task.command
---@param stream "stdout"|"stderr"
---@param text string
function commands:output(from, stream, text)
  if from.on_output then
    from.on_output(stream, text, nil, from)
  end
end

-- How a step ended whose command has not ended well.
local function judge(self, ended, result, err, code)
  local instance, argv = ended.instance, ended.argv
  local s = self.run:context_of(instance)
  if ended.raised then
    return attempt.judge(s, false, ended.raised)
  end
  return attempt.judge_instance(instance, s, xpcall(command.judge, failure.handler, s, argv, argv, result, err, code))
end

---@param ended pienv.task.command
---@param at number
---@param result? pienv.process.result
---@param err? string
---@param code? string
function commands:ended(ended, at, result, err, code)
  local run, well = self.run, result and result.exit == 0 and not ended.raised
  self.running[ended] = nil
  if result then
    run.ui:process_finished(ended.process, ended, result, at)
  else
    begin(self, ended, at)
  end
  local outcome = well and { state = "done", seconds = 0, cpu = 0, max_rss = 0, reason = nil }
    or judge(self, ended, result, err, code)
  outcome.seconds = at - ended.began
  outcome.cpu, outcome.max_rss = result and result.user + result.system or 0, result and result.max_rss or 0
  self.of[ended.instance] = nil
  run:finish(ended.instance, outcome, at)
end

function commands:told()
  task.nudge(self.run.group)
end

---Is there one that runs, or that can start?
---@return boolean
function commands:are_left()
  return next(self.running) ~= nil or self.of[self.run.readiness:peek()] ~= nil
end

local function stop(running, raised)
  running.raised = raised
  if running.handle then -- else it has ended, and is told of next
    running.handle:cancel()
  end
end

---Stops those that run, but not those that always do.
function commands:cancel()
  for running in pairs(self.running) do
    if not (running.raised or running.instance.step.finally) then
      stop(running, { kind = "cancel", message = "cancelled" })
    end
  end
end

---Stops all that run, and at once what is stopping already.
---@param raised table
---@param told? boolean the run has heard of it
function commands:interrupt(raised, told)
  self.held = not told
  for running in pairs(self.running) do
    stop(running, raised)
  end
end

return M
