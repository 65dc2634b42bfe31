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

t.test("lines are given without their ends", function()
  source.register("crlf.lua", "a\r\nb")
  t.equal(source.line("crlf.lua", 1), "a")
  t.equal(source.line("crlf.lua", 2), "b")
  t.equal(source.line("crlf.lua", 3), nil)
end)
