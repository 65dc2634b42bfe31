-- Starts three children, one of which and one grandchild ignore SIGTERM, says so, waits, and cleans up after a signal.
local task = require("pienv.task")

local function sh(script)
  return task.process({ argv = { "sh", "-c", script }, grace = 0.5 })
end

local report = ...

task.main(function()
  for _, script in ipairs({
    "trap '' TERM; sleep 300 & while :; do sleep 1; done",
    "(trap '' TERM; while :; do sleep 1; done) & wait",
    "exec sleep 300",
  }) do
    task.start(sh, script)
  end
  task.yield()
  task.start(function()
    while true do -- a closed pipe shows when something is written
      io.stdout:write("started\n")
      io.stdout:flush()
      task.sleep(0.1)
    end
  end)
  local ok, raised = pcall(task.sleep, 300)
  if not ok and raised.kind == "interrupt" then
    local file <close> = assert(io.open(report, "w"))
    file:write(sh("printf cleaned").stdout)
  end
  error(raised, 0)
end, { jobs = 8 })
