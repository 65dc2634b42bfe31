-- The scheduler behind pienv.task: which task runs, what the others wait for, and what ends them.
--
-- One thread. A task that waits yields a function of the scheduler's side, which registers what it waits for; the
-- tables below change only there, shielded from interrupts (pienv.vm.shield), so that a signal never finds them half
-- changed. What tells of processes (pienv.task.children) is a source: M.source, with
--   fill()          starts what can be started
--   poll(seconds, tick)   waits for news, at most so long (nil: no limit), nor longer than until the next tick; false
--                         when it has nothing to wait for
--   interrupt(raised)     a signal has come: ends what no task waits for

local time = require("pienv.time")
local vm = require("pienv.vm")

local M = {}

---What the scheduler asks between two rounds; see above.
---@type { fill: fun(), poll: fun(seconds: number?, tick: number): boolean, interrupt: fun(raised: table) }
M.source = {
  fill = function() end,
  poll = function()
    return false
  end,
  interrupt = function() end,
}

local current -- the task that runs; nil: the scheduler, or code outside of any task
local alive, living, count = {}, 0, 0 -- the tasks that have not ended, as a set; how many; how many were started
local ready = {} -- tasks to resume, in order
local has_ended = false -- a task has ended in this round: who waits for that must be asked before anything sleeps
local sleepers = {} -- waits with the time of their end

local ticker -- { period, run, due }: called while the scheduler turns

-- A wait is over when its task waits for something else: a late wake does nothing.
local function new_wait(t)
  t.wait = { task = t }
  return t.wait
end

-- Most tasks go on with one value or none, and a list for each would be much to collect.
local function make_ready(t, value, ...)
  t.wait, t.value = nil, value
  if select("#", ...) > 0 then
    t.values = table.pack(value, ...)
  end
  ready[#ready + 1] = t
end

---Ends a wait: its task goes on with the values.
---@param wait table
---@param ... any
function M.wake(wait, ...)
  if wait.task.wait == wait then
    make_ready(wait.task, ...)
  end
end

---Is the task still in that wait?
---@param wait table
---@return boolean
function M.is_waiting(wait)
  return wait.task.wait == wait
end

---Raises at the place where the task waits. One that waits for a process (t.handle) gets it when that has ended, so
---that its clean-up does not meet a process that still writes.
---@param t table
---@param raised any
function M.raise_in(t, raised)
  if t.ended then
    return
  end
  t.raised, t.ending = raised, true
  if t.handle then
    t.handle:cancel()
  elseif t.wait then
    make_ready(t)
  end
end

local function close_again(t, before, ...)
  t.told = vm.shield(true) or t.told
  current = before
  return ...
end

---Calls code that is not the scheduler's: it can be interrupted. Remembers that the task was told of a signal so.
---@param t table the task that the code belongs to
---@param fn function it raises nothing
---@param ... any
---@return any ... what it returned
function M.call_open(t, fn, ...)
  local before = current
  current = t
  vm.shield(false)
  return close_again(t, before, fn(...))
end

local function deliver(raised, ...)
  if raised ~= nil then
    error(raised, 0)
  end
  return ...
end

-- The tasks that have not ended, in the order of their start.
local function alive_in_order()
  local list = {}
  for t in pairs(alive) do
    list[#list + 1] = t
  end
  table.sort(list, function(a, b)
    return a.id < b.id
  end)
  return list
end

local function tell_group(group, t)
  group.last = group.last + 1
  group[group.last] = t
  if group.wait then
    M.wake(group.wait)
    group.wait = nil
  end
end

local function end_task(t, results)
  t.ended, t.results, has_ended = true, results, true
  alive[t] = nil
  living = living - 1
  for _, wait in ipairs(t.waiters) do
    M.wake(wait, t)
  end
  if t.group then
    tell_group(t.group, t)
  end
end

local function wait_as(t, register, ...)
  if t.raised then
    make_ready(t)
  elseif type(register) ~= "function" then
    t.raised = "a task yields through pienv.task only"
    make_ready(t)
  else
    register(new_wait(t), ...)
  end
end

-- A task has run until it waits, which it registers, or has ended.
local function settle(t, before, told, ok, ...)
  current, t.told = before, told or t.told
  if ok == nil then
    wait_as(t, ...)
  else
    end_task(t, table.pack(ok, ...))
  end
end

local function resume(t)
  local raised, values, value, before = t.raised, t.values, t.value, current
  t.raised, t.values, t.value = nil, nil, nil
  current = t
  if values then
    settle(t, before, vm.resume(t.thread, raised, table.unpack(values, 1, values.n)))
  else
    settle(t, before, vm.resume(t.thread, raised, value))
  end
end

local function resume_ready()
  local batch = ready
  ready = {}
  for i = 1, #batch do
    resume(batch[i])
  end
end

-- A task that was told by the VM, while it computed, is not told again.
local function take_interrupt()
  if not vm.interrupted() then
    return
  end
  local signal = vm.take_interrupt()
  local function raised()
    return { kind = "interrupt", signal = signal, message = "interrupted by " .. signal }
  end
  M.source.interrupt(raised())
  for _, t in ipairs(alive_in_order()) do
    if not t.told then
      M.raise_in(t, raised())
    end
    t.told = nil
  end
end

-- Wakes who has slept enough; seconds until the next one, nil: there is none.
local function wake_sleepers()
  if #sleepers == 0 then
    return nil
  end
  local now, next_end, rest = time.monotonic(), nil, {}
  for _, sleeper in ipairs(sleepers) do
    if sleeper.till <= now then
      M.wake(sleeper.wait)
    elseif M.is_waiting(sleeper.wait) then
      rest[#rest + 1] = sleeper
      next_end = math.min(next_end or sleeper.till, sleeper.till)
    end
  end
  sleepers = rest
  return next_end and next_end - now
end

---Has a function called about every `period` seconds while tasks run; it must not wait. It keeps nothing alive.
---@param period? number nil: no more
---@param run? fun(now: number)
function M.every(period, run)
  ticker = period and { period = period, run = run, due = time.monotonic() + period }
end

-- Calls the ticker if it is due; seconds until it is, for who is going to sleep so long at most.
local function tick(now)
  if not ticker then
    return math.huge
  end
  if now >= ticker.due then
    ticker.due = now + ticker.period
    ticker.run(now)
  end
  return ticker and math.max(ticker.due - now, 0) or math.huge
end

-- Seconds between two looks at the source while tasks go on: each is a call of the system, and a short step needs
-- several rounds.
local BETWEEN_LOOKS = 0.002

local last_look = 0

-- One round; false when nothing can ever happen again.
local function step()
  has_ended = false
  take_interrupt()
  resume_ready()
  M.source.fill()
  local seconds = wake_sleepers()
  local at_once = has_ended or #ready > 0
  local now = time.monotonic()
  if at_once and now - last_look < BETWEEN_LOOKS then
    return true
  end
  local any = M.source.poll(at_once and 0 or seconds, tick(now))
  last_look = time.monotonic()
  return any or at_once or seconds ~= nil
end

local function end_deadlock()
  for _, t in ipairs(alive_in_order()) do
    if t.wait then
      M.raise_in(t, "every task waits for another one")
    end
  end
end

---Runs tasks until the function says that it is over.
---@param is_over fun(): boolean
function M.run_until(is_over)
  vm.shield(true)
  local ok, raised = pcall(function()
    while not is_over() do
      if not step() and not is_over() then
        end_deadlock()
      end
    end
  end)
  vm.shield(false)
  if not ok then
    error(raised, 0)
  end
end

-- What the coroutine of a task runs.
local function run(raised, fn, ...)
  return fn(deliver(raised, ...))
end

-- Nobody waits for most tasks alone.
local NONE = {}

---Starts a task; it runs when the current one waits.
---@param fn function
---@param ... any its arguments
---@return table t
function M.start(fn, ...)
  count = count + 1
  local t = { -- with room for what it is given later
    id = count,
    waiters = NONE,
    thread = coroutine.create(run),
    group = nil,
    wait = nil,
    values = nil,
    value = nil,
    handle = nil,
    ended = nil,
    results = nil,
  }
  alive[t] = true
  living = living + 1
  make_ready(t, fn, ...)
  return t
end

---Is the code that runs that of a task itself, not of a coroutine that it made or of a callback from C?
---@return boolean
function M.is_task()
  return current ~= nil and coroutine.running() == current.thread and coroutine.isyieldable()
end

---Waits: the scheduler calls register(wait, ...), and M.wake(wait, ...) gives the results. Code that cannot yield
---(outside of a task, in a coroutine of its own, in a callback from C) runs the scheduler itself until a helper task
---has what it waits for.
---@param register fun(wait: table, ...)
---@param ... any
---@return any ...
function M.await(register, ...)
  if M.is_task() then
    return deliver(coroutine.yield(register, ...))
  end
  local outer = current
  local helper = M.start(M.await, register, ...)
  M.run_until(function()
    return helper.ended
  end)
  if not helper.results[1] then
    if outer then
      outer.raised = nil -- it is told now
    end
    error(helper.results[2], 0)
  end
  return table.unpack(helper.results, 2, helper.results.n)
end

---Registers a wait for the end of a task. Waits that ended otherwise go, or a task that many wait_any watch would
---gather them.
---@param wait table
---@param t table
function M.wait_for(wait, t)
  local waiters = { wait }
  for _, other in ipairs(t.waiters) do
    waiters[#waiters + 1] = M.is_waiting(other) and other or nil
  end
  t.waiters = waiters
end

---Makes a group: of its tasks the ended ones are told one by one, without a look at the others.
---@return table group
function M.new_group()
  return { first = 1, last = 0 }
end

---Registers a wait until a group has a task that ended.
---@param wait table
---@param group table
function M.wait_for_group(wait, group)
  if group.first <= group.last then
    M.wake(wait)
  else
    group.wait = wait
  end
end

---Registers a wait for some time.
---@param wait table
---@param seconds number
function M.sleep(wait, seconds)
  sleepers[#sleepers + 1] = { wait = wait, till = time.monotonic() + seconds }
end

---The task that runs now.
---@return table? t
function M.current()
  return current
end

---Have all tasks ended?
---@return boolean
function M.is_idle()
  return living == 0
end

---Calls the function for every task that has not ended, in the order of their start.
---@param fn fun(t: table)
function M.each(fn)
  for _, t in ipairs(alive_in_order()) do
    fn(t)
  end
end

return M
