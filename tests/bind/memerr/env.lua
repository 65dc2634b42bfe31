local env = require("pienv.env")

assert(next(env.all()))
assert(env.get("PATH"))
