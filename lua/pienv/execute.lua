-- Runs a plan: starts every instance whose needs are met, many at once, and says how each one ended.
-- Runs inside task.main. After a failure nothing new starts (unless keep_going), but `finally` steps always run.

local context = require("pienv.context")
local failure = require("pienv.failure")
local task = require("pienv.task")
local time = require("pienv.time")
local vm = require("pienv.vm")

local M = {}

---@class pienv.outcome
---@field state "done"|"failed"|"skipped"|"not run"
---@field reason? string
---@field failure? pienv.failure
---@field value? any what the step returned
---@field seconds number wall time
---@field cpu number CPU seconds of its processes
---@field max_rss integer bytes, largest process

-- What a step sees of the steps it needs: the value, or a list in target order when only they are per target.
local function values_of(instance, outcomes)
  local needs = {}
  for _, needed in ipairs(instance.needs) do
    local value = outcomes[needed].value
    if needed.target and not instance.target then
      needs[needed.name] = needs[needed.name] or {}
      table.insert(needs[needed.name], value)
    else
      needs[needed.name] = value
    end
  end
  return needs
end

-- How a step ends that something else ended.
local endings = { interrupt = "interrupted", cancel = "cancelled", timeout = "time limit reached" }

-- Seconds of Lua code that clean-up may take when the time of the run is over.
local CLEAN_UP_SECONDS = 10

local function judge(s, ok, value)
  if ok then
    return { state = "done", value = value, reason = rawget(s, "reason") }
  elseif type(value) == "table" and value.skip then
    return { state = "skipped", reason = value.skip }
  elseif type(value) == "table" and endings[value.kind] then
    return { state = "failed", reason = endings[value.kind], raised = value }
  end
  local f = failure.from(value)
  f.step = f.step or s.step
  f.target = f.target or s.target and s.target.id
  return { state = "failed", failure = f }
end

-- All deferred functions run, whatever the others raise. A failure must not hide what the step itself said; what ended
-- the run from outside (an interrupt) is never hidden.
local function run_deferred(s, outcome)
  for i = #s.deferred, 1, -1 do
    local ok, raised = xpcall(s.deferred[i], failure.handler)
    local late = not ok and judge(s, false, raised)
    if late and (late.raised or outcome.state ~= "failed") then
      outcome = late
    end
  end
  return outcome
end

local function run_instance(instance, s)
  local began = time.monotonic()
  local ok, value = xpcall(instance.step.run, failure.handler, s)
  local outcome = judge(s, ok, value)
  if outcome.raised and outcome.raised.kind == "timeout" then
    vm.limit({ seconds = CLEAN_UP_SECONDS })
  end
  outcome = run_deferred(s, outcome)
  outcome.seconds = time.monotonic() - began
  outcome.cpu, outcome.max_rss = rawget(s, "cpu_seconds") or 0, rawget(s, "max_rss") or 0
  return outcome
end

local run_class = {}
run_class.__index = run_class

-- Whether something still runs that a step needs, itself or through others: that the last of them is not run does not
-- mean that the first has ended.
function run_class:is_pending(instance, seen)
  for _, needed in ipairs(instance.needs) do
    if not seen[needed] then
      seen[needed] = true
      if not self.outcomes[needed] or self:is_pending(needed, seen) then
        return true
      end
    end
  end
  return false
end

-- "ready", "blocked" (a need failed) or "waiting".
function run_class:readiness(instance)
  local blocked, waiting = false, false
  for _, needed in ipairs(instance.needs) do
    local outcome = self.outcomes[needed]
    waiting = waiting or not outcome
    blocked = blocked or outcome and (outcome.state == "failed" or outcome.state == "not run")
  end
  if instance.step.finally then
    return self:is_pending(instance, {}) and "waiting" or "ready"
  end
  if blocked or self.stopping then
    return "blocked"
  end
  return waiting and "waiting" or "ready"
end

function run_class:finish(instance, outcome)
  self.outcomes[instance] = outcome
  if outcome.state == "failed" then
    self.failed[#self.failed + 1] = { instance = instance, outcome = outcome }
    self.stopping = self.stopping or not self.keep_going
    if outcome.raised and outcome.raised.kind ~= "cancel" then
      self:stop(outcome.raised)
    end
  end
  self.ui:finished(instance, outcome)
end

function run_class:start(instance)
  local s = context.for_step(self.base, {
    step = instance.name,
    target = instance.target,
    needs = values_of(instance, self.outcomes),
  })
  self.ui:started(instance)
  local t = task.start(function()
    return run_instance(instance, s)
  end)
  self.running[t] = instance
  self.order[#self.order + 1] = t
end

-- Takes an ended task out of what runs.
function run_class:forget(ended)
  local instance, order = self.running[ended], {}
  for _, t in ipairs(self.order) do
    order[#order + 1] = t ~= ended and t or nil
  end
  self.running[ended], self.order = nil, order
  return instance
end

-- Starts what is ready and closes what can never run; true while that changed anything.
function run_class:advance()
  local changed = false
  for _, instance in ipairs(self.instances) do
    if not self.outcomes[instance] and not self.started[instance] then
      local readiness = self:readiness(instance)
      if readiness == "ready" then
        self.started[instance] = true
        self:start(instance)
        changed = true
      elseif readiness == "blocked" then
        self:finish(instance, { state = "not run", seconds = 0, cpu = 0, max_rss = 0 })
        changed = true
      end
    end
  end
  return changed
end

-- A task that ends when the time of the whole run is over.
local function start_clock(seconds)
  return task.start(function()
    task.sleep(seconds)
    vm.limit({ seconds = CLEAN_UP_SECONDS })
    error({ kind = "timeout", message = ("time limit of %g s reached"):format(seconds) }, 0)
  end)
end

-- Waits for one running instance, or the clock, to end.
function run_class:wait()
  local list = { self.clock }
  table.move(self.order, 1, #self.order, #list + 1, list)
  local t = task.wait_any(list)
  if t == self.clock then
    self.clock = nil
    error(select(2, task.wait(t)), 0)
  end
  local instance = self:forget(t)
  local ok, outcome = task.wait(t)
  if not ok then -- the instance's own task failed: interrupt outside of the step's code, or a defect
    outcome = judge(self.base, false, outcome)
    outcome.seconds, outcome.cpu, outcome.max_rss = 0, 0, 0
  end
  self:finish(instance, outcome)
end

-- Cancels everything that runs; finally steps still follow.
function run_class:stop(raised)
  self.stopping = true
  self.stopped = self.stopped or raised
  for _, t in ipairs(self.order) do
    if not self.running[t].step.finally then
      task.cancel(t)
    end
  end
end

function run_class:loop()
  while true do
    while self:advance() do
    end
    if not next(self.running) then
      break
    end
    local ok, raised = pcall(self.wait, self)
    if not ok then
      self:stop(raised)
    end
  end
  if self.clock then
    task.cancel(self.clock)
  end
end

---Runs all instances of a plan.
---@param instances pienv.instance[]
---@param base pienv.context
---@param opts { keep_going?: boolean, timeout?: number, ui: table } timeout in seconds
---@return table run outcomes (by instance), failed (list), stopped (what interrupted the run, if anything did)
function M.run(instances, base, opts)
  local run = setmetatable({
    instances = instances,
    base = base,
    keep_going = opts.keep_going,
    ui = opts.ui,
    outcomes = {},
    started = {},
    running = {}, -- task -> instance
    order = {}, -- its tasks, in the order of their start: of several that end at once the first is told first
    failed = {},
    clock = opts.timeout and start_clock(opts.timeout),
  }, run_class)
  opts.ui:planned(instances)
  run:loop()
  return run
end

return M
