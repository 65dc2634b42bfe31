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
local where = require("recipes.cache.where")

local settings = {}
for _, more in ipairs({ request.settings, addon.settings }) do
  for name, setting in pairs(more) do
    settings[name] = setting
  end
end

-- A step whose code is read when it runs: a hit must not pay for the other verbs.
local function with_job(name, call)
  return function(s)
    return require("recipes.cache." .. name)[call or "run"](s, require("recipes.cache.job").new(s))
  end
end

local function alone(name, call)
  return function(s)
    return require("recipes.cache." .. name)[call or "run"](s)
  end
end

local steps = {
  key = { about = "print the key", run = with_job("show", "key") },
  populate = { about = "put the entry's files into the workspace", run = with_job("populate") },
  capture = { about = "store what a build left in the workspace", run = with_job("capture") },
  ensure = { about = "populate, else build and capture", run = with_job("ensure") },
  ls = { about = "list the entries", run = alone("show", "ls") },
  show = { about = "print where an entry is", run = with_job("show", "show") },
  explain = { about = "derive the key, compare with the nearest entry", run = with_job("show", "explain") },
  stats = { about = "sum up the journal", run = alone("show", "stats") },
  verify = { about = "check the bytes of the entries", run = alone("verify") },
  gc = { about = "drop what is over the caps", run = alone("gc", "gc") },
  rm = { about = "remove entries", run = alone("gc", "rm") },
  taint = { about = "mark an entry bad, name who received it", run = alone("taint") },
}

local TARGET = { "target", "target_platform", "target_arch", "variant" }
local WHERE = { "root", "repo", "key", "dirty", "enabled", "require_cache" }
local USE, LOCK = { "cache" }, { "lock_timeout" }
local CAPS = { "max_entries", "max_bytes", "min_free" }
local META = { "workspace", "commit" }

local function all(...)
  local list = {}
  for _, names in ipairs({ ... }) do
    table.move(names, 1, #names, #list + 1, list)
  end
  return list
end

local WHAT = all(WHERE, TARGET)

local verbs = {
  key = { about = "print the key of the work tree", options = WHAT },
  populate = { about = "fetch the files of the key into the workspace", options = all(WHAT, USE) },
  capture = { about = "store the files of the workspace under the key", options = all(WHAT, CAPS, META, USE, LOCK) },
  ensure = {
    about = "populate, else build and capture",
    options = all(WHAT, CAPS, META, USE, LOCK, { "variants", "wait" }),
  },
  ls = { about = "list the entries of the repository", options = { "root", "repo" } },
  show = { about = "print where an entry is, and what is known about it", options = WHAT, word = "key" },
  explain = { about = "show how the key is made and why it misses", options = WHAT },
  stats = { about = "show hits, misses and what they saved", options = { "root", "repo" } },
  verify = {
    about = "check the bytes of entries; --repair heals or drops them",
    options = { "root", "repo", "keys", "repair" },
    word = "keys",
  },
  gc = {
    about = "drop the oldest entries over the caps, of all repositories",
    options = all(CAPS, LOCK, { "root", "repo", "every", "interval" }),
  },
  rm = { about = "remove entries", options = all(LOCK, { "root", "repo", "keys" }), word = "keys" },
  taint = {
    about = "mark an entry bad, list who received it; --rebuild renews them",
    options = all(WHAT, CAPS, META, LOCK, { "keys", "why", "rebuild", "wait" }),
    word = "keys",
  },
}
for name, verb in pairs(verbs) do
  verb.steps = { name }
end

return pienv.recipe({
  about = "Share built addons between work trees by the content of their sources",
  settings = settings,
  options = request.options,
  check = request.check,
  logs = false, -- asked for many times an hour; what it builds with keeps its own
  policy = {
    filename = addon.filename,
    target = request.target,
    slug = where.slug,
    inputs = where.inputs,
    key_bytes = key_rules.bytes,
    captures = target_rules.captures,
    restores = target_rules.restores,
    unfit = target_rules.unfit,
    stub = edits.stub,
    native = edits.native,
    variables = edits.variables,
    build = request.command,
  },
  steps = steps,
  verbs = verbs,
  preview = function(c)
    return c.verb == "gc" and require("recipes.cache.gc").preview(c) or {}
  end,
})
