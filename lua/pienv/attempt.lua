-- One instance of a step: runs it, and judges how that ended.

local command = require("pienv.command")
local failure = require("pienv.failure")
local time = require("pienv.time")
local vm = require("pienv.vm")

local M = {}

---@class pienv.outcome
---@field state "done"|"failed"|"skipped"|"not run"
---@field reason? string
---@field failure? pienv.failure
---@field blocked_by? string of a step that was not run: the id of the one that failed
---@field value? any what the step returned
---@field why? string of a step that declares what it depends on: why it ran
---@field up_to_date? boolean it did not run: `value` is what its last success returned
---@field printed? string[] what that printed
---@field seconds number wall time
---@field cpu number CPU seconds of its processes
---@field max_rss integer bytes, largest process

-- How a step ends that something else ended.
local endings = { interrupt = "interrupted", cancel = "cancelled", timeout = "time limit reached" }

-- Seconds of Lua code that clean-up may take when the time of the run is over.
M.CLEAN_UP_SECONDS = 10

---How a step ended.
---@param s pienv.context
---@param ok boolean
---@param value any what it returned, or what it raised
---@return pienv.outcome outcome without figures
function M.judge(s, ok, value)
  if ok then
    return { state = "done", value = value, reason = rawget(s, "reason"), seconds = 0, cpu = 0, max_rss = 0, why = nil }
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

---How an instance ended, and where what failed is written.
---@param instance pienv.instance
---@param s pienv.context
---@param ok boolean
---@param value any
---@return pienv.outcome outcome without figures
function M.judge_instance(instance, s, ok, value)
  local outcome = M.judge(s, ok, value)
  if outcome.failure and type(instance.step.run) == "table" then
    command.place(outcome.failure, s.recipe, instance.name)
  end
  return outcome
end

-- All deferred functions run, whatever the others raise. A failure must not hide what the step itself said; what ended
-- the run from outside (an interrupt) is never hidden.
local function run_deferred(s, outcome)
  for i = #s.deferred, 1, -1 do
    local ok, raised = xpcall(s.deferred[i], failure.handler)
    local late = not ok and M.judge(s, false, raised)
    if late and (late.raised or outcome.state ~= "failed") then
      outcome = late
    end
  end
  return outcome
end

-- Runs a step that declares what it depends on, unless it need not run.
local function run_declared(instance, s, tracker, outcomes)
  local examined = tracker:examine(instance, s, outcomes)
  s.examined = examined
  if not examined.reason then
    tracker:renew(instance, examined)
    return nil
  end
  tracker:begin(instance)
  return command.as_function(instance.step.run)(s)
end

-- After everything else of the step: nothing that fails later may have a record.
local function keep(instance, s, tracker, outcome)
  local examined = rawget(s, "examined")
  if examined and examined.outcome then
    return examined.outcome
  end
  outcome.why = examined and examined.reason
  if outcome.state == "done" then
    outcome.reason = outcome.why .. (outcome.reason and "; " .. outcome.reason or "")
    local ok, raised = xpcall(tracker.keep, failure.handler, tracker, instance, s, examined, outcome.value)
    outcome = ok and outcome or M.judge(s, false, raised)
  end
  return outcome
end

---Runs an instance, and all that it deferred, in the current task.
---@param instance pienv.instance
---@param s pienv.context
---@param tracker? pienv.uptodate of a step that declares what it depends on
---@param outcomes table<pienv.instance, pienv.outcome> of the instances that have ended
---@return pienv.outcome
function M.run(instance, s, tracker, outcomes)
  local began = time.monotonic()
  local ok, value
  if tracker then
    ok, value = xpcall(run_declared, failure.handler, instance, s, tracker, outcomes)
  else
    ok, value = xpcall(command.as_function(instance.step.run), failure.handler, s)
  end
  local outcome = M.judge_instance(instance, s, ok, value)
  if outcome.raised and outcome.raised.kind == "timeout" then
    vm.limit({ seconds = M.CLEAN_UP_SECONDS })
  end
  outcome = run_deferred(s, outcome)
  outcome = tracker and keep(instance, s, tracker, outcome) or outcome
  outcome.seconds = time.monotonic() - began
  outcome.cpu, outcome.max_rss = rawget(s, "cpu_seconds") or 0, rawget(s, "max_rss") or 0
  return outcome
end

return M
