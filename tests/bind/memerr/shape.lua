local shape = require("pienv.shape")

local rows = { a = { run = print, list = { "x" } }, b = { about = "y" } }
assert(shape.all(rows, { run = "function!", list = "texts" }, { about = "string" }))
assert(not shape.all(rows, { run = "function!", list = "texts" }))
