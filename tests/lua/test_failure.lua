-- pienv.failure: what is raised, and how it is shown.

local failure = require("pienv.failure")
local pienv = require("pienv")
local t = require("pienv.test")

t.test("pienv.fail ends the run with a code and a hint", function()
  local raised = t.raises(pienv.fail, "no such thing", { exit = 3, hint = "look again" })
  t.equal({ raised.code, raised.exit, raised.message, raised.hint }, { "P0301", 3, "no such thing", "look again" })
  t.equal(t.raises(pienv.fail, "no such thing").exit, 4)
  t.equal(tostring(raised), "no such thing")
end)

t.test("where it came from is shown only where that is asked for", function()
  local _, raised = xpcall(error, failure.handler, "broken")
  t.ok(raised.traceback, "traceback")
  local plain, traced = failure.render(raised), failure.render(raised, { traceback = true })
  t.equal(plain:find("traceback", 1, true), nil)
  t.contains(traced, "stack traceback:")
end)

t.test("a place of which the text is not known is shown without it", function()
  local made = failure.new({ code = "P0202", message = "wrong", file = "nowhere.lua", line = 7, column = 2 })
  t.contains(failure.render(made), "nowhere.lua:7")
  t.equal(failure.render(made):find("^", 1, true), nil)
end)
