-- pienv embed: the built addons of a target as one archive, and a manifest by which a compiled program finds them.
--
--   find, verify, prepare, pack, manifest, install, report; cleanup, however the others end
--   --reset: prepare, manifest, install, report: the null stub, and no archive
--
-- What is embedded is what the names say: bytes of another platform, variant or version are refused. Archive and
-- manifest change together, in one transaction; a run that changes nothing writes neither.

local addon = require("recipes.addon")
local claim = require("recipes.embed.claim")
local emit = require("recipes.embed.emit")
local install = require("recipes.embed.install")
local pack = require("recipes.embed.pack")
local path = require("pienv.path")
local pienv = require("pienv")
local report = require("recipes.embed.report")
local request = require("recipes.embed.request")

local steps = {}

steps.find = {
  about = "look for the addons of the target",
  per = "target",
  run = function(s)
    local found = pack.find(s)
    s:because(("%d of %d"):format(#found, #s.target.candidates))
    return found
  end,
}

steps.verify = {
  about = "compare what each addon's bytes say with its name and the package's version",
  per = "target",
  needs = { "find" },
  run = function(s)
    local version, remarks = pack.version(s), {}
    for _, file in ipairs(s.needs.find) do
      remarks[file.filename] = pack.verify(s, file, version)
    end
    return { version = version, remarks = remarks }
  end,
}

steps.prepare = {
  about = "wait for other runs; make a folder to work in",
  needs = { "verify" },
  run = pack.prepare,
}

steps.pack = {
  about = "pack the addons",
  per = "target",
  needs = { "find", "prepare" },
  run = function(s)
    local packed = pack.pack(s, s.needs.find, s.needs.prepare)
    s:because(report.ratio(packed))
    return packed
  end,
}

-- From the manifest to the archive, which lie in one folder: "../native/".
local function folder_of(s)
  local base = path.basename(request.output(s))
  return path.normalize(s.settings.output) == "." and "./" or "../" .. base .. "/"
end

local KNOWN_EMITTERS = "known: js, json, c, and what the policy 'emit' of pienv.lua adds"

local function emitters_of(s)
  local list = s.settings.emitters
  return type(list) == "table" and list or s:fail("emitters must be a list", { exit = 3, hint = KNOWN_EMITTERS })
end

steps.manifest = {
  about = "say in each form what is embedded",
  needs = { "pack", "verify" },
  run = function(s)
    local target, packed, files = s.targets[1], (s.needs.pack or {})[1], {}
    local manifest = packed
      and { tag = target.id, version = s.needs.verify[1].version, archive = target.archive, files = packed.files }
    for i, form in ipairs(emitters_of(s)) do
      local input = { form = form, stem = s.settings.manifest, folder = folder_of(s), manifest = manifest }
      input.variants = s.settings.variants
      files[i] = s.policy.emit(input)
        or s:fail(("unknown emitter '%s'"):format(tostring(form)), { exit = 3, hint = KNOWN_EMITTERS })
    end
    return files
  end,
}

steps.install = {
  about = "put archive and manifest in place, or take all archives away; all or none",
  needs = { "prepare", "manifest", "pack" },
  run = function(s)
    return install.run(s, s.needs.manifest, (s.needs.pack or {})[1])
  end,
}

steps.report = {
  about = "say what is embedded",
  needs = { "install", "manifest", "pack", "verify" },
  run = function(s)
    return report.run(s)
  end,
}

steps.cleanup = {
  about = "remove the folder of this run",
  needs = { "prepare", "report" },
  finally = true,
  run = function(s)
    if not s.needs.prepare then
      s:skip("nothing to remove")
    end
    pack.clean(s, s.needs.prepare)
  end,
}

return pienv.recipe({
  about = "Pack the built addons into one archive for compiled programs, with a manifest",
  settings = request.settings,
  options = request.options,
  policy = { filename = addon.filename, claim = claim.check, emit = emit.emit },
  check = request.check,
  targets = request.targets,
  preview = report.preview,
  steps = steps,
  loads = function(c)
    return addon.tried(addon.naming(c))
  end,
})
