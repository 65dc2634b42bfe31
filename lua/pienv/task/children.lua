-- The processes of tasks: queues for the slots, starts, lines and exits. The scheduler's source (scheduler.lua).

local failure = require("pienv.failure")
local process = require("pienv.process")
local scheduler = require("pienv.task.scheduler")
local vm = require("pienv.vm")

local M = {}

---Marks the result of a start that raised: of wrong use.
M.WRONG_USE = {}

---How many processes may run at once.
M.jobs = process.cores()

---Called for every start and exit, when set.
---@type fun(what: "start"|"exit", spec: table, detail: any, at: number?)?
M.on_event = nil

---Gives what is to be started next, when set; see pienv.task.supply.
---@type pienv.task.supply?
M.supply = nil

-- Commands that are asked for at once: as long as they last, Lua is not needed between two processes.
local AHEAD = 32

local no_room = false -- a command could not be started for want of room: the next exit makes some

local running, in_flight, slots_used = {}, 0, 0 -- process handle -> { wait, spec }, or a command
local started = {} -- jobs { wait, spec, pid } of which nobody was told yet
local queue = { first = 1, last = 0 } -- waits for a slot, in order
local unslotted = { first = 1, last = 0 } -- waits for room on the machine only

-- Codes of a start that may succeed once another process has ended.
local exhausted = { EMFILE = true, ENFILE = true, EAGAIN = true, ENOMEM = true }

-- What is unset of a share in our own environment, and the environment of children that set nothing of their own: made
-- once for each share.
local unset = setmetatable({}, { __mode = "k" })
local whole = setmetatable({}, { __mode = "k" })

local function unset_of(share)
  local known = unset[share]
  if not known then
    known = {}
    for name, value in pairs(share) do
      known[name] = (os.getenv(name) or "") == "" and value or nil
    end
    unset[share] = known
  end
  return known
end

local function whole_of(share)
  local known = whole[share]
  if not known then
    known = process.environment(unset_of(share))
    whole[share] = known
  end
  return known
end

-- The environment of a child: what the spec says, and its share of the cores where that is set nowhere.
local function environment(spec, share)
  if not spec.env then
    return spec.clear_env and share or whole_of(share)
  end
  local env = {}
  for name, value in pairs(spec.clear_env and share or unset_of(share)) do
    env[name] = value
  end
  for name, value in pairs(spec.env) do
    env[name] = value
  end
  return env
end

-- The spec for the engine: without our own fields, with the child's share of the cores.
local function engine_spec(spec, share)
  local copy = { argv = nil, cwd = nil, stdout = nil, stderr = nil, on_output = nil, env = nil, watch = nil }
  for key, value in pairs(spec) do
    copy[key] = value
  end
  copy.env, copy.on_line, copy.on_output, copy.unslotted = environment(spec, share), nil, nil, nil
  copy.watch = spec.on_output ~= nil
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

local function tell_starts()
  while started[1] do
    local list = started
    started = {}
    for i = 1, #list do
      emit("start", list[i].spec, list[i].pid)
    end
  end
end

local function spawn(spec, share)
  return process.spawn(engine_spec(spec, share()))
end

-- Starts a process; false where the machine has no room for it as long as others run.
local function launch(wait, spec, share)
  local ok, handle, err, code = pcall(spawn, spec, share)
  if not ok then
    scheduler.wake(wait, M.WRONG_USE, handle)
  elseif handle then
    local job = { wait = wait, spec = spec, pid = handle:pid() }
    running[handle], started[#started + 1] = job, job
    in_flight = in_flight + 1
    slots_used = slots_used + (spec.unslotted and 0 or 1)
    wait.task.handle = handle
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

-- A line, or a piece of a captured output.
local function on_text(job, event)
  local t = job.wait.task
  local call = event.type == "line" and job.spec.on_line or event.type == "output" and job.spec.on_output
  if t.raised or not call then
    return
  end
  local ok, raised
  if event.type == "line" then
    ok, raised = scheduler.call_open(t, pcall, call, event.stream, event.text, event.partial)
  else
    ok, raised = scheduler.call_open(t, pcall, call, event.stream, event.text, nil, job.spec)
  end
  if not ok then
    scheduler.raise_in(t, raised)
  end
end

-- A job has ended, and its slot is free.
local function leave(job, handle)
  running[handle], no_room = nil, false
  in_flight = in_flight - 1
  slots_used = slots_used - (job.spec and job.spec.unslotted and 0 or 1)
  if job.wait then
    job.wait.task.handle = nil
  else
    job.handle = nil
  end
  handle:close()
end

local function on_exit(job, event)
  emit("exit", job.spec, event.result, event.at)
  scheduler.wake(job.wait, event.result)
end

local function start_all()
  start_queued(unslotted, math.huge)
  start_queued(queue, M.jobs)
end

---Starts what has a slot: before the scheduler sleeps, for a process has ended or a task has gone.
function M.fill()
  start_all()
  tell_starts()
end

---The environment of a child that sets nothing of its own.
M.environment = whole_of

---Calls the function for every process that runs.
---@param fn fun(handle: pienv.process.handle)
function M.each(fn)
  for handle in pairs(running) do
    fn(handle)
  end
end

---Does a process wait for a slot?
---@return boolean
function M.is_full()
  return queue.first <= queue.last
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

-- The jobs of the events, by their places; those that have started take slots, and those that have ended leave theirs.
local function jobs_of(events)
  local jobs = {}
  for i = 1, #events do
    local event = events[i]
    local handle, job = event.handle, event.command
    if not job then
      job = running[handle]
    elseif handle then
      running[handle], job.handle = job, handle
      in_flight, slots_used = in_flight + 1, slots_used + 1
    end
    jobs[i] = job or false
    if job and event.type == "exit" then
      leave(job, handle)
    end
  end
  return jobs
end

-- Tells who has supplied a command of what has become of it.
local function tell_supplier(command, event)
  local kind = event.type
  if kind == "exit" then
    M.supply:ended(command, event.at, event.result)
  elseif kind == "output" then
    M.supply:output(command, event.stream, event.text)
  elseif kind == "start" then
    M.supply:started(command, event.pid, event.at)
  elseif exhausted[event.code] and in_flight > 0 then
    no_room = true
  else
    M.supply:ended(command, event.at, nil, event.err, event.code)
  end
end

-- Tells of all events; what a supplier raises waits for the others, and is raised in its task.
local function tell_all(events, jobs)
  local supplied = false
  for i = 1, #events do
    local job, event = jobs[i], events[i]
    if job and not job.wait then
      local ok, raised = pcall(tell_supplier, job, event)
      supplied = true
      if not ok then
        scheduler.raise_in(M.supply.task, raised)
      end
    elseif job and event.type == "exit" then
      on_exit(job, event)
    elseif job then
      on_text(job, event)
    end
  end
  tell_starts()
  if supplied then
    M.supply:told()
  end
end

-- What may be started by the engine: nothing where somebody waits for a slot or for room already.
local function commands()
  local nobody = queue.first > queue.last and unslotted.first > unslotted.last
  return M.supply and not no_room and nobody and M.supply:next(AHEAD) or nil
end

---A signal has come, which hits the commands, too.
---@param raised table
function M.interrupt(raised)
  if M.supply then
    M.supply:interrupt(raised, M.supply.task.told)
  end
end

---Waits for news of processes and hands it on. Who waits for a slot gets it before anybody hears that it is free, or a
---processor would have nothing to do meanwhile; what is told is in the order of what happened.
---@param seconds? number at most; nil: no limit
---@param tick number seconds until the next tick
---@return boolean any false: there is nothing to wait for
function M.poll(seconds, tick)
  local list = commands()
  if in_flight == 0 and not seconds and not (list and list[1]) then
    return false
  end
  local most = math.min(seconds or math.huge, tick)
  local events, err = process.poll(most < math.huge and most or nil, list, M.jobs - slots_used)
  if not events then -- no memory for what they say, for one
    failure.raise({ code = "P0402", exit = 1, message = err, hint = "the processes that ran are ended" })
  end
  local jobs = jobs_of(events)
  if not vm.interrupted() then -- else they would be stopped at once
    start_all()
  end
  tell_all(events, jobs)
  return true
end

return M
