-- The whole loading policy of one package as a table of texts, numbers and lists: what a generated loader carries as
-- JSON. The file names are all in it, because a project's own name policy is a function. Pure.

local addon = require("recipes.addon")
local loading = require("recipes.addon.loading")
local places = require("recipes.addon.places")
local texts = require("recipes.addon.texts")

local M = {}

---@class addon.policy_input
---@field settings table<string, any> those of recipes/addon.lua and of loading.lua
---@field package string name of the npm package
---@field version string
---@field filename? fun(target: addon.target): string the project's file name policy

-- File names by the verdict: { modern = { ... }, baseline = { ... }, default = { "addon.linux-x64.node" } }.
local function names_of(input, platform, arch)
  local settings = input.settings
  local target = { addon = settings.addon, platform = platform, arch = arch, variants = settings.variants }
  target.filename = input.filename
  local names = { default = addon.candidates(target) }
  for _, variant in ipairs(arch == "x64" and addon.variant_names(settings.variants) or {}) do
    target.variant = variant
    names[variant] = addon.candidates(target)
  end
  return names
end

local function targets_of(input)
  local targets = {}
  for _, tag in ipairs(input.settings.tags) do
    local platform, arch = tag:match("^([^-]+)-([^-]+)$")
    targets[tag] = {
      names = names_of(input, platform, arch),
      leaf = places.leaf({ leaf = input.settings.leaf, package = input.package, tag = tag }),
    }
  end
  return targets
end

-- An empty list would become an object.
local function unless_empty(list)
  return #list > 0 and list or nil
end

local function variants_of(variants)
  local list = {}
  for i, name in ipairs(addon.variant_names(variants)) do
    list[i] = { name = name, level = variants[name].level }
  end
  return unless_empty(list)
end

---@param input addon.policy_input
---@return table? data empty lists are left out; rules and forms are those of their modules, not to be changed
---@return string? err
function M.data(input)
  local settings = input.settings
  local variables, err = loading.names(settings.variables)
  if not variables then
    return nil, err
  end
  local wanted, stem = addon.sentinel({ sentinel = settings.sentinel, version = input.version })
  return {
    package = input.package,
    version = input.version,
    addon = settings.addon,
    app = settings.app,
    hook = settings.hook,
    minimal_abi = unless_empty(settings.minimal_abi),
    sentinel = { wanted = wanted, stem = stem },
    commands = {
      install = loading.fill(settings.install_command, { package = input.package, version = input.version }),
      build = loading.fill(settings.build_command, { folder = settings.package }),
      download = settings.download,
    },
    variables = variables,
    variants = variants_of(settings.variants), -- the most demanding first
    tags = settings.tags,
    targets = targets_of(input),
    rules = loading.rules,
    forms = texts.forms,
    steps = texts.steps,
  }
end

return M
