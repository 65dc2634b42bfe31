-- require "pienv.names": keys in the order of their bytes.

local names = require("pienv.names")
local t = require("pienv.test")

t.test("keys are sorted by their bytes", function()
  local set = { b = 1, a = false, [""] = 1, ["a\0"] = 1, ["a\0b"] = 1, ["\xff"] = 1, B = 1, ["12345678"] = 1 }
  set["12345678\0"], set["123456789"], set["1234567"] = 1, 1, 1
  local want = { "", "1234567", "12345678", "12345678\0", "123456789", "B", "a", "a\0", "a\0b", "b", "\xff" }
  t.equal(names.keys(set), want)
  t.equal(names.keys({}), {})
end)

t.test("many keys come in the order in which Lua has them", function()
  local set, want = {}, {}
  for i = 1, 3000 do
    local name = ("s%d"):format(i * 7919 % 3001) .. ("x"):rep(i % 9)
    want[i], set[name] = name, true
  end
  table.sort(want)
  t.equal(table.concat(names.keys(set), " "), table.concat(want, " "))
end)

t.test("a key that is no string is told", function()
  t.equal(names.keys({ a = 1, [1] = 2 }), nil)
  t.equal(names.keys({ [true] = 1 }), nil)
  t.contains(t.raises(names.keys, "a"), "table expected")
end)
