local folder = ...
local link = require("pienv.link")

local from, to = folder .. "/from", folder .. "/to"
local file <close> = assert(io.open(from, "wb"))
assert(file:write("content"):flush())
for _, ways in ipairs({ { "copy" }, { "reflink", "hardlink", "copy" } }) do
  local made = assert(link.put(from, to, { ways = ways, mode = "0444" }))
  assert(made.how == ways[1] or #made.passed > 0)
  assert(os.remove(to))
end
assert(not link.put(folder .. "/missing", to, { ways = { "copy" } }))
assert(os.remove(from))
