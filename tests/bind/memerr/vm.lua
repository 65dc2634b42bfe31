local vm = require("pienv.vm")

assert(vm.stock("lua/pienv/test.lua"))
assert(not vm.stock("lua/pienv/missing.lua"))
assert(#vm.stock_names() > 0)
assert(#vm.modules() > 0)
vm.limit({ bytes = 0 })
assert(require("pienv.test").equal)
