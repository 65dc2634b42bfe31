-- require "pienv.env"

local env = require("pienv.env")
local t = require("pienv.test")

t.test("get and all agree and give strings", function()
  local all = env.all()
  t.ok(next(all), "the environment")
  for name, value in pairs(all) do
    t.equal(env.get(name), value, name)
  end
  t.ok(env.get("PIENV_BUILD"), "PIENV_BUILD, which the test runner sets")
end)

t.test("an unset variable is nil", function()
  t.equal(env.get("PIENV_NO_SUCH_VARIABLE"), nil)
end)

t.test("all gives a copy", function()
  env.all().PIENV_BUILD = "changed"
  t.ok(env.get("PIENV_BUILD") ~= "changed", "PIENV_BUILD")
end)

t.test("wrong use names the argument", function()
  for _, name in ipairs({ "", "A=B", "A\0B" }) do
    t.contains(t.raises(env.get, name), "bad argument #1")
  end
end)
