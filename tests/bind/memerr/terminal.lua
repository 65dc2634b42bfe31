local terminal = require("pienv.terminal")

assert(not terminal.is_tty(1000))
assert(not terminal.size(1000))
assert(terminal.is_ours(1000))
assert(#terminal.sanitize(string.rep("\27", 1000)) == 4000)
assert(terminal.clip(string.rep("x", 1000), 900) == string.rep("x", 900))
