-- pienv.task used in ways that it is not made for.

local scheduler = require("pienv.task.scheduler")
local t = require("pienv.test")
local task = require("pienv.task")

local yield = require("pienv.strict").environment().coroutine.yield -- as files of a project have it

t.test("a task that yields by itself gets an error at that place, and goes on where it catches it", function()
  local ok, raised, after
  task.main(function()
    ok, raised = pcall(function()
      yield(1)
    end)
    task.yield()
    after = coroutine.wrap(function()
      yield("of its own")
    end)()
  end)
  t.equal({ ok, after }, { false, "of its own" })
  t.contains(raised, "test_task_wrong.lua:13: coroutine.yield would stop the step itself")
end)

t.test("one that is not caught ends the task", function()
  local raised = t.raises(function()
    task.main(function()
      yield()
    end)
  end)
  t.contains(raised, "test_task_wrong.lua:27: coroutine.yield would stop the step itself")
end)

t.test("a wait that cannot be registered is an error where it was asked for", function()
  local raised = t.raises(function()
    task.main(function()
      scheduler.await(1)
    end)
  end)
  t.equal(raised, "a task yields through pienv.task only")
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
