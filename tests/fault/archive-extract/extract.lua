-- The operation of this sweep: takes b.node out of the archive into out/file, by its digest. The folder is swept first,
-- so that what a kill left behind goes with the next run.
local archive = require("pienv.archive")
local fs = require("pienv.fs")

local digest, err = fs.read("b.sha256")
local ok = digest
if ok then
  ok, err = fs.sweep("out")
end
if ok then
  ok, err = archive.extract("a.tgz", "b.node", "out/file", { sha256 = digest:sub(1, 64), mode = "0644" })
end
if not ok then
  io.stderr:write(err, "\n")
  os.exit(1, true)
end
