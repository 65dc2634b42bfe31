-- The stock files as Lua sees them, embedded or read from the source tree (engine/host/stock.h).

local t = require("pienv.test")
local vm = require("pienv.vm")

t.test("names are sorted, and each has its content", function()
  local names = vm.stock_names()
  local sorted = table.move(names, 1, #names, 1, {})
  table.sort(sorted)
  t.equal(names, sorted)
  t.ok(#names > 20, "number of stock files")
  for _, name in ipairs(names) do
    t.ok(vm.stock(name), name)
  end
end)

t.test("what is not there is nil", function()
  t.equal(vm.stock("lua/pienv/nonsense.lua"), nil)
  t.equal(vm.stock("lua/pienv"), nil)
  t.equal(vm.stock("../README.md"), nil)
end)
