-- Where a table field stands in a Lua text.

local source = require("pienv.source")
local t = require("pienv.test")

local TEXT = [==[
-- steps = { install = { ouputs = 1 } }
local x = "install = { ouputs = 2 }"
local other = { ouputs = 3 }
return pienv.recipe {
  about = 'it\'s { a = "trap"',
  steps = {
    compile = { run = function(s) local t = { ouputs = 4 } end },
    ["install"] = {
      run = function() end,
      ouputs = [[ ] } ]],
    },
  },
}
]==]

t.test("a field is found by its path, past comments, strings and functions", function()
  source.register("x.lua", TEXT)
  t.equal({ source.locate("x.lua", { "steps", "install", "ouputs" }) }, { 10, 7, 6 })
  t.equal({ source.locate("x.lua", { "about" }) }, { 5, 3, 5 })
  t.equal({ source.locate("x.lua", { "steps", "nothing" }) }, {})
end)

t.test("a field is found where a variable of its name holds it", function()
  source.register(
    "parts.lua",
    [==[
local options = { arch = { env = "ARCH" } }
local function trap()
  local steps = { compile = { run = 1 } }
end
local steps = {}
steps.compile = { about = "a", run = function() local options = { late = 1 } end }
steps.install = { needs = { "compile" } }
return pienv.recipe { about = "b", options = options, steps = steps }
]==]
  )
  t.equal({ source.locate("parts.lua", { "options", "arch", "env" }) }, { 1, 28, 3 })
  t.equal({ source.locate("parts.lua", { "steps", "compile", "run" }) }, { 6, 32, 3 })
  t.equal({ source.locate("parts.lua", { "steps", "install" }) }, { 7, 7, 7 })
  t.equal({ source.locate("parts.lua", { "about" }) }, { 8, 23, 5 })
  t.equal({ source.locate("parts.lua", { "options", "late" }) }, {})
end)

-- Instructions of the VM, in hundreds, that a call takes.
local function cost(fn)
  local hundreds = 0
  debug.sethook(function()
    hundreds = hundreds + 1
  end, "", 100)
  fn()
  debug.sethook()
  return hundreds
end

t.test("a file is read once, however many of its fields are looked for", function()
  local steps = {}
  for i = 1, 300 do
    steps[i] = ("s%d = { run = 1 },"):format(i)
  end
  source.register("many.lua", "return { steps = {" .. table.concat(steps) .. "} }")
  local function find(name)
    return source.locate("many.lua", { "steps", name, "run" })
  end
  local first = cost(function()
    t.equal(find("s7"), 1)
  end)
  local rest = cost(function()
    for i = 1, 300 do
      t.equal(find("s" .. i), 1)
    end
  end)
  t.equal(rest < first * 4, true) -- where each look reads the file: 300 times
  source.register("many.lua", "\nreturn { steps = { s7 = { run = 1 } } }")
  t.equal({ find("s7"), find("s8") }, { 2 })
end)

t.test("lines are given without their ends", function()
  source.register("crlf.lua", "a\r\nb")
  t.equal(source.line("crlf.lua", 1), "a")
  t.equal(source.line("crlf.lua", 2), "b")
  t.equal(source.line("crlf.lua", 3), nil)
end)

t.test("the column of a name is that of the use that a message is about", function()
  local function column(line, name, use)
    source.register("line.lua", line)
    return (source.column_of("line.lua", 1, name, use))
  end
  t.equal(column("local x = nil; return x.field", "x", "index"), 23)
  t.equal(column("local f, g = nil, 1; g = f()", "f", "call"), 26)
  t.equal(column("max = xx + x", "x"), 12, "no part of a longer word")
  t.equal(column("x = 1 + x", "x"), 9, "not the target of the assignment")
  t.equal(column("read(s.fs.read(nil))", "read"), 11, "a field")
  t.equal(column("local a = = 3", "="), nil, "one of several signs")
  t.equal(column("local a = 3 3", "x"), nil)
end)
