-- write.lua TO MEMBERS FORMAT [MTIME]: archives the files named on standard input, "name<TAB>path" a line; prints the
-- digest of the archive and of each member. MEMBERS is many or 1.
local archive = require("pienv.archive")

local to, gzip_members, format, mtime = ...
local members = {}
for line in io.lines() do
  local name, path = line:match("^(.-)\t(.*)$")
  members[#members + 1] = { name = name, path = path }
end
local written = assert(archive.write(to, {
  members = members,
  gzip_members = gzip_members == "1" and 1 or gzip_members,
  format = format,
  mtime = mtime and math.tointeger(mtime),
  level = 6,
  chunk = 1 << 20,
  sync = false,
}))
print(written.sha256)
for _, member in ipairs(written.members) do
  print(member.sha256 .. "  " .. member.name)
end
