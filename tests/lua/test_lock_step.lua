-- lua/pienv/lock.lua as a step has it: paths from the root, the fake engine, what is said of a holder.

local context = require("pienv.context")
local fake = require("pienv.fake")
local t = require("pienv.test")

-- The context of a step on a fake engine, and what it said.
local function fake_step(given)
  local engine, state = fake.engine(given)
  local said = {}
  local ui = {
    say = function(_, text, s)
      said[#said + 1] = s.step .. ": " .. text
    end,
  }
  local base = context.new({ root = "/project", engine = engine, ui = ui })
  return context.for_step(base, { step = "capture" }), state, said
end

t.test("a step's locks are taken from the root and recorded by the fake", function()
  local s, state = fake_step({})
  local held = assert(s.lock.acquire("store/.lock", { mode = "shared" }))
  held:release()
  held:release()
  t.equal(state.calls, { { "lock", "store/.lock", "shared" }, { "unlock", "store/.lock" } })
end)

t.test("a step that waits says for whom", function()
  local holder = { pid = 42, command = "pienv cache gc", since = 0, about = "sweeping" }
  local s, _, said = fake_step({ locked = { [".lock"] = holder } })
  local held, err, code = s.lock.acquire(".lock", { timeout = 5 })
  t.equal({ held, code }, { nil, "ETIMEDOUT" })
  t.contains(err, "by process 42 (pienv cache gc): sweeping")
  t.contains(said[1], "capture: waiting for the lock /project/.lock, held since ")
  t.equal({ select(3, s.lock.acquire(".lock", { timeout = 0 })) }, { "EAGAIN" })
  t.equal({ select(3, s.lock.try(".lock")) }, { "EAGAIN" })
  t.equal(s.lock.holder(".lock"), holder)
end)
