-- The processes of tasks: queues for the slots, starts, lines and exits. The scheduler's source (scheduler.lua).

local process = require("pienv.process")
local scheduler = require("pienv.task.scheduler")

local M = {}

---Marks the result of a start that raised: of wrong use.
M.WRONG_USE = {}

---How many processes may run at once.
M.jobs = process.cores()

---Called for every start and exit, when set.
---@type fun(what: "start"|"exit", spec: table, detail: any)?
M.on_event = nil

local running, in_flight, slots_used = {}, 0, 0 -- process handle -> { wait, spec }
local queue = { first = 1, last = 0 } -- waits for a slot, in order
local unslotted = { first = 1, last = 0 } -- waits for room on the machine only

-- Codes of a start that may succeed once another process has ended.
local exhausted = { EMFILE = true, ENFILE = true, EAGAIN = true, ENOMEM = true }

local function is_unset(spec, name)
  if spec.env and spec.env[name] ~= nil then
    return false
  end
  return spec.clear_env or (os.getenv(name) or "") == ""
end

-- The spec for the engine: without our own fields, with the child's share of the cores.
local function engine_spec(spec, share)
  local copy, env = {}, {}
  for key, value in pairs(spec) do
    copy[key] = value
  end
  for name, value in pairs(spec.env or {}) do
    env[name] = value
  end
  for name, value in pairs(share) do
    env[name] = is_unset(spec, name) and value or env[name]
  end
  copy.env, copy.on_line, copy.unslotted = env, nil, nil
  if spec.on_line then
    copy.stdout, copy.stderr = copy.stdout or "lines", copy.stderr or "lines"
  end
  return copy
end

local function emit(...)
  if M.on_event then
    M.on_event(...)
  end
end

-- Starts a process; false where the machine has no room for it as long as others run.
local function launch(wait, spec, share)
  local ok, handle, err, code = pcall(function()
    return process.spawn(engine_spec(spec, share()))
  end)
  if not ok then
    scheduler.wake(wait, M.WRONG_USE, handle)
  elseif handle then
    running[handle] = { wait = wait, spec = spec }
    in_flight = in_flight + 1
    slots_used = slots_used + (spec.unslotted and 0 or 1)
    wait.task.handle = handle
    emit("start", spec, handle:pid())
  elseif exhausted[code] and in_flight > 0 then
    return false
  else
    scheduler.wake(wait, nil, err, code)
  end
  return true
end

-- Starts what stands first in a queue, as long as there is a slot and room on the machine.
local function start_queued(list, bound)
  while list.first <= list.last and slots_used < bound do
    local entry = list[list.first]
    if scheduler.is_waiting(entry.wait) and not launch(entry.wait, entry.spec, entry.share) then
      return
    end
    list[list.first] = nil
    list.first = list.first + 1
  end
end

local function on_line(job, event)
  local t = job.wait.task
  if t.raised or not job.spec.on_line then
    return
  end
  local results = scheduler.call_open(t, pcall, job.spec.on_line, event.stream, event.text, event.partial)
  if not results[1] then
    scheduler.raise_in(t, results[2])
  end
end

local function on_exit(job, event)
  running[event.handle] = nil
  in_flight = in_flight - 1
  slots_used = slots_used - (job.spec.unslotted and 0 or 1)
  job.wait.task.handle = nil
  event.handle:close()
  emit("exit", job.spec, event.result)
  scheduler.wake(job.wait, event.result)
end

---Starts what has a slot: before the scheduler sleeps, for a process has ended or a task has gone.
function M.fill()
  start_queued(unslotted, math.huge)
  start_queued(queue, M.jobs)
end

---Registers a wait for a slot and then for the end of a process; starts it at once where there is a slot.
---@param wait table
---@param spec pienv.task.spec
---@param share fun(): table<string, string> variables to set where they are unset, asked when it starts
function M.enqueue(wait, spec, share)
  local list = spec.unslotted and unslotted or queue
  list.last = list.last + 1
  list[list.last] = { wait = wait, spec = spec, share = share }
  M.fill()
end

function M.poll(seconds)
  if in_flight == 0 and not seconds then
    return false
  end
  for _, event in ipairs(assert(process.poll(seconds))) do
    local job = running[event.handle]
    if job and event.type == "line" then
      on_line(job, event)
    elseif job then
      on_exit(job, event)
    end
  end
  return true
end

return M
