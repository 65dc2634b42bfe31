local folder = ...
local replay = require("pienv.replay")

local path, head = replay.find({ "-C", folder, "cache", "populate" })
assert(not path or head:find("^pienv%-replay%-1 %x+$"))
