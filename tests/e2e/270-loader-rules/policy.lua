-- policy.lua CASES [SETTINGS]: what pienv's policy answers to each case, a line each.

local addon = require("recipes.addon")
local embedded = require("recipes.addon.embedded")
local json = require("pienv.json")
local loading = require("recipes.addon.loading")
local memos = require("recipes.addon.memo")
local paths = require("recipes.addon.paths")
local places = require("recipes.addon.places")
local staging = require("recipes.addon.staging")
local texts = require("recipes.addon.texts")
local versions = require("recipes.addon.version")

local VERSION, PACKAGE = "1.0.0", "@acme/x"

local cases_file, settings_file = ...

local settings = {}
for _, shared in ipairs({ addon.settings, loading.settings }) do
  for name, setting in pairs(shared) do
    settings[name] = setting.default
  end
end
for name, value in pairs(settings_file and dofile(settings_file) or {}) do
  settings[name] = value
end

-- Everything of the project that one of the functions may ask for.
local function given(input)
  local wanted, stem = addon.sentinel({ sentinel = settings.sentinel, version = VERSION })
  local all = {
    package = PACKAGE,
    version = VERSION,
    variables = assert(loading.names(settings.variables)),
    wanted = wanted,
    stem = stem,
    sentinel = wanted,
    abi = settings.minimal_abi,
    folder = settings.package,
  }
  for _, name in ipairs({ "addon", "app", "variants", "tags", "install_command", "build_command", "download" }) do
    all[name] = settings[name]
  end
  for name, value in pairs(input) do
    all[name] = value
  end
  return all
end

local rules = {
  tag = addon.tag,
  filenames = addon.candidates,
  variant = places.variant,
  candidates = places.candidates,
  failure = texts.failure,
  version_text = texts.version,
  asks_disk = versions.asks_disk,
  memo_text = memos.text,
}

function rules.leaf(input)
  return places.leaf({ leaf = settings.leaf, package = PACKAGE, tag = addon.tag(input) })
end

function rules.is_absolute(input)
  return paths.is_absolute(input.platform, input.path)
end

function rules.mode(input)
  return places.mode(input).mode
end

function rules.folders(input)
  function input.exists(folder)
    for _, one in ipairs(input.existing) do
      if one == folder then
        return true
      end
    end
    return false
  end
  return places.folders(input)
end

function rules.choose(input)
  local file, reason = embedded.choose(input)
  return { file = file, reason = reason }
end

function rules.is_safe(input)
  return embedded.is_safe(input.name)
end

function rules.freshness(input)
  return (embedded.freshness(input))
end

function rules.memo_parse(input)
  local memo = memos.parse(input.text)
  for _, stat in ipairs(memo and { memo.file, memo.source } or {}) do
    stat.type = nil
  end
  return memo
end

function rules.staging(input)
  return (staging.decide(input))
end

function rules.verdict(input)
  local verdict, resident = versions.verdict(input)
  return { verdict = verdict, resident = resident }
end

function rules.is_older(input)
  return versions.is_older(input.older, input.own)
end

function rules.stale(input)
  return json.array(versions.stale(input))
end

-- All combinations of a value for each field, in the order of the names; null leaves the field out.
local function combinations(each)
  local names, inputs = {}, { {} }
  for name in pairs(each) do
    names[#names + 1] = name
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local longer = {}
    for _, input in ipairs(inputs) do
      for _, value in ipairs(each[name]) do
        local copy = {}
        for key, known in pairs(input) do
          copy[key] = known
        end
        if value ~= json.null then
          copy[name] = value
        end
        longer[#longer + 1] = copy
      end
    end
    inputs = longer
  end
  return inputs
end

local file = assert(io.open(cases_file))
local cases = assert(json.decode(file:read("a")))
file:close()
for i, case in ipairs(cases) do
  local rule = rules[case.rule] or error("no rule " .. case.rule)
  for k, input in ipairs(combinations(case.each)) do
    print(case.rule, i, k, json.encode({ answer = rule(given(input)) }))
  end
end
