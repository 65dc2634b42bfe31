-- read.lua ARCHIVE FOLDER: lists an archive and extracts each of its files into FOLDER by its base name; prints
-- "type size digest name" a line.
local archive = require("pienv.archive")

local file, folder = ...
for _, member in ipairs(assert(archive.list(file))) do
  local digest = "-"
  if member.type == "file" then
    local to = folder .. "/" .. member.name:match("[^/]*$")
    digest = assert(archive.extract(file, member.name, to, { size = member.size, sync = false })).sha256
  end
  print(member.type, member.size, digest, member.name)
end
