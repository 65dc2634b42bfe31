local folder = ...
local lock = require("pienv.c.lock")

local path = folder .. "/file"
local held <close> = assert(lock.try(path, { create_mode = "0640" }))
assert(held:record("x"))
assert(lock.read(path) == "x")
assert(not lock.try(path, { shared = true }))
held:release()
assert(lock.try(path, { shared = true })):release()
assert(os.remove(path))
