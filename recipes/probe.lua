-- pienv probe: which addon a package's loader would load here, and why not the others.
--
--   situation, prepare, inspect, load, tidy, report
--
-- The answers come from the loading policy (recipes/addon/), the one that the generated loader follows. Nothing is
-- written unless --extract asks for it: then embedded files are extracted, addons staged and folders of old versions
-- removed, as the loader does.

local addon = require("recipes.addon")
local cached = require("recipes.probe.cached")
local inspect = require("recipes.probe.inspect")
local load_rules = require("recipes.probe.load")
local pienv = require("pienv")
local places = require("recipes.addon.places")
local report = require("recipes.probe.report")
local request = require("recipes.probe.request")
local situation = require("recipes.probe.situation")
local stage = require("recipes.probe.stage")
local verdict = require("recipes.addon.verdict")
local version = require("recipes.addon.version")

local steps = {}

steps.situation = {
  about = "find out mode, variant and folders",
  run = function(s)
    local found = situation.read(s)
    s:because(("%s: %s"):format(found.mode, found.because))
    return found
  end,
}

steps.prepare = {
  about = "look at what a loader would extract or stage; with --extract do it",
  needs = { "situation" },
  run = function(s)
    local here = s.needs.situation
    local run = ({ compiled = cached.extract, staged = stage.run })[here.mode]
    if not run then
      s:skip(here.mode .. " loads take the files where they are")
    end
    local prepared = run(s, here)
    s:because(prepared.because)
    return prepared
  end,
}

steps.inspect = {
  about = "look at the candidates' bytes",
  needs = { "situation", "prepare" },
  run = function(s)
    return inspect.all(s, s.needs.situation, s.needs.prepare or {})
  end,
}

steps.load = {
  about = "load them in this order, each in a process of its own",
  needs = { "situation", "inspect" },
  run = function(s)
    return load_rules.all(s, s.needs.situation, s.needs.inspect)
  end,
}

steps.tidy = {
  about = "look for folders of older versions; with --extract remove them",
  needs = { "situation", "load" },
  run = function(s)
    return cached.tidy(s, s.needs.situation, s.needs.load.chosen ~= nil)
  end,
}

steps.report = {
  about = "say what is loaded, or all that a loader would say",
  needs = { "situation", "prepare", "load", "tidy" },
  run = report.run,
}

return pienv.recipe({
  about = "Tell which addon would be loaded here, and why not the others",
  settings = request.settings,
  options = request.options,
  policy = {
    filename = addon.filename,
    mode = places.mode,
    folders = places.folders,
    candidates = places.candidates,
    verdict = verdict.of,
    stale = version.stale,
  },
  check = request.check,
  steps = steps,
  loads = function(c)
    return addon.tried(addon.naming(c))
  end,
})
