-- Recipes as data: what is accepted, what is refused and where the error points, how overrides work.

local failure = require("pienv.failure")
local plan = require("pienv.plan")
local recipe = require("pienv.recipe")
local source = require("pienv.source")
local t = require("pienv.test")

local function nothing() end

local function define(spec)
  return recipe.define(recipe.recipe(spec), "sample", "sample.lua")
end

-- Loads a text as a recipe file and returns the rendered error.
local function error_of(text)
  source.register("sample.lua", text)
  local spec = load(text, "@sample.lua", "t", { pienv = recipe, print = print })()
  return failure.render(failure.from(t.raises(recipe.define, spec, "sample", "sample.lua")))
end

t.test("an unknown field is an error at its line and column, with a suggestion", function()
  t.equal(
    error_of("return pienv.recipe {\n  steps = {\n    install = { run = print } },\n  abuot = '' }"),
    "error[P0203]: unknown field 'abuot' in recipe 'sample'\n"
      .. "  --> sample.lua:4:3\n"
      .. "    4 |   abuot = '' }\n"
      .. "      |   ^^^^^ did you mean 'about'?"
  )
  t.contains(
    error_of("return pienv.recipe {\n  steps = {\n    install = { run = print,\n      nedes = {} } } }"),
    "--> sample.lua:4:7\n    4 |       nedes = {} } } }\n      |       ^^^^^ did you mean 'needs'?"
  )
end)

t.test("a step that needs an unknown step is an error with a suggestion", function()
  local text = "return pienv.recipe { steps = { a = { run = print }, compile = { needs = {'aa'}, run = print } } }"
  t.contains(error_of(text), "unknown step 'aa' in needs of step 'compile'")
  t.contains(error_of(text), "did you mean 'a'?")
end)

t.test("steps that need each other are an error that shows the circle", function()
  local text =
    "return pienv.recipe { steps = { a = { needs = {'b'}, run = print }, b = { needs = {'a'}, run = print } } }"
  t.contains(error_of(text), "steps need each other: a -> b -> a")
end)

t.test("what leads to a circle is no part of it", function()
  t.contains(
    error_of(
      "return pienv.recipe { steps = { a = { needs = {'b'}, run = print },"
        .. " b = { needs = {'c'}, run = print }, c = { needs = {'b'}, run = print } } }"
    ),
    "steps need each other: b -> c -> b"
  )
end)

t.test("types of options and 'per' of steps are words that are known", function()
  t.contains(
    error_of("return pienv.recipe { options = { a = { type = 'int' } }, steps = { s = { run = print } } }"),
    "unknown type 'int'"
  )
  local per = error_of("return pienv.recipe { steps = { s = { per = 'targets', run = print } } }")
  t.contains(per, "unknown value 'targets' in 'per' of step 's'")
  t.contains(per, "did you mean 'target'?")
end)

t.test("an override of a setting is another default", function()
  local base = define({ settings = { size = { default = 1 } }, steps = { s = { run = nothing } } })
  local changed = recipe.override(base, { size = 2 }, "p.lua", "sample")
  t.equal({ changed.settings.size.default, changed.settings.size.origin }, { 2, "pienv.lua" })
  t.equal(base.settings.size.default, 1)
end)

t.test("an extra step stands before or after steps that are there", function()
  local base = define({ steps = { first = { run = nothing } } })
  local extra = { extra = { more = { after = "frist", run = nothing } } }
  local raised = t.raises(recipe.override, base, extra, "p.lua", "sample")
  t.contains(failure.render(failure.from(raised)), "did you mean 'first'?")
end)

t.test("wrong types name the field and both types", function()
  t.contains(
    error_of("return pienv.recipe { steps = { a = { run = 'x' } } }"),
    "field 'run' of step 'a' must be a function|table, got string"
  )
  t.contains(error_of("return pienv.recipe { steps = { a = {} } }"), "step 'a' has no 'run'")
  t.contains(error_of("return { }"), "does not return pienv.recipe { ... }")
end)

t.test("steps and options must have names, and not those of pienv's own options", function()
  t.contains(error_of("return pienv.recipe { steps = { { run = print } } }"), "entry 1 of 'steps' has no name")
  t.contains(
    error_of("return pienv.recipe { options = { dry_run = {} } }"),
    "has the name of pienv's own option --dry-run"
  )
end)

t.test("what a step has from another one by a metatable is checked, too", function()
  local function refused(step, of, said)
    setmetatable(step, { __index = of })
    t.contains(failure.render(failure.from(t.raises(define, { steps = { a = step } }))), said)
  end
  refused({ run = nothing }, { needs = { "missing" } }, "unknown step 'missing'")
  refused({ run = nothing }, { needs = { "a" } }, "need each other: a -> a")
  refused({ run = nothing, inputs = { "x" } }, { finally = true }, "always runs")
  local list = setmetatable({}, {
    __index = { 42 },
    __len = function()
      return 1
    end,
  })
  t.contains(
    failure.render(failure.from(t.raises(define, { steps = { a = { run = nothing, inputs = list } } }))),
    "entry 1 of 'inputs'"
  )
  t.equal(define({ steps = { a = setmetatable({ run = nothing }, { __index = { per = "target" } }) } }).plain, false)
  t.equal(define({ steps = { a = { run = nothing }, b = { run = nothing, finally = true } } }).plain, true)
end)

t.test("an override gets the base function, and the original recipe stays", function()
  local function filename(x)
    return "a" .. x
  end
  local base = define({ policy = { filename = filename }, steps = { s = { run = nothing } } })
  local function shout(x, original)
    return original(x) .. "!"
  end
  local changed = recipe.override(base, { filename = shout }, "p.lua", "sample")
  t.equal(changed.policy.filename("b"), "ab!")
  t.equal(base.policy.filename("b"), "ab")
end)

-- An override of step s that appends a letter to what the base returns.
local function appending(letter)
  return { steps = {
    s = {
      run = function(s, base)
        return base(s) .. letter
      end,
    },
  } }
end

t.test("overrides stack: the last one wraps the one before", function()
  local base = define({ steps = { s = {
    run = function(s)
      return s .. "1"
    end,
  } } })
  local twice = recipe.override(base, appending("2"), "p.lua", "sample")
  local thrice = recipe.override(twice, appending("3"), "p.lua", "sample")
  t.equal(thrice.steps.s.run("0"), "0123")
end)

t.test("overriding an unknown step, option or name is an error with a suggestion", function()
  local base = define({
    options = { variant = {} },
    policy = { filename = nothing },
    steps = { install = { run = nothing } },
  })
  local function message(overrides)
    return failure.render(t.raises(recipe.override, base, overrides, "p.lua", "sample"))
  end
  local instal = message({ steps = { instal = { run = nothing } } })
  t.contains(instal, "unknown step 'instal' in override of recipe 'sample'")
  t.contains(instal, "did you mean 'install'?")
  t.contains(message({ options = { varient = {} } }), "unknown option 'varient'")
  t.contains(message({ filenme = nothing }), "unknown name 'filenme'")
end)

t.test("an extra step is put between others", function()
  local base = define({ steps = { strip = { run = nothing }, install = { needs = { "strip" }, run = nothing } } })
  local extra = { sign = { after = "strip", before = "install", run = nothing } }
  local changed = recipe.override(base, { extra = extra }, "p.lua", "sample")
  t.equal(changed.steps.install.needs, { "strip", "sign" })
  t.equal(changed.steps.sign.needs, { "strip" })
  t.equal(base.steps.install.needs, { "strip" })
  local clash = t.raises(recipe.override, base, { extra = { strip = { run = nothing } } }, "p.lua", "sample")
  t.contains(clash.message, "has the name of a step")
end)

t.test("a plan has one instance a target, and needs stay within a target", function()
  local base = define({
    steps = {
      compile = { per = "target", run = nothing },
      install = { per = "target", needs = { "compile" }, run = nothing },
      report = { needs = { "install" }, run = nothing },
    },
  })
  local ids, needs = {}, {}
  for i, instance in ipairs(plan.make(base, { { id = "modern" }, { id = "baseline" } })) do
    ids[i], needs[instance.id] = instance.id, {}
    for k, needed in ipairs(instance.needs) do
      needs[instance.id][k] = needed.id
    end
  end
  t.equal(ids, { "compile[modern]", "compile[baseline]", "install[modern]", "install[baseline]", "report" })
  t.equal(needs["install[baseline]"], { "compile[baseline]" })
  t.equal(needs.report, { "install[modern]", "install[baseline]" })
end)

t.test("overrides of the wrong form are refused by name", function()
  local base = define({ policy = { filename = nothing }, options = { o = {} }, steps = { s = { run = nothing } } })
  local function refusal(overrides)
    return failure.from(t.raises(recipe.override, base, overrides, "p.lua", "sample")).message
  end
  t.equal(refusal(5), "override of recipe 'sample' must be a table, got number")
  t.equal(refusal({ {} }), "entry 1 of override of recipe 'sample' has no name")
  t.equal(refusal({ filename = 5 }), "override of 'filename' must be a function, got number")
  t.equal(refusal({ check = 5 }), "override of 'check' must be a function, got number")
  t.equal(refusal({ options = { {}, o = {} } }), "entry 1 of 'options' has no name")
  t.equal(refusal({ steps = 5 }), "'steps' must be a table, got number")
  t.equal(refusal({ steps = { s = { needs = { 5 } } } }), "unknown step '5' in needs of step 's'")
  t.equal(refusal({ extra = { x = { after = "s" } } }), "extra step 'x' has no 'run'")
end)
