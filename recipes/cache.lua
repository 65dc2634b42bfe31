-- pienv cache: built addons by content, shared by every work tree of a repository.
--
--   key, populate, capture, ensure      for a work tree: what would be asked for, fetch it, store it, fetch or build it
--   ls, show, explain, stats            for people
--   verify, gc, rm, taint               for the health of the cache
--
-- The key, the layout and the rules of a complete entry are those of the natives runbook: its programs and pienv may
-- share one folder. What a team may want different is a setting or a policy function here: see docs/CACHE.md.

local addon = require("recipes.addon")
local edits = require("recipes.cache.edits")
local key_rules = require("recipes.cache.key")
local pienv = require("pienv")
local request = require("recipes.cache.request")
local target_rules = require("recipes.cache.target")

local settings = {
  markers = {
    default = { start = edits.START, stop = edits.STOP },
    about = "lines around what is generated in a companion that git tracks",
  },
  variables = {
    default = { "TARGET_VARIANT", "CROSS_TARGET", "RUSTFLAGS", "CC", "CFLAGS", "LDFLAGS", "CI" },
    about = "variables that a manifest records",
  },
  secrets = { default = edits.SECRETS, about = "words in names of variables that no manifest records" },
}
for _, more in ipairs({ request.settings, addon.settings }) do
  for name, setting in pairs(more) do
    settings[name] = setting
  end
end

-- A step whose code is read when it runs: a hit must not pay for the other verbs.
local function in_module(name, call)
  return function(s)
    return require("recipes.cache." .. name)[call or "run"](s, require("recipes.cache.job").new(s))
  end
end

local steps = {
  key = { about = "print the key", run = in_module("show", "key") },
  populate = { about = "put the entry's files into the workspace", run = in_module("populate") },
  capture = { about = "store what a build left in the workspace", run = in_module("capture") },
}

local WHAT =
  { "root", "repo", "target", "target_platform", "target_arch", "variant", "key", "enabled", "require_cache" }
local CAPS = { "max_entries", "max_bytes", "min_free" }

local function all(...)
  local list = {}
  for _, names in ipairs({ ... }) do
    table.move(names, 1, #names, #list + 1, list)
  end
  return list
end

return pienv.recipe({
  about = "Share built addons between work trees by the content of their sources",
  settings = settings,
  options = request.options,
  policy = {
    filename = addon.filename,
    target = request.target,
    slug = request.slug,
    inputs = request.inputs,
    key_bytes = key_rules.bytes,
    captures = target_rules.captures,
    restores = target_rules.restores,
    unfit = target_rules.unfit,
    stub = edits.stub,
    native = edits.native,
    variables = edits.variables,
  },
  steps = steps,
  verbs = {
    key = { about = "print the key of the work tree", steps = { "key" }, options = all(WHAT) },
    populate = { about = "fetch the files of the key into the workspace", steps = { "populate" }, options = all(WHAT) },
    capture = {
      about = "store the files of the workspace under the key",
      steps = { "capture" },
      options = all(WHAT, CAPS, { "workspace", "commit" }),
    },
  },
})
