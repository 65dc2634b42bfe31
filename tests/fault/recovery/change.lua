-- The transaction that is interrupted: replaces two files, adds one, removes one.
local fs = require("pienv.fs")
local transaction = require("pienv.transaction")

local tx <close> = assert(transaction.begin(".pienv/journal", { root = fs.cwd() }))
assert(tx:copy("new/out/addon", "out/addon"))
assert(tx:write("out/declarations", (assert(fs.read("new/out/declarations")))))
assert(tx:write("out/added", "added\n"))
assert(tx:remove("out/removed"))
assert(tx:commit())
