local folder = ...
local transaction = require("pienv.transaction")

local options = { root = folder }
local journals = folder .. "/.pienv"
for _, name in ipairs({ "a", "b" }) do
  local file <close> = assert(io.open(folder .. "/" .. name, "wb"))
  assert(file:write("old"))
end
local dropped <close> = assert(transaction.begin(".pienv", options))
assert(dropped:write("b", "dropped"))
local tx <close> = assert(transaction.begin(journals, options))
assert(tx:copy("/proc/self/stat", "a"))
assert(tx:write("c", "new", { mode = "0600" }))
assert(tx:remove("b"))
assert(tx:commit())
assert(#transaction.recover(".pienv", options) == 0)
assert(dropped:rollback())
assert(os.remove(folder .. "/a"))
assert(os.remove(folder .. "/c"))
assert(os.remove(journals))
