-- head.lua FOLDER PATH...: what pienv.gittree.head says, a line a path as "type id", then root, common folder, commit.
local dir = ...
local paths = { select(2, ...) }
local gittree = require("pienv.gittree")

local head, err, code = gittree.head(dir, paths)
if not head then
  print(code, err)
  return
end
for _, entry in ipairs(head.entries) do
  print(entry.type or "absent", entry.id or "")
end
print(head.root or "bare", head.commondir, head.commit or "unborn", head.format)
