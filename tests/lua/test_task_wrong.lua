-- pienv.task used in ways that it is not made for.

local t = require("pienv.test")
local task = require("pienv.task")

t.test("a task that yields by itself goes on, and gets words instead of values", function()
  local got
  task.main(function()
    got = coroutine.yield(1)
  end)
  t.equal(got, "a task yields through pienv.task only")
end)

t.test("a task that cancels itself ends there", function()
  local after, ok, raised = false, nil, nil
  task.main(function()
    local own
    own = task.start(function()
      task.cancel(own)
      after = true
    end)
    ok, raised = task.wait(own)
  end)
  t.equal({ ok, raised.kind, after }, { false, "cancel", false })
end)
