-- The names of this repository. Everything else is the stock policy.
local pienv = require("pienv")

return pienv.project({
  addon = "acme_dsp",
  package = ".",
  banner = "acme-dsp",
  builder = "cc",
  sources = { "src/*.c" },
  declarations = "src/index.d.ts",
  cflags = { "-std=c11", "-O3", "-Wall", "-Wextra", "-Werror", "-fvisibility=hidden", "-ffp-contract=fast" },
  libs = { "-lm" },
  sentinel = "",
  companions = { "index.d.ts", "index.js" },
  app = "acme-dsp",
  hook = "",
  install_command = "npm install {package}",
  build_command = "npm run build",
})
