local result = require("pienv.task").process({ argv = { "sh", "-c", "exit 7" } })
assert(result.exit == 7)
