local cpu = require("pienv.cpu")

assert(next(assert(cpu.features()).features))
assert(cpu.cores() >= 1)
