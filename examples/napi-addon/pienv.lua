-- The names of this repository. Everything else is the stock policy.
local pienv = require("pienv")

return pienv.project({
  addon = "acme_text",
  package = ".",
  crate = "crate",
  banner = "acme-text",
  command = "pienv recipes/build.lua",
  sentinel = "__acmeTextV{version}",
  app = "acme-text",
  hook = "",
  variables = {
    variant = "ACME_TEXT_VARIANT",
    cache = "__ACME_TEXT_VARIANT_CACHE",
    compiled = "ACME_TEXT_COMPILED",
    folder = "ACME_TEXT_DIR",
    staging = "ACME_TEXT_STAGING",
    debug = "ACME_TEXT_DEBUG",
  },
  install_command = "npm install {package}",
  build_command = "npm run build",
})
