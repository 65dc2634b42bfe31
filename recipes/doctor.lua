-- pienv doctor: what can be wrong with an addon where it is used, looked for here.
--
--   situation, loaded; one step for each check; repair, report
--
-- A check is a step that returns a list of findings (recipes/doctor/loads.lua): { { id = "...", what = "..." } }, an
-- empty one where all is well. A project adds its own as an extra step with before = "repair"; a finding may bring its
-- own `symptom`, `verify` and `fix`. Nothing is changed but by --fix.

local addon = require("recipes.addon")
local embedded = require("recipes.doctor.embedded")
local files = require("recipes.doctor.files")
local loads = require("recipes.doctor.loads")
local pienv = require("pienv")
local repair = require("recipes.doctor.repair")
local report = require("recipes.doctor.report")
local request = require("recipes.doctor.request")
local situation = require("recipes.doctor.situation")
local surroundings = require("recipes.doctor.surroundings")

local steps = {}

steps.situation = {
  about = "find package, folders and addons, and look at their bytes",
  run = situation.read,
}

steps.loaded = {
  about = "load the addon of this machine, in a process of its own",
  needs = { "situation" },
  run = function(s)
    local loaded, reasons = loads.first(s, s.needs.situation)
    return { file = loaded and loaded.file, exports = loaded and loaded.exports, reasons = reasons }
  end,
}

-- Name of the step, what it looks for, and how.
local checks = {
  cross = { "P0707: variables of a cross build", surroundings.check_tuple },
  embedded = { "P0705: what is embedded and extracted", embedded.check },
  embeddable = { "P0706: whether there is something to embed", files.check_embeddable },
  exports = { "P0702: declarations against exports", loads.check_exports },
  glibc = { "P0712: this system's C library", files.check_glibc },
  labels = { "P0704: names against bytes", files.check_labels },
  leaf = { "P0716: the installed leaf package", surroundings.check_leaf },
  loads = { "P0701: whether an addon of this machine loads", loads.check_loads },
  lock_files = { "P0711: leaves in lock files", surroundings.check_lock_files },
  napi = { "P0713: the napi program", surroundings.check_napi },
  siblings = { "P0714: addons of other versions", files.check_siblings },
  temporaries = { "P0715: leftovers of killed runs", surroundings.check_temporaries },
  variant = { "P0703: which variant is loaded", loads.check_variant },
}

local names = {}
for name, row in pairs(checks) do
  names[#names + 1] = name
  steps[name] = {
    about = row[1],
    needs = { "situation", "loaded" },
    run = function(s)
      local findings = row[2](s, s.needs.situation, s.needs.loaded)
      s:because(#findings == 0 and "nothing found" or #findings .. " found")
      return findings
    end,
  }
end
table.sort(names)

-- Findings of all checks, a project's own too.
local function gather(s)
  local list, found = {}, {}
  for name in pairs(s.needs) do
    list[#list + 1] = name
  end
  table.sort(list)
  for _, name in ipairs(list) do
    local findings = s.needs[name]
    if type(findings) ~= "table" then
      s:fail(("the check '%s' must return a list of findings"):format(name), { exit = 3 })
    end
    table.move(findings, 1, #findings, #found + 1, found)
  end
  return found
end

steps.repair = {
  about = "with --fix: heal what can be healed without loss",
  needs = names,
  run = function(s)
    local findings = gather(s)
    if s.options.fix then
      repair.run(s, findings)
    end
    return findings
  end,
}

steps.report = {
  about = "say what was found, how to see it, and what to do",
  needs = { "situation", "loaded", "repair" },
  run = function(s)
    report.run(s, s.needs.repair, report.values(s, s.needs.situation, s.needs.loaded))
  end,
}

return pienv.recipe({
  about = "Look for what goes wrong with addons: not found, stale, mislabelled, of another version",
  settings = request.settings,
  options = request.options,
  policy = { filename = addon.filename },
  check = request.check,
  steps = steps,
})
