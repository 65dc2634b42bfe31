-- Events of a log as JSON lines, fast: a run of ten thousand steps writes thirty thousand of them. The three kinds that
-- come with every step have a form each; the others go by their fields, and what is no float in these the usual way.

local c = require("pienv.c.json")
local json = require("pienv.json")
local style = require("pienv.ui.style")

local M = {}

local orders = {} -- kind -> the names of its fields, sorted, and as a set

local function encode(value)
  if math.type(value) == "float" and value == value and math.abs(value) < 1e15 then
    return ("%.6f"):format(value)
  end
  return json.encode(json.readable(value))
end

-- Names sorted, as everywhere in pienv's output; a kind has few fields, always the same.
local function order_of(kind, fields)
  local order = orders[kind] or { names = {}, known = {} }
  orders[kind] = order
  local before = #order.names
  for name in pairs(fields) do
    if not order.known[name] then
      order.known[name] = true
      order.names[#order.names + 1] = name
    end
  end
  if #order.names > before then
    table.sort(order.names)
  end
  return order.names
end

---One event as a line, with its newline.
---@param kind string
---@param at number seconds since the run began
---@param fields table<string, any>
---@return string
function M.line(kind, at, fields)
  fields.type, fields.v, fields.at = kind, 1, at
  local parts = {}
  for _, name in ipairs(order_of(kind, fields)) do
    local value = fields[name]
    if value ~= nil then
      parts[#parts + 1] = '"' .. name .. '":' .. encode(value)
    end
  end
  return "{" .. table.concat(parts, ",") .. "}\n"
end

local process_started = c.form({ "argv", "at", "cwd", "number", "pid", "step", "target", "type", "v" })

---@param process pienv.ui.process
---@param at number
---@return string
function M.process_started(process, at)
  local step, target = process.step, process.target
  return process_started(process.argv, at, process.cwd, process.number, process.pid, step, target, "process_started", 1)
end

local process_finished = c.form({
  "at",
  "cpu_seconds",
  "exit",
  "log",
  "max_rss",
  "number",
  "seconds",
  "signal",
  "step",
  "target",
  "timed_out",
  "type",
  "v",
})

---@param process pienv.ui.process
---@param at number
---@return string
function M.process_finished(process, at)
  local result = process.result
  return process_finished(
    at,
    result.user + result.system,
    result.exit,
    process.log,
    result.max_rss,
    process.number,
    process.seconds,
    result.signal,
    process.step,
    process.target,
    result.timed_out or nil,
    "process_finished",
    1
  )
end

local step_finished =
  c.form({ "at", "cpu_seconds", "max_rss", "reason", "seconds", "state", "step", "target", "type", "v" })

---@param instance pienv.instance
---@param outcome pienv.outcome
---@param at number
---@return string
function M.step_finished(instance, outcome, at)
  local target = instance.target and instance.target.id
  return step_finished(
    at,
    outcome.cpu + 0.0,
    outcome.max_rss,
    style.reason(outcome),
    outcome.seconds + 0.0,
    outcome.state,
    instance.name,
    target,
    "step_finished",
    1
  )
end

return M
