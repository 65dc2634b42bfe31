local names = require("pienv.names")

local keys = names.keys({ b = 1, a = 2, c = 3 })
assert(keys[1] == "a" and keys[3] == "c" and #keys == 3)
