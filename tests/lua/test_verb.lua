-- Verbs of a recipe: which steps and options belong to one, and what is refused.

local failure = require("pienv.failure")
local line = require("pienv.cli.line")
local recipe = require("pienv.recipe")
local schema = require("pienv.schema")
local t = require("pienv.test")
local verb = require("pienv.verb")

local function nothing() end

local function sample(more)
  local spec = {
    options = { root = {}, keys = { type = "list" }, every = { type = "integer", bare = "60" } },
    steps = {
      key = { run = nothing },
      fetch = { needs = { "key" }, run = nothing },
      drop = { run = nothing },
    },
    verbs = {
      get = { about = "fetch it", steps = { "fetch" }, options = { "root" } },
      rm = { steps = { "drop" }, word = "keys" },
    },
  }
  for field, value in pairs(more or {}) do
    spec[field] = value
  end
  return recipe.define(recipe.recipe(spec), "store", "store.lua")
end

t.test("a verb is its steps with all that they need", function()
  t.equal(schema.sorted(verb.select(sample(), "get").steps), { "fetch", "key" })
  t.equal(schema.sorted(verb.select(sample(), "rm").steps), { "drop" })
end)

t.test("a verb takes only the options that it names", function()
  t.equal(schema.sorted(verb.select(sample(), "get").options), { "root" })
  t.equal(schema.sorted(verb.select(sample(), "rm").options), { "every", "keys", "root" })
end)

t.test("a verb has a name and a description of its own", function()
  local part = verb.select(sample(), "get")
  t.equal({ part.name, part.about, part.verb }, { "store get", "fetch it", "get" })
end)

t.test("the first word of the command line is the verb", function()
  local rest = { "get", "--root", "x" }
  t.equal(verb.take(sample(), rest).name, "store get")
  t.equal(rest, { "--root", "x" })
  t.equal(verb.take(sample({ verbs = {} }), rest).name, "store", "a recipe without verbs")
  t.equal(verb.take(sample(), {}, true).name, "store", "help about all of it")
end)

t.test("no verb and an unknown verb are errors of the command line that name what there is", function()
  local none = failure.from(t.raises(verb.take, sample(), {}))
  t.equal({ none.exit, none.message }, { 2, "recipe 'store' needs a verb: get, rm" })
  local wrong = failure.from(t.raises(verb.take, sample(), { "gte" }))
  t.equal({ wrong.exit, wrong.message, wrong.hint }, { 2, "'gte' is no verb of recipe 'store'", "did you mean 'get'?" })
end)

t.test("words without a name are values of the verb's word option", function()
  local given = line.recipe_options({ "a", "b" }, verb.select(sample(), "rm"))
  t.equal(given, { keys = "a,b" })
  t.contains(failure.from(t.raises(line.recipe_options, { "a" }, verb.select(sample(), "get"))).message, "unexpected")
end)

t.test("an option with a bare meaning takes its value after = only", function()
  t.equal(line.recipe_options({ "--every" }, sample()), { every = "60" })
  t.equal(line.recipe_options({ "--every=5" }, sample()), { every = "5" })
end)

t.test("a step that a project adds after steps of a verb belongs to it", function()
  local extra = { note = { after = "fetch", run = nothing }, other = { after = { "fetch", "drop" }, run = nothing } }
  local changed = recipe.override(sample(), { extra = extra }, "pienv.lua", "store")
  t.equal(schema.sorted(verb.select(changed, "get").steps), { "fetch", "key", "note" })
end)

t.test("a project sets the default of an option by its name", function()
  local changed = recipe.override(sample(), { root = "/cache" }, "pienv.lua", "store")
  t.equal({ changed.options.root.default, changed.options.root.origin }, { "/cache", "pienv.lua" })
end)

t.test("a verb with an unknown step, option or field is an error of the recipe", function()
  local function error_of(spec)
    return failure.from(t.raises(sample, { verbs = { get = spec } })).message
  end
  t.equal(error_of({ steps = { "fecth" } }), "unknown step 'fecth' in verb 'get'")
  t.equal(error_of({ steps = {}, options = { "rot" } }), "unknown option 'rot' in verb 'get'")
  t.equal(error_of({ steps = {}, word = "key" }), "unknown option 'key' in verb 'get'")
  t.equal(error_of({ setps = {} }), "unknown field 'setps' in verb 'get'")
  t.equal(error_of({}), "verb 'get' has no 'steps'")
end)

t.test("a run that does not fail ends with the highest code that its steps gave", function()
  local context = require("pienv.context")
  local base = context.new({})
  context.for_step(base, { step = "a" }):ends_with(10)
  context.for_step(base, { step = "b" }):ends_with(3)
  t.equal(base.exit_code, 10)
end)
