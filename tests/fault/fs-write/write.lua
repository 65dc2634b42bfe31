-- The operation of this sweep: replaces out/file by what new/out/file holds. The folder is swept first, as an
-- installation does, so that what a kill left behind goes with the next run.
local fs = require("pienv.fs")

local bytes, err = fs.read("new/out/file")
local ok = bytes
if ok then
  ok, err = fs.sweep("out")
end
if ok then
  ok, err = fs.write("out/file", bytes)
end
if not ok then
  io.stderr:write(err, "\n")
  os.exit(1, true)
end
