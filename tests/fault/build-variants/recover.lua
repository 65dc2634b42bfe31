-- What every pienv command does first in a project: finishes or rolls back what a kill interrupted.
local list, err = require("pienv.transaction").recover(".pienv/journal", { root = "." })
if not list then
  io.stderr:write(err, "\n")
  os.exit(1, true)
end
