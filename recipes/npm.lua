-- pienv npm: one npm package for each target, which holds its addons, and the core package that names them all.
--
--   package; find, verify, leaf for each target; core, install, report
--
-- Nothing is published. What is written is what may be: bytes of another platform, libc or version than the package
-- says, a library that users do not have, a path of this machine are refused before anything changes. Leaves and the
-- core's package.json change together, in one transaction; a run that changes nothing writes nothing.

local addon = require("recipes.addon")
local inspect = require("recipes.npm.inspect")
local install = require("recipes.npm.install")
local leaf = require("recipes.npm.leaf")
local make = require("recipes.npm.make")
local pienv = require("pienv")
local report = require("recipes.npm.report")
local request = require("recipes.npm.request")

local steps = {}

steps.package = {
  about = "read name, version and fields of the core package",
  run = request.package,
}

steps.find = {
  about = "look for the addons of the target",
  per = "target",
  needs = { "package" },
  run = function(s)
    local found = make.find(s, s.target)
    if #found == 0 then
      local form = "Missing native addon files for %s in %s"
      local hint = "build one of them, or name the targets that are built: --tag TAG"
      s:fail(form:format(s.target.tag, request.shown(s, request.output(s))), { exit = 4, hint = hint, code = "P0706" })
    end
    s:because(("%d of %d"):format(#found, #s.target.candidates))
    return found
  end,
}

steps.verify = {
  about = "compare what each addon's bytes say with what the package claims",
  per = "target",
  needs = { "package", "find" },
  run = function(s)
    local remarks = {}
    for _, file in ipairs(s.needs.find) do
      remarks[file.filename] = make.verify(s, file, s.needs.package)
    end
    return remarks
  end,
}

steps.leaf = {
  about = "write the package's manifest and README, in memory",
  per = "target",
  needs = { "package", "find" },
  run = function(s)
    return make.leaf(s, s.target, s.needs.package, s.needs.find)
  end,
}

steps.core = {
  about = "compare what the core packs with what its modules import; pin the leaves",
  needs = { "package", "verify" },
  run = function(s)
    if not s.options.core then
      s:skip("--no-core")
    end
    return make.core(s, s.needs.package)
  end,
}

steps.install = {
  about = "put packages and manifests in place, all or none",
  needs = { "verify", "leaf", "core" },
  run = function(s)
    return install.run(s, s.needs.leaf, s.needs.core)
  end,
}

steps.report = {
  about = "say what the packages hold, and what is stale beside them",
  needs = { "package", "verify", "leaf", "core", "install" },
  run = function(s)
    report.run(s, install.stale(s, s.needs.package.version))
  end,
}

return pienv.recipe({
  about = "Make the npm packages of the built addons, and pin them in the core package",
  settings = request.settings,
  options = request.options,
  policy = {
    filename = addon.filename,
    host_paths = inspect.host_paths,
    judge = inspect.judge,
    libc = leaf.libc,
    libraries = inspect.libraries,
    manifest = leaf.manifest,
    readme = leaf.readme,
  },
  check = request.check,
  targets = request.targets,
  preview = report.preview,
  steps = steps,
})
