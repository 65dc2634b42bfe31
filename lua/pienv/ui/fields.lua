-- What happens in a run as the fields of an event: the same for --json and for the logs. docs/schema/event.json

local json = require("pienv.json")
local style = require("pienv.ui.style")

local M = {}

---@param instance pienv.instance
---@return table
function M.step_started(instance)
  return { step = instance.name, target = instance.target and instance.target.id }
end

---@param instance pienv.instance
---@param outcome pienv.outcome
---@return table
function M.step_finished(instance, outcome)
  return {
    step = instance.name,
    target = instance.target and instance.target.id,
    state = outcome.state,
    reason = style.reason(outcome),
    seconds = outcome.seconds,
    cpu_seconds = outcome.cpu,
    max_rss = outcome.max_rss,
  }
end

---@param process pienv.ui.process
---@return table
function M.process_started(process)
  return {
    step = process.step,
    target = process.target,
    number = process.number,
    argv = json.array(process.argv),
    cwd = process.cwd,
    pid = process.pid,
    log = process.log,
  }
end

---@param process pienv.ui.process
---@return table
function M.process_finished(process)
  local result = process.result
  return {
    step = process.step,
    target = process.target,
    number = process.number,
    seconds = process.seconds,
    exit = result.exit,
    signal = result.signal,
    timed_out = result.timed_out or nil,
    cpu_seconds = result.user + result.system,
    max_rss = result.max_rss,
    log = process.log,
  }
end

---@param f pienv.failure
---@return table
function M.failure(f)
  local at = f.file and f or f.at or {}
  return {
    code = f.code,
    command = f.command,
    output = f.output and json.array(f.output),
    message = f.message,
    hint = f.hint or f.label,
    step = f.step,
    target = f.target,
    file = at.file,
    line = at.line,
    column = f.column,
    exit = f.exit,
    log = f.log,
    retry = f.retry,
  }
end

return M
