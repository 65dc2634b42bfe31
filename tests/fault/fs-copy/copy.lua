-- The operation of this sweep: out/file becomes a copy of new/out/file. The folder is swept first, as an installation
-- does, so that what a kill left behind goes with the next run.
local fs = require("pienv.fs")

local ok, err = fs.sweep("out")
if ok then
  ok, err = fs.copy("new/out/file", "out/file")
end
if not ok then
  io.stderr:write(err, "\n")
  os.exit(1, true)
end
