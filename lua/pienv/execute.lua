-- Runs a plan: starts every instance whose needs are met, many at once, and says how each one ended.
-- Runs inside task.main. After a failure nothing new starts (unless keep_going), but `finally` steps always run.

local attempt = require("pienv.attempt")
local commands = require("pienv.execute.commands")
local context = require("pienv.context")
local failure = require("pienv.failure")
local readiness = require("pienv.readiness")
local task = require("pienv.task")
local uptodate = require("pienv.uptodate")
local vm = require("pienv.vm")

local M = {}

---What a step sees of the steps it needs: the value, or a list in target order when only they are per target.
---@param instance pienv.instance
---@param outcomes table<pienv.instance, pienv.outcome>
---@return table<string, any>
function M.values_of(instance, outcomes)
  local needs = {}
  for _, needed in ipairs(instance.needs) do
    local outcome = outcomes[needed]
    local value = outcome and outcome.value
    if needed.target and not instance.target then
      needs[needed.name] = needs[needed.name] or {}
      table.insert(needs[needed.name], value)
    else
      needs[needed.name] = value
    end
  end
  return needs
end

local run_class = {}
run_class.__index = run_class

local NOTHING = {}

-- An instance that can never run, and why: what failed among all that it stands on, else what has ended the run.
local function not_run(instance, outcomes, otherwise)
  local outcome = { state = "not run", seconds = 0, cpu = 0, max_rss = 0, reason = otherwise }
  for _, needed in ipairs(instance.needs) do
    local its = outcomes[needed]
    if its and (its.state == "failed" or its.blocked_by) then
      outcome.blocked_by = its.blocked_by or needed.id
      outcome.reason = "needs " .. outcome.blocked_by .. ", which failed"
      return outcome
    end
  end
  return outcome
end

-- What can never run now, and what that blocks in turn. `at`: since when, if that was before now.
function run_class:close(blocked, otherwise, at)
  local next_one = 1
  while blocked[next_one] do
    local instance = blocked[next_one]
    if not self.outcomes[instance] then
      local outcome = not_run(instance, self.outcomes, otherwise)
      self.outcomes[instance] = outcome
      for _, behind in ipairs(self.readiness:finish(instance, false)) do
        blocked[#blocked + 1] = behind
      end
      self.ui:finished(instance, outcome, at)
    end
    next_one = next_one + 1
  end
end

-- An instance has ended; `at`: when, if that was before now.
function run_class:finish(instance, outcome, at)
  self.outcomes[instance] = outcome
  self.ui:finished(instance, outcome, at)
  for _, line in ipairs(outcome.printed or NOTHING) do
    self.ui:result(line)
  end
  self:close(self.readiness:finish(instance, outcome.state ~= "failed"), nil, at)
  if outcome.state ~= "failed" then
    return
  end
  self.failed[#self.failed + 1] = { instance = instance, outcome = outcome }
  if outcome.raised and outcome.raised.kind ~= "cancel" then
    self:stop(outcome.raised)
  elseif not self.keep_going then
    self:close(self.readiness:stop(), instance.id .. " failed; -k goes on", at)
  end
end

function run_class:context_of(instance)
  return context.for_step(self.base, { -- with room for what a step usually leaves in it
    step = instance.name,
    target = instance.target,
    needs = M.values_of(instance, self.outcomes),
    base = nil,
    deferred = nil,
    fs = nil,
    cpu_seconds = nil,
    max_rss = nil,
  })
end

-- The outcome of an instance that is up to date for sure; what its declarations raise is raised when it runs.
function run_class:glance(tracker, instance)
  local ok, outcome = xpcall(tracker.glance, failure.handler, tracker, instance, self.context_for, self.outcomes)
  if not ok and failure.ends_run(outcome) then
    error(outcome, 0)
  end
  return ok and outcome
end

-- Takes the next instance: starts it, or ends it where it is up to date; true: it runs.
function run_class:start(instance, tracker, fresh)
  self.readiness:next()
  if fresh then
    self:finish(instance, fresh)
    return false
  end
  local s = self:context_of(instance)
  if tracker then
    tracker:watch(instance, s)
  end
  self.ui:started(instance)
  local t = task.start_in(self.group, attempt.run, instance, s, tracker, self.outcomes)
  self.running[t] = instance
  return true
end

-- Starts what is ready, as long as no process waits for a slot and no step has ended: each step runs until it waits
-- before the next one starts, so that only as many are begun as there is work for, and none after a failure.
function run_class:advance()
  while not task.is_full() and not task.has_ended(self.group) do
    if vm.interrupted() then
      task.yield() -- the scheduler takes the signal first, or it would hit the finally step that starts now
    end
    local instance = self.readiness:peek()
    if not instance or self.commands.of[instance] then
      return -- a command is started by the scheduler
    end
    local tracker = self.tracker and uptodate.is_declared(instance.step) and self.tracker or nil
    local fresh = tracker and self:glance(tracker, instance) -- it may call the recipe: it is still in the queue
    local is_next = self.readiness:peek() == instance -- and it may wait there, while commands fail
    if is_next and task.closed(self.start, self, instance, tracker, fresh) then
      task.yield()
    end
  end
end

-- A task that ends when the time of the whole run is over.
local function start_clock(group, seconds)
  return task.start_in(group, function()
    task.sleep(seconds)
    vm.limit({ seconds = attempt.CLEAN_UP_SECONDS })
    error({ kind = "timeout", message = ("time limit of %g s reached"):format(seconds) }, 0)
  end)
end

-- A task, or the clock, has ended.
function run_class:settle(t, ok, outcome)
  local instance = self.running[t]
  self.running[t] = nil
  task.told(self.group)
  if t == self.clock then
    self.clock = nil
    error(outcome, 0)
  end
  if not ok then -- the instance's own task failed: interrupt outside of the step's code, or a defect
    outcome = attempt.judge(self.base, false, outcome)
    outcome.seconds, outcome.cpu, outcome.max_rss = 0, 0, 0
  end
  if instance then
    self:finish(instance, outcome)
  end
end

-- Waits for one running instance, or the clock, to end, or for commands.
function run_class:wait()
  self.commands.held = false
  local t = task.next(self.group)
  if t then
    task.closed(self.settle, self, t, task.wait(t))
  end
end

-- The tasks that run, in the order of their start.
function run_class:in_order()
  local list = {}
  for t in pairs(self.running) do
    list[#list + 1] = t
  end
  table.sort(list, function(a, b)
    return a.id < b.id
  end)
  return list
end

-- Cancels everything that runs; finally steps still follow. Of a signal the commands have heard, or will before any
-- more start.
function run_class:stop(raised)
  self.stopped = self.stopped or raised
  if type(raised) == "table" and raised.kind == "timeout" then
    vm.limit({ seconds = attempt.CLEAN_UP_SECONDS })
  end
  if type(raised) ~= "table" or raised.kind ~= "interrupt" then
    self.commands:cancel()
  end
  for _, t in ipairs(self:in_order()) do
    if not self.running[t].step.finally then
      task.cancel(t)
    end
  end
  self:close(self.readiness:stop(), "the run was stopped")
end

function run_class:turn()
  self:advance()
  if not next(self.running) and not self.commands:are_left() then
    return false
  end
  self:wait()
  return true
end

-- Ends what is up to date, as far as nothing else comes before it.
function run_class:pass_over(fresh, outcome)
  local passed = self.readiness:pass(fresh)
  for i = 1, #passed do
    self.outcomes[passed[i]] = outcome
  end
  if passed[1] then
    self.ui:passed(passed, outcome)
  end
  return #passed
end

-- The first turn: what is up to date before anything ran ends at once.
function run_class:pass()
  local fresh, outcome = {}, nil
  if self.tracker then
    fresh, outcome = self.tracker:survey(self.instances)
  end
  if task.closed(self.pass_over, self, fresh, outcome) < #self.instances then
    vm.collect()
  end
  return true
end

function run_class:loop()
  local turn = self.pass
  local ok, goes_on
  repeat
    ok, goes_on = pcall(turn, self)
    turn = self.turn
    if not ok then
      task.closed(self.stop, self, goes_on)
    end
  until ok and not goes_on
  if self.clock then
    task.cancel(self.clock)
  end
end

---Runs all instances of a plan.
---@param instances pienv.instance[]
---@param base pienv.context
---@param opts { keep_going?: boolean, timeout?: number, ui: table, tracker?: pienv.uptodate } timeout in seconds
---@return table run outcomes (by instance), failed (list), stopped (what interrupted the run, if anything did)
function M.run(instances, base, opts)
  local group = task.group()
  local run = setmetatable({
    instances = instances,
    readiness = readiness.new(instances),
    base = base,
    keep_going = opts.keep_going,
    ui = opts.ui,
    tracker = opts.tracker,
    outcomes = {},
    running = {}, -- task -> instance
    group = group,
    failed = {},
    clock = opts.timeout and start_clock(group, opts.timeout),
  }, run_class)
  run.context_for = function(instance)
    return run:context_of(instance)
  end
  run.commands = commands.new(run)
  opts.ui:planned(instances)
  task.supply(run.commands)
  run:loop()
  return run
end

return M
