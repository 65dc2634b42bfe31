local folder = ...
local lock = require("pienv.c.lock")

local path = folder .. "/file"
local held <close> = assert(lock.try(path, { create_mode = "0640" }))
assert(held:record("x"))
assert(lock.read(path) == "x")
assert(not lock.try(path, { shared = true }))
local queue <close> = assert(lock.queue(path))
assert(queue:ask() == false)
held:release()
local mine
repeat
  mine = queue:ask()
until mine
mine:release()
queue:leave()
assert(lock.try(path, { shared = true })):release()
assert(os.remove(path))
