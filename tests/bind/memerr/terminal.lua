local terminal = require("pienv.terminal")

assert(not terminal.is_tty(1000))
assert(not terminal.size(1000))
assert(#terminal.sanitize(string.rep("\27", 1000)) == 4000)
