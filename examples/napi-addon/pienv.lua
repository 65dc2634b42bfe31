-- The names of this repository. Everything else is the stock policy of `pienv build`.
local pienv = require("pienv")

return pienv.project({
  addon = "acme_text",
  package = ".",
  crate = "crate",
  banner = "acme-text",
  command = "pienv recipes/build.lua",
  sentinel = "__acmeTextV{version}",
})
