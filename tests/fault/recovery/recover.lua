-- The operation of this sweep: what every pienv command does first in a project.
local fs = require("pienv.fs")

local list, err = require("pienv.transaction").recover(".pienv/journal", { root = fs.cwd() })
if not list then
  io.stderr:write(err, "\n")
  os.exit(1, true)
end
