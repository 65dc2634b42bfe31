-- Suggestions for mistyped names.

local suggest = require("pienv.suggest")
local t = require("pienv.test")

t.test("finds swapped, missing and wrong letters", function()
  local names = { "outputs", "inputs", "needs", "run" }
  t.equal(suggest.closest("ouputs", names), "outputs")
  t.equal(suggest.closest("inptus", names), "inputs")
  t.equal(suggest.closest("Needs", names), "needs")
end)

t.test("keys of a table are names too", function()
  t.equal(suggest.closest("varient", { variant = {}, arch = {} }), "variant")
end)

t.test("nothing is suggested for what is not alike", function()
  t.equal(suggest.closest("zebra", { "outputs", "run" }), nil)
  t.equal(suggest.closest(42, { "outputs" }), nil)
end)

t.test("a name that is far too long costs no time", function()
  local function give_up()
    error("too many instructions")
  end
  debug.sethook(give_up, "", 10000)
  local ok, found = pcall(suggest.closest, ("x"):rep(100000), { "outputs", "run" })
  debug.sethook()
  t.equal({ ok, found }, { true, nil })
end)
