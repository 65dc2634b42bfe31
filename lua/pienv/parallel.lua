-- Several pieces of work inside one step, at once: each in a task of its own, so that one can wait for its process
-- while others run.

local task = require("pienv.task")

local M = {}

local function cancel_all(tasks)
  for _, t in ipairs(tasks) do
    task.cancel(t)
  end
  for _, t in ipairs(tasks) do
    task.wait(t)
  end
end

local function without(list, gone)
  local rest = {}
  for _, t in ipairs(list) do
    rest[#rest + 1] = t ~= gone and t or nil
  end
  return rest
end

-- Raises the first failure in time.
local function wait_all(tasks)
  local waiting = tasks
  while #waiting > 0 do
    local t = task.wait_any(waiting)
    local ok, raised = task.wait(t)
    if not ok then
      error(raised, 0)
    end
    waiting = without(waiting, t)
  end
end

---Calls a function for every item, all at once. When one raises, or the step is cancelled, the others are cancelled and
---waited for before that is raised, so that nothing still writes when the caller cleans up.
---@generic T, R
---@param list T[]
---@param run fun(item: T, index: integer): R
---@return R[] results in the order of the list
function M.each(list, run)
  local tasks, results = {}, {}
  for i, item in ipairs(list) do
    tasks[i] = task.start(run, item, i)
  end
  local ok, raised = pcall(wait_all, tasks)
  if not ok then
    cancel_all(tasks)
    error(raised, 0)
  end
  for i, t in ipairs(tasks) do
    results[i] = select(2, task.wait(t))
  end
  return results
end

return M
