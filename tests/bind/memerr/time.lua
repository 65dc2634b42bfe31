local time = require("pienv.time")

assert(time.now() > 0 and time.monotonic() > 0)
assert(time.iso(0) == "1970-01-01T00:00:00Z")
assert(not time.iso(1e14))
