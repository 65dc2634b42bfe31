-- The operation of this sweep: packs new/in into out/file. The folder is swept first, as an installation does, so that
-- what a kill left behind goes with the next run.
local archive = require("pienv.archive")
local fs = require("pienv.fs")

local members = { { name = "a.node", path = "in/a.node" }, { name = "b.node", path = "in/b.node" } }
local ok, err = fs.sweep("out")
if ok then
  ok, err = archive.write("out/file", { members = members, level = 1, chunk = 65536, threads = 2 })
end
if not ok then
  io.stderr:write(err, "\n")
  os.exit(1, true)
end
