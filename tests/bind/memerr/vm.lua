local vm = require("pienv.vm")

assert(vm.stock("lua/pienv/test.lua"))
assert(not vm.stock("lua/pienv/missing.lua"))
assert(#vm.stock_names() > 0)
assert(#vm.modules() > 0)
vm.limit({ bytes = 0 })
assert(require("pienv.test").equal)

local function resumed(_, ok, ...)
  vm.shield(false)
  if ok == false then
    error((...), 0)
  end
  return ...
end
local thread = coroutine.create(function(a)
  return { a, coroutine.yield({ a }) }
end)
assert(resumed(vm.resume(thread, 1))[1] == 1)
assert(resumed(vm.resume(thread, 2))[2] == 2)
