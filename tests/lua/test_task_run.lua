-- lua/pienv/task.lua: what runs a plan needs of it, groups of tasks and code that nothing ends halfway.

local t = require("pienv.test")
local task = require("pienv.task")
local vm = require("pienv.vm")

local function sh(script)
  return task.process({ argv = { "sh", "-c", script } })
end

t.test("a group tells of its tasks in the order of their ends", function()
  task.main(function()
    local group = task.group()
    local slow = task.start_in(group, sh, "sleep 0.2")
    local quick = task.start_in(group, sh, "exit 3")
    t.ok(task.next(group) == quick, "the quick one")
    t.ok(task.next(group) == quick, "until that was told")
    task.told(group)
    t.ok(task.next(group) == slow, "then the slow one")
  end, { jobs = 2 })
end)

t.test("closed code runs to its end; the signal that came meanwhile is raised after it", function()
  local reached, after
  task.main(function()
    local ok, raised = pcall(function()
      task.closed(function()
        vm.reraise("SIGINT")
        for i = 1, 1000000 do
          reached = i
        end
      end)
      for i = 1, 1000000 do
        after = i
      end
    end)
    task.yield() -- the signal is taken
    t.equal({ ok, raised.kind, raised.signal }, { false, "interrupt", "SIGINT" })
  end)
  t.equal(reached, 1000000)
  t.ok(after == nil or after < 1000000, "the open loop was left")
end)

t.test("closed hands on arguments, results and what is raised", function()
  task.main(function()
    local function more(...)
      return ..., "more"
    end
    t.equal({ task.closed(more, 1) }, { 1, "more" })
    local mine = {}
    t.ok(t.raises(task.closed, error, mine) == mine, "the function's own error")
  end)
end)
