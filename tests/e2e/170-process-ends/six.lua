-- Runs six children, three at once, and says how each ended.
local task = require("pienv.task")

task.main(function()
  local tasks = {}
  for i = 1, 6 do
    tasks[i] = task.start(task.process, { argv = { "sh", "-c", "sleep 0.1; exit " .. i } })
  end
  for _, t in ipairs(tasks) do
    local _, result, err = task.wait(t)
    print(result and result.exit or err)
  end
end, { jobs = 3 })
