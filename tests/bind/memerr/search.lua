local search = require("pienv.search")

local found = assert(search.file("/proc/self/exe", { "ELF", "no such text \0 in it" }, { after = 8, limit = 2 }))
assert(found[1].count > 0 and #found[1].after[1] == 8)
assert(not search.file("/proc/self/missing", { "x" }))
