-- The program itself: sections, versions, symbols, notes, interpreter.
local object = require("pienv.object")

local info = assert(object.inspect("/proc/self/exe"))
assert(#info.sections > 5 and #info.needed > 0 and #info.undefined > 0)
assert(not object.inspect("/dev/null"))
assert(not object.inspect("/proc/self/missing"))
