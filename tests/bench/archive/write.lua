-- write.lua TO LEVEL MEMBERS FILE...: packs files; MEMBERS is many or 1.
local archive = require("pienv.archive")

local to, level, gzip_members = ...
local members = {}
for i, path in ipairs({ select(4, ...) }) do
  members[i] = { name = path:match("[^/]*$"), path = path }
end
assert(archive.write(to, {
  members = members,
  level = math.tointeger(level),
  gzip_members = gzip_members == "1" and 1 or gzip_members,
  threads = 2,
  sync = false,
}))
