-- Recipes as data: what `pienv.recipe { ... }` and `pienv.project { ... }` accept, and how a project overrides a
-- recipe.
-- Nothing here runs a step or touches the machine.

local command = require("pienv.command")
local declarations = require("pienv.uptodate.declarations")
local flags = require("pienv.cli.flags")
local schema = require("pienv.schema")
local verb = require("pienv.verb")

local M = {}

---@class pienv.step
---@field about? string
---@field needs? string[] steps that must have succeeded before
---@field per? "target" one instance for every target, else one for the run
---@field finally? boolean runs even when what it needs failed
---@field inputs? string[]|fun(s: pienv.context): string[] files that it reads: paths, "src/*.c", "src/" (all in it)
---@field outputs? string[]|fun(s: pienv.context): string[] files that it makes
---@field env? string[] variables that its processes read
---@field run (fun(s: pienv.context): any)|table what it does; a table is a command, as s:run takes it

---@class pienv.option
---@field about? string
---@field type? "string"|"boolean"|"integer"|"list"
---@field env? string variable that sets it; an empty one counts as unset
---@field choices? string[]
---@field default? any value, or function(host) that gives it
---@field bare? string what the option means when it is written without a value, which then needs a "="
---@field missing? string what is said where the command line gives no value

---@class pienv.named_file
---@field target string
---@field file string

---@class pienv.field_origin
---@field chunk string
---@field path string[] where it stands in the table that the chunk returns
---@field value any
---@field over? pienv.field_origin what it replaced, where that was another override

---@class pienv.recipe
---@field name string
---@field chunk string where it was written
---@field about? string
---@field alias? string the recipe that this is another name of; such a recipe has no other field
---@field settings table<string, pienv.option> fields of pienv.lua
---@field options table<string, pienv.option>
---@field policy table<string, function>
---@field check? fun(c: pienv.context)
---@field targets? fun(c: pienv.context): table[]
---@field clean? fun(c: pienv.context): string[] paths that `pienv clean` removes
---@field preview? fun(c: pienv.context): string[] lines that -n shows beside the plan
---@field makes? fun(c: pienv.context): pienv.named_file[] all files that it can make, whatever the options: for `check`
---@field loads? fun(c: pienv.context): pienv.named_file[] all files that it looks for, however they are made
---@field steps table<string, pienv.step>
---@field plain boolean when its steps were checked, none needed another one or a target
---@field origins table<string, pienv.field_origin> fields that a project file gave, by dotted name
---@field logs? boolean false: its runs are not kept below .pienv/runs/
---@field verbs table<string, pienv.verb_spec> with verbs, the first word of the command line names one

local RECIPE = {
  about = "string",
  alias = "string",
  settings = "table",
  options = "table",
  policy = "table",
  check = "function",
  targets = "function",
  clean = "function",
  preview = "function",
  makes = "function",
  loads = "function",
  steps = "table",
  verbs = "table",
  logs = "boolean",
}
local OPTION = {
  about = "string",
  type = "string",
  env = "string",
  choices = "table",
  default = "any",
  bare = "string",
  missing = "string",
}
local STEP = declarations.fields({
  about = "string",
  needs = "table",
  per = "string",
  finally = "boolean",
  run = "function|table",
  extra = "boolean",
})
local EXTRA = declarations.fields({
  about = "string",
  after = "string|table",
  before = "string|table",
  per = "string",
  run = "function|table",
})
local TYPES = { string = true, boolean = true, integer = true, list = true }

local recipe_mark, project_mark = {}, {}

---Marks a table as a recipe; it is checked when it is loaded, where its file is known.
---@param spec table
---@return table spec
function M.recipe(spec)
  return setmetatable(spec, recipe_mark)
end

---Marks a table as a project file's content.
---@param spec table
---@return table spec
function M.project(spec)
  return setmetatable(spec, project_mark)
end

function M.is_recipe(value)
  return getmetatable(value) == recipe_mark
end

function M.is_project(value)
  return getmetatable(value) == project_mark
end

-- The engine's options may stand anywhere on the command line, so a recipe's must have other names.
local function check_free(chunk, name)
  local form = "--" .. name:gsub("_", "-")
  for _, flag in ipairs(flags) do
    if flag.long == form then
      local message = "option '" .. name .. "' has the name of pienv's own option " .. form
      schema.raise(chunk, { "options", name }, { code = "P0206", message = message, hint = "choose another name" })
    end
  end
end

local function check_options(chunk, field, options)
  for _, name in ipairs(schema.names(chunk, { field }, options, "'" .. field .. "'")) do
    local option = options[name]
    local what = (field == "options" and "option '" or "setting '") .. name .. "'"
    if field == "options" then
      check_free(chunk, name)
    end
    schema.fields(chunk, { field, name }, option, OPTION, what)
    if option.type and not TYPES[option.type] then
      schema.unknown(chunk, { field, name, "type" }, "type", option.type, TYPES, what)
    end
  end
end

local function check_needs(chunk, steps, name)
  for _, needed in ipairs(steps[name].needs or {}) do
    if not steps[needed] then
      schema.unknown(chunk, { "steps", name, "needs" }, "step", needed, steps, "needs of step '" .. name .. "'")
    end
  end
end

local function raise_cycle(chunk, path, name)
  local first = 1
  while path[first] ~= name do
    first = first + 1
  end
  local chain = table.concat(path, " -> ", first) .. " -> " .. name
  schema.raise(chunk, { "steps", name }, { code = "P0204", message = "steps need each other: " .. chain })
end

-- Depth-first walk; `path` is the chain of steps that led here; visited[name] is "open" for those on it.
local function check_cycles(chunk, steps, name, visited, path)
  if visited[name] == "open" then
    raise_cycle(chunk, path, name)
  elseif visited[name] then
    return
  end
  path[#path + 1], visited[name] = name, "open"
  for _, needed in ipairs(steps[name].needs or {}) do
    check_cycles(chunk, steps, needed, visited, path)
  end
  path[#path], visited[name] = nil, "done"
end

-- Raises what is wrong with a step; true: none needs another one or a target.
local function check_steps(chunk, steps, origins)
  if declarations.are_plain(steps) then
    return true
  end
  local names, visited = schema.names(chunk, { "steps" }, steps, "'steps'"), {}
  for _, name in ipairs(names) do
    local step = steps[name]
    schema.fields(chunk, { "steps", name }, step, STEP, "step '" .. name .. "'")
    if not step.run then
      schema.raise(chunk, { "steps", name }, { code = "P0202", message = "step '" .. name .. "' has no 'run'" })
    end
    command.check(chunk, origins, name, step.run)
    declarations.check(chunk, name, step)
    if step.per and step.per ~= "target" then
      schema.unknown(chunk, { "steps", name, "per" }, "value", step.per, { "target" }, "'per' of step '" .. name .. "'")
    end
  end
  for _, name in ipairs(names) do
    check_needs(chunk, steps, name)
  end
  for _, name in ipairs(names) do
    if steps[name].needs then -- a cycle is made of steps that need others
      check_cycles(chunk, steps, name, visited, {})
    end
  end
  return false
end

---Checks a recipe's table and gives it its name; raises what is wrong, pointing at the field.
---@param spec table what the file returned
---@param name string
---@param chunk string
---@return pienv.recipe
function M.define(spec, name, chunk)
  if not M.is_recipe(spec) then
    local message = "recipe '" .. name .. "' does not return pienv.recipe { ... }"
    schema.raise(
      chunk,
      {},
      { code = "P0205", message = message, hint = "end the file with: return pienv.recipe { ... }" }
    )
  end
  schema.fields(chunk, {}, spec, RECIPE, "recipe '" .. name .. "'")
  local recipe = { name = name, chunk = chunk, origins = {} }
  for field, value in pairs(spec) do
    recipe[field] = value
  end
  for _, field in ipairs({ "settings", "options", "policy", "steps", "verbs" }) do
    recipe[field] = recipe[field] or {}
  end
  check_options(chunk, "options", recipe.options)
  check_options(chunk, "settings", recipe.settings)
  recipe.plain = check_steps(chunk, recipe.steps, recipe.origins)
  verb.check(recipe)
  return recipe
end

local function copy(value)
  local result = {}
  for key, field in pairs(value) do
    result[key] = field
  end
  return result
end

-- Remembers who gave a field, for `pienv show`: "options.variant.default" -> the place in the project file.
local function note(recipe, field, chunk, path, value)
  recipe.origins[field] = { chunk = chunk, path = path, value = value, over = recipe.origins[field] }
end

-- Hands the overridden function to the new one as its second argument.
local function wrap(new, base)
  return function(input)
    return new(input, base or function() end)
  end
end

local function as_list(value)
  return type(value) == "table" and value or { value }
end

-- An extra step: after = steps it needs, before = steps that then need it too.
local function add_extra(recipe, chunk, path, name, extra)
  local what = "extra step '" .. name .. "'"
  schema.fields(chunk, path, extra, EXTRA, what)
  if recipe.steps[name] then
    schema.raise(
      chunk,
      path,
      { code = "P0206", message = what .. " has the name of a step of '" .. recipe.name .. "'" }
    )
  end
  if not extra.run then
    schema.raise(chunk, path, { code = "P0202", message = what .. " has no 'run'" })
  end
  for _, edge in ipairs({ "after", "before" }) do
    for _, other in ipairs(as_list(extra[edge] or {})) do
      if not recipe.steps[other] then
        schema.unknown(chunk, path, "step", other, recipe.steps, "'" .. edge .. "' of " .. what)
      end
    end
  end
  recipe.steps[name] = { about = extra.about, per = extra.per, needs = as_list(extra.after or {}), run = extra.run }
  recipe.steps[name].extra = true
  declarations.copy(extra, recipe.steps[name])
  note(recipe, "steps." .. name, chunk, path, extra.run)
  for _, other in ipairs(as_list(extra.before or {})) do
    local step = copy(recipe.steps[other])
    step.needs = copy(step.needs or {})
    step.needs[#step.needs + 1] = name
    note(recipe, "steps." .. other .. ".needs", chunk, { path[1], path[2], "extra", name, "before" }, name)
    recipe.steps[other] = step
  end
end

local groups = {}

-- Options, settings and steps: field by field over what the recipe has.
local function merge_group(field, known)
  return function(recipe, chunk, path, overrides)
    for _, name in ipairs(schema.names(chunk, path, overrides, "'" .. field .. "'")) do
      local here = { path[1], path[2], field, name }
      if not recipe[field][name] then
        schema.unknown(chunk, here, field:sub(1, -2), name, recipe[field], "override of recipe '" .. recipe.name .. "'")
      end
      schema.fields(chunk, here, overrides[name], known, field:sub(1, -2) .. " '" .. name .. "'")
      local merged = copy(recipe[field][name])
      for key, value in pairs(overrides[name]) do
        local code = key == "run" and type(value) == "function"
        merged[key] = code and wrap(value, command.as_function(merged.run)) or value
        note(recipe, field .. "." .. name .. "." .. key, chunk, { path[1], path[2], field, name, key }, value)
      end
      merged.origin = overrides[name].default ~= nil and "pienv.lua" or merged.origin
      recipe[field][name] = merged
    end
  end
end

groups.options = merge_group("options", OPTION)
groups.steps = merge_group("steps", STEP)

function groups.extra(recipe, chunk, path, extras)
  for _, name in ipairs(schema.names(chunk, path, extras, "'extra'")) do
    add_extra(recipe, chunk, { path[1], path[2], "extra", name }, name, extras[name])
  end
end

local recipe_functions = { check = true, targets = true, clean = true, preview = true, makes = true, loads = true }

-- A single name: a function of the recipe, a setting, or a policy.
local function override_name(recipe, chunk, path, value)
  local name = path[3]
  local is_function = recipe_functions[name] or recipe.policy[name] and not recipe.settings[name]
  if is_function and type(value) ~= "function" then
    local message = "override of '" .. name .. "' must be a function, got " .. type(value)
    schema.raise(chunk, path, { code = "P0202", message = message })
  elseif recipe_functions[name] then
    recipe[name] = wrap(value, recipe[name])
    note(recipe, name, chunk, path, value)
  elseif recipe.settings[name] then
    note(recipe, "settings." .. name .. ".default", chunk, path, value)
    local setting = copy(recipe.settings[name])
    setting.default, setting.origin = value, "pienv.lua"
    recipe.settings[name] = setting
  elseif recipe.policy[name] then
    note(recipe, "policy." .. name, chunk, path, value)
    recipe.policy[name] = wrap(value, recipe.policy[name])
  elseif recipe.options[name] then -- its default
    groups.options(recipe, chunk, { path[1], path[2] }, { [name] = { default = value } })
    recipe.origins["options." .. name .. ".default"].path = path
  else
    return false
  end
  return true
end

local function known_names(recipe)
  local names = { "check", "targets", "clean", "preview", "makes", "loads", "options", "steps", "extra" }
  for _, field in ipairs({ "settings", "policy", "options" }) do
    for name in pairs(recipe[field]) do
      names[#names + 1] = name
    end
  end
  return names
end

---Applies one table of overrides to a recipe; the recipe given stays as it is.
---@param recipe pienv.recipe
---@param overrides table
---@param chunk string of the project file
---@param scope string the recipe's name, or "*": there unknown names are left to the caller
---@return pienv.recipe overridden
---@return string[] unknown names that this recipe does not have
function M.override(recipe, overrides, chunk, scope)
  local result, unknown = copy(recipe), {}
  for _, field in ipairs({ "options", "settings", "policy", "steps", "origins" }) do
    result[field] = copy(recipe[field])
  end
  local what = "override of recipe '" .. scope .. "'"
  for _, name in ipairs(schema.names(chunk, { "override", scope }, overrides, what)) do
    local path = { "override", scope, name }
    if groups[name] then
      groups[name](result, chunk, path, overrides[name])
    elseif not override_name(result, chunk, path, overrides[name]) then
      unknown[#unknown + 1] = name
      if scope ~= "*" then
        schema.unknown(chunk, path, "name", name, known_names(recipe), what)
      end
    end
  end
  result.plain = check_steps(chunk, result.steps, result.origins)
  return result, unknown
end

return M
