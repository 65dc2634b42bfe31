-- What `s` says to a recipe that uses it wrongly, and of processes that failed.

local context = require("pienv.context")
local fake = require("pienv.fake")
local t = require("pienv.test")

local function nothing() end

-- A step whose processes have this outcome.
local function step(result, err, code)
  local engine = fake.engine({})
  engine.process = function()
    return result, err, code
  end
  local ui = { command = nothing, account = nothing, said = {} }
  function ui:say(text)
    self.said[#self.said + 1] = text
  end
  return context.for_step(context.new({ root = "/project", engine = engine, ui = ui }), { step = "one" }), ui
end

local function refused(call, ...)
  return tostring(t.raises(call, ...)):gsub("^.-:%d+: ", "")
end

t.test("what is run must be a list of texts in a text's folder", function()
  local s = step({ exit = 0 })
  t.equal(refused(s.run, s, "true"), "s:run takes one table: s:run { program, argument, ... }")
  t.equal(refused(s.run, s, { "true", cwd = 1 }), "option 'cwd' of s:run must be a text, got number")
  t.equal(refused(s.run, s, {}), "s:run got no program: s:run { program, argument, ... }")
end)

t.test("a text is a text or a number, a deferred thing a function, a path a text", function()
  local s, ui = step()
  s:say(42)
  t.equal(ui.said, { "42" })
  t.equal(refused(s.say, s, {}), "argument of s:say must be a text, got table")
  t.equal(refused(s.defer, s, nil), "argument of s:defer must be a function, got nil")
  t.equal(refused(s.fs.read, 7), "bad argument #1 to 'read' (string expected, got number)")
end)

t.test("how a process ended is told", function()
  local function ended(result)
    local s = step(result)
    return t.raises(s.run, s, { "/bin/tool" }).message
  end
  t.equal(ended({ exit = 3 }), "tool exited with 3")
  t.equal(ended({ signal = "SIGKILL" }), "tool was ended by SIGKILL")
  t.equal(ended({ signal = "SIGTERM", timed_out = true }), "tool ran out of its time")
end)

t.test("a program that cannot be started is told, and where it may come from", function()
  local function failure(program, code)
    local s = step(nil, "run " .. program .. ": why", code)
    return t.raises(s.run, s, { program })
  end
  local missing = failure("tool", "ENOENT")
  t.equal({ missing.code, missing.exit, missing.message }, { "P0302", 4, "run tool: why" })
  t.contains(missing.hint, "install 'tool'")
  local named = failure("bin/tool", "ENOENT")
  t.equal({ named.code, named.exit, named.hint }, { "P0402", 1 })
  t.equal(failure("tool", "EACCES").code, "P0402")
  local s = step(nil, "run tool: why", "ENOENT")
  t.equal({ s:run({ "tool", check = false }) }, { nil, "run tool: why", "ENOENT" })
end)
