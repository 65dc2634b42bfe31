-- pienv loader: the module by which a package finds and loads its addon at run time, generated from the same policy by
-- which pienv builds, embeds and probes. It needs nothing but node or Bun.
--
--   generate, compare, install, report
--   --check: generate, compare; the exit code is 1 where the files on disk are not what would be generated
--
-- All files change together, in one transaction; a run that changes nothing writes nothing. index.js is the project's
-- own: where it does not import the loader, the report gives the line to add.

local addon = require("recipes.addon")
local generate = require("recipes.loader.generate")
local install = require("recipes.loader.install")
local pienv = require("pienv")
local policy = require("recipes.loader.policy")
local request = require("recipes.loader.request")

local steps = {}

steps.generate = {
  about = "write the loader's text from the policy",
  run = function(s)
    local package = request.package(s)
    local input = { settings = s.settings, package = package.name, version = package.version }
    input.filename = s.policy.filename
    local data = policy.data(input)
    return generate.files({
      settings = s.settings,
      compiled = data.variables.compiled,
      json = s.json.encode(data, { indent = 2 }),
      parts = generate.parts(s),
    })
  end,
}

steps.compare = {
  about = "compare it with the files on disk",
  needs = { "generate" },
  run = function(s)
    return install.compare(s, s.needs.generate)
  end,
}

steps.install = {
  about = "put the files in place; all or none",
  needs = { "compare" },
  run = function(s)
    install.run(s, s.needs.compare)
  end,
}

steps.report = {
  about = "say what was written, and what index.js lacks",
  needs = { "install", "compare", "generate" },
  run = function(s)
    install.report(s, s.needs.generate, s.needs.compare)
  end,
}

return pienv.recipe({
  about = "Generate the module that loads the addon at run time",
  settings = request.settings,
  options = request.options,
  policy = { filename = addon.filename },
  check = request.check,
  steps = steps,
  loads = function(c)
    return addon.tried(addon.naming(c))
  end,
})
