-- Makes the plan, runs it and ends the run: logs and reports are written, failures are shown last, the exit code
-- follows.

local argv = require("pienv.argv")
local failure = require("pienv.failure")
local plan = require("pienv.plan")
local vm = require("pienv.vm")

local M = {}

-- Is nothing to be done, and nobody to be told of steps? Then there need not even be a plan.
local function is_idle(session, tracker)
  return tracker and not session.ui:hears_of_steps() and tracker:all_fresh()
end

local function execute(session, project, c, jobs)
  local tracker = require("pienv.uptodate").open(c, project, { force = session.line.engine.force })
  if is_idle(session, tracker) then
    tracker:close()
    if not (c.recipe.check or c.recipe.targets) then
      vm.settle() -- no code of the recipe ran that could hold something
    end
    return { failed = {} }
  end
  local task = require("pienv.task")
  local instances = plan.make(c.recipe, c.targets)
  local run
  session.ui:begin({ jobs = jobs })
  local ok, raised = pcall(task.main, function()
    run = require("pienv.execute").run(instances, c, {
      keep_going = session.line.engine.keep_going,
      ui = session.ui,
      timeout = session.line.engine.timeout,
      tracker = tracker,
    })
  end, { jobs = jobs })
  session.ui:stop()
  if tracker then
    tracker:close()
  end
  return run, not ok and raised or run and run.stopped
end

-- The failures of a run in the order in which its steps ended.
local function failures_of(run)
  local list = {}
  for _, row in ipairs(run.failed) do
    list[#list + 1] = row.outcome.failure
  end
  return list
end

local function exit_of(session, c, run, failures)
  local first = failures[1]
  if #run.failed == 0 then
    return c.exit_code or 0
  elseif session.line.engine.child_exit and first and first.child_exit then
    return first.child_exit
  end
  return first and first.exit or 1
end

-- How something ended the run from outside.
local function ended_by(raised)
  local kind = type(raised) == "table" and raised.kind
  if kind == "interrupt" then
    return { signal = raised.signal }
  end
  return { exit = kind == "timeout" and 124 or failure.from(raised).exit }
end

---@param session pienv.session
---@param project pienv.project
---@param recipe pienv.recipe
---@param c pienv.context
---@return integer exit_code
function M.run(session, project, recipe, c)
  local jobs = session.line.engine.jobs or c.host.cores
  local keep = require("pienv.cli.keep").new(session, project, recipe, c, jobs)
  local run, stopped = execute(session, project, c, jobs)
  if stopped then
    keep:finish(ended_by(stopped))
    error(stopped, 0)
  end
  local failures = failures_of(run)
  local exit = exit_of(session, c, run, failures)
  local unwritten = keep:finish({ exit = exit })
  if unwritten then
    session.ui:failure(unwritten)
  end
  for i = #failures, 1, -1 do -- the first one last
    failures[i].log = keep:log_of(failures[i])
    session.ui:failure(failures[i], argv.quote({ "pienv", table.unpack(session.line.argv) }))
  end
  return exit == 0 and unwritten and unwritten.exit or exit
end

return M
