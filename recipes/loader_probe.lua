-- pienv loader_probe: another name of `pienv probe`.

local pienv = require("pienv")

return pienv.recipe({ alias = "probe" })
