-- Tasks: coroutines that wait for processes, for time and for each other, while others run.
--
--   local task = require "pienv.task"
--   task.main(function()
--     local a = task.start(task.process, { argv = { "cc", "-c", "a.c" } })
--     local b = task.start(task.process, { argv = { "cc", "-c", "b.c" } })
--     task.wait(a)
--     task.wait(b)
--   end, { jobs = 2 })
--
-- A signal ends everything in order: processes are stopped (whole groups), every task that waits gets an error
-- `{ kind = "interrupt", signal = "SIGINT" }` at the place where it waits (one that waits for a process: when that has
-- ended), and its clean-up code may then start and wait for processes again, until the next signal. A task that
-- computes gets the same error from the VM; it should call task.yield before a long clean-up, so that the scheduler
-- takes the signal and the VM does not raise again.

local children = require("pienv.task.children")
local process = require("pienv.process")
local scheduler = require("pienv.task.scheduler")
local vm = require("pienv.vm")

scheduler.source = children

local M = {}

---@alias pienv.task.on_line fun(stream: "stdout"|"stderr", text: string, partial?: boolean)
---@alias pienv.task.on_output fun(stream: "stdout"|"stderr", text: string, partial: nil, spec: pienv.task.spec)
---@alias pienv.task.detail integer|pienv.process.result the pid, or the result
---@alias pienv.task.on_event fun(what: "start"|"exit", spec: pienv.task.spec, detail: pienv.task.detail, at?: number)

---@class pienv.task.task a task; its fields are the scheduler's
---@class pienv.task.spec : pienv.process.spec what process.spawn takes, and
---@field on_line? pienv.task.on_line called for every line as it comes; outputs without a choice become "lines"
---@field on_output? pienv.task.on_output called for every piece of a captured output
---@field unslotted? boolean does not count as one of the `jobs`: for children that only wait

local in_main = false

---Says how many processors a child should use: variables that are set where they are unset in its environment (in this
---process's environment an empty one counts as unset). Replace it for another policy.
---@param cores integer processors that pienv may use
---@param jobs integer processes in flight at most
---@return table<string, string>
function M.core_share(cores, jobs)
  local share = tostring(math.max(1, cores // jobs))
  return { CARGO_BUILD_JOBS = share, CMAKE_BUILD_PARALLEL_LEVEL = share, MAKEFLAGS = "-j" .. share }
end

-- Asked once in each task.main: it costs a look at several files.
local shared

local function share()
  shared = shared or M.core_share(process.cores(), children.jobs)
  return shared
end

---Starts a task; it runs when the current one waits. What it raises waits for task.wait and ends no other task.
---@param fn function
---@param ... any its arguments
---@return pienv.task.task
function M.start(fn, ...)
  return scheduler.start(fn, ...)
end

---Waits until one of the tasks has ended; of several, the first in the list.
---@param list pienv.task.task[]
---@return pienv.task.task
function M.wait_any(list)
  for _, t in ipairs(list) do
    if t.ended then
      return t
    end
  end
  return scheduler.await(function(wait)
    for _, t in ipairs(list) do
      scheduler.wait_for(wait, t)
    end
  end)
end

---Makes a group of tasks: task.next tells which of them have ended, one by one, without a look at the others.
---@return table group
function M.group()
  return scheduler.new_group()
end

---Starts a task in a group.
---@param group table
---@param fn function
---@param ... any its arguments
---@return pienv.task.task
function M.start_in(group, fn, ...)
  local t = scheduler.start(fn, ...)
  t.group = group
  return t
end

---Is there a task in the group that has ended and was not told?
---@param group table
---@return boolean
function M.has_ended(group)
  return group.first <= group.last
end

---@class pienv.task.command : pienv.process.command a process without a task of its own
---@field handle? pienv.process.handle while it runs

---Who gives commands, and is told what becomes of them, in order, by calls that must not wait. Times are of the
---monotonic clock. Without a result a command could not be started.
---@class pienv.task.supply
---@field task pienv.task.task what one of these calls raises is raised there
---@field next fun(self, most: integer): pienv.task.command[]? what is to be started next, as soon as there are slots
---@field started fun(self, command: pienv.task.command, pid: integer, at: number)
---@field output fun(self, command: pienv.task.command, stream: "stdout"|"stderr", text: string)
---@field ended fun(self, command: table, at: number, result: pienv.process.result?, err: string?, code: string?)
---@field told fun(self) that was all for now
---@field interrupt fun(self, raised: table, told: boolean?) a signal has come: what runs must end; told: the task knows

---Sets who gives commands until the end of task.main. They start in their order, the next one as soon as another one
---has exited with 0 without a word, before anybody is told of that.
---@param supply pienv.task.supply
function M.supply(supply)
  children.supply = supply
end

---The environment of a command that sets nothing of its own.
---@return pienv.process.environment
function M.environment()
  return children.environment(share())
end

---The task that runs.
---@return pienv.task.task?
function M.current()
  return scheduler.current()
end

---Wakes who waits for a task of the group to end.
---@param group table
function M.nudge(group)
  if group.wait then
    scheduler.wake(group.wait)
    group.wait = nil
  end
end

---Waits for a task of a group to end; of several the one that ended first. It stays the next one until task.told, so
---that an interrupt loses none. One task waits at a time.
---@param group table
---@return pienv.task.task? t nil: task.nudge has ended the wait
function M.next(group)
  if not M.has_ended(group) then
    scheduler.await(scheduler.wait_for_group, group)
  end
  return group[group.first]
end

---Goes on to the next task of a group that ended.
---@param group table
function M.told(group)
  group[group.first] = nil
  group.first = group.first + 1
end

---Does a process wait for one of the `jobs` slots?
---@return boolean
function M.is_full()
  return children.is_full()
end

---Waits until a task has ended.
---@param t pienv.task.task
---@return boolean ok false: it raised
---@return any ... what it returned, or what it raised
function M.wait(t)
  if not t.ended then
    M.wait_any({ t })
  end
  return table.unpack(t.results, 1, t.results.n)
end

---Lets the other tasks run.
function M.yield()
  scheduler.await(scheduler.wake)
end

---Waits for some time.
---@param seconds number
function M.sleep(seconds)
  scheduler.await(scheduler.sleep, seconds)
end

local function open_again(ok, ...)
  vm.shield(false)
  if not ok then
    error((...), 0)
  end
  return ...
end

---Calls code of pienv's own in a task, which no signal and no time limit may end halfway; these are raised afterwards.
---@param fn function it does not wait, and calls nothing of a recipe
---@param ... any
---@return any ... what it returned; what it raises is raised
function M.closed(fn, ...)
  local t = scheduler.current()
  t.told = vm.shield(true) or t.told
  return open_again(pcall(fn, ...))
end

---Ends a task: it gets an error `{ kind = "cancel" }` where it waits; its process is stopped before. One that is ending
---already, cancelled or interrupted, is left to its clean-up; only a signal ends that too.
---@param t pienv.task.task
function M.cancel(t)
  local raised = { kind = "cancel", message = "cancelled" }
  if t == scheduler.current() then
    error(raised, 0)
  end
  if not t.ending then
    scheduler.raise_in(t, raised)
  end
end

---Runs a process and waits for its end; first for one of the `jobs` slots. A start that fails for want of descriptors,
---processes or memory is tried again when another process has ended. Wrong use raises.
---@param spec pienv.task.spec
---@return pienv.process.result? result
---@return string? err "run <program>: <reason>"
---@return string? code "ENOENT", ...
function M.process(spec)
  local result, err, code = scheduler.await(children.enqueue, spec, share)
  if result == children.WRONG_USE then
    error(err, 2)
  end
  return result, err, code
end

---Calls the function for the start and the end of every process: for traces. It must not wait.
---@param fn? pienv.task.on_event at: of an exit, by the monotonic clock
function M.on_event(fn)
  children.on_event = fn
end

---Has a function called about every `period` seconds while tasks run, for displays. It must not wait.
---@param period? number nil: no more
---@param fn? fun(now: number) monotonic seconds
function M.every(period, fn)
  scheduler.every(period, fn)
end

---Stops the processes and then pienv itself, as a Ctrl-Z would if they were in pienv's own group; returns when pienv is
---continued, and they are, too. Their time limits do not run meanwhile.
function M.suspend()
  children.each(function(handle)
    handle:kill("SIGTSTP")
  end)
  local seconds = vm.stop()
  children.each(function(handle)
    handle:kill("SIGCONT")
    handle:postpone(seconds)
  end)
end

local function main_is_over(root)
  if root.ended and not root.results[1] then
    scheduler.each(M.cancel)
  end
  return scheduler.is_idle()
end

---Runs a function as the first task, and returns when all tasks have ended. When it raises, the others are cancelled,
---and what it raised is raised.
---@param fn function
---@param options? { jobs?: integer } `jobs`: how many processes may run at once; default: the processors
---@return any ... what fn returned
function M.main(fn, options)
  local jobs = options and options.jobs or process.cores()
  if math.type(jobs) ~= "integer" or jobs < 1 then
    error("option 'jobs' must be an integer of at least 1", 2)
  elseif in_main then
    error("task.main is running", 2)
  end
  children.jobs, children.supply, in_main, shared = jobs, nil, true, nil
  local root = scheduler.start(fn)
  local ok, raised = pcall(scheduler.run_until, function()
    return main_is_over(root)
  end)
  in_main = false
  if not ok then
    error(raised, 0)
  end
  if not root.results[1] then
    error(root.results[2], 0)
  end
  return table.unpack(root.results, 2, root.results.n)
end

return M
