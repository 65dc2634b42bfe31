-- pienv.strict: the environment of a project's file.

local strict = require("pienv.strict")
local t = require("pienv.test")

-- What a file with this text raises.
local function raised(text)
  return tostring(t.raises(assert(load(text, "=file", "t", strict.environment())))):gsub("^file:%d+: ", "")
end

t.test("a global that is not there is an error, with what may be meant", function()
  t.equal(raised("return prnt"), "global 'prnt' is not defined, did you mean 'print'?")
  t.equal(raised("return nothing_like_it"), "global 'nothing_like_it' is not defined")
end)

t.test("no global is made, and nothing ends pienv", function()
  t.equal(raised("x = 1"), "assignment to global 'x': write 'local x'")
  t.contains(raised("os.exit(0)"), "os.exit would leave before the clean-up")
end)

t.test("a yield outside of all tasks and coroutines is Lua's own error", function()
  t.contains(raised("coroutine.yield(1)"), "attempt to yield from outside a coroutine")
end)

t.test("the standard library is there, and can be listed", function()
  local env = strict.environment()
  local names = {}
  for name in pairs(env) do
    names[name] = true
  end
  t.ok(names.string and names.os and names.pairs, "standard library")
  t.equal(getmetatable(env), false)
  t.equal(load("return tostring(12), _G._G == _G", "=file", "t", env)(), "12")
end)
