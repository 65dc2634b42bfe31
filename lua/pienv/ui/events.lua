-- The form for programs (--json): one event a line on standard output. What people would read is left out.

local fields = require("pienv.ui.fields")
local json = require("pienv.json")
local plain = require("pienv.ui.plain")

local M = {}

local events = plain.extend()

---@param ui pienv.ui
---@return pienv.ui.view
function M.new(ui)
  return plain.new(ui, events)
end

---Writes an event.
---@param kind string
---@param given table
function events:event(kind, given)
  local event = { type = kind, v = 1 }
  for name, value in pairs(given) do
    event[name] = value
  end
  io.stdout:write(json.encode(json.readable(event)) .. "\n")
  io.stdout:flush()
end

function events:started(instance)
  self:event("step_started", fields.step_started(instance))
end

function events:finished(instance, outcome)
  self:event("step_finished", fields.step_finished(instance, outcome))
end

function events:passed(instances, outcome)
  for i = 1, #instances do
    self:finished(instances[i], outcome)
  end
end

function events:process(process, by)
  if by > 0 then
    self:event("process_started", fields.process_started(process))
  else
    self:event("process_finished", fields.process_finished(process))
  end
end

function events:failure(_, f)
  self:event("failure", fields.failure(f))
end

function events:result() end

function events:tick() end

return M
