-- Verbs of a recipe: `pienv cache populate`. A verb is a part of the recipe's graph with a name: some steps, with
-- everything they need, and the options that concern them. Overrides know the recipe only; the verb is cut out after.

local failure = require("pienv.failure")
local schema = require("pienv.schema")
local suggest = require("pienv.suggest")

local M = {}

---@class pienv.verb_spec an entry of a recipe's `verbs`
---@field about? string
---@field steps string[] what it runs, with what these need
---@field options? string[] names of the recipe's options that it takes; all without
---@field word? string name of the option that words without a name are values of

local VERB = { about = "string", steps = "table", options = "table", word = "string" }

local function check_names(chunk, path, names, known, kind, what)
  for _, name in ipairs(names) do
    if not known[name] then
      schema.unknown(chunk, path, kind, name, known, what)
    end
  end
end

---Checks the verbs of a recipe whose options and steps are in order; raises what is wrong, pointing at the field.
---@param recipe pienv.recipe
function M.check(recipe)
  local chunk = recipe.chunk
  for _, name in ipairs(schema.names(chunk, { "verbs" }, recipe.verbs, "'verbs'")) do
    local verb, path, what = recipe.verbs[name], { "verbs", name }, "verb '" .. name .. "'"
    schema.fields(chunk, path, verb, VERB, what)
    if not verb.steps then
      schema.raise(chunk, path, { code = "P0202", message = what .. " has no 'steps'" })
    end
    check_names(chunk, { "verbs", name, "steps" }, verb.steps, recipe.steps, "step", what)
    check_names(chunk, { "verbs", name, "options" }, verb.options or {}, recipe.options, "option", what)
    check_names(chunk, { "verbs", name, "word" }, { verb.word }, recipe.options, "option", what)
  end
end

-- The steps of the list and all that they need.
local function closure(steps, names, found)
  for _, name in ipairs(names) do
    if not found[name] then
      found[name] = steps[name]
      closure(steps, steps[name].needs or {}, found)
    end
  end
  return found
end

-- What a project added after steps of the verb belongs to it too.
local function add_extra(steps, found)
  local changed
  repeat
    changed = false
    for name, step in pairs(steps) do
      local inside = step.extra and not found[name] and #(step.needs or {}) > 0
      for _, needed in ipairs(inside and step.needs or {}) do
        inside = inside and found[needed] ~= nil
      end
      if inside then
        found[name], changed = step, true
      end
    end
  until not changed
  return found
end

local function only(options, names)
  local kept = {}
  for _, name in ipairs(names) do
    kept[name] = options[name]
  end
  return kept
end

local function unknown(recipe, word)
  local close = word and suggest.closest(word, recipe.verbs)
  local known = table.concat(schema.sorted(recipe.verbs), ", ")
  failure.raise({
    code = "P0101",
    message = word and ("'%s' is no verb of recipe '%s'"):format(word, recipe.name)
      or ("recipe '%s' needs a verb: %s"):format(recipe.name, known),
    hint = close and "did you mean '" .. close .. "'?" or "pienv " .. recipe.name .. " --help",
  })
end

---The part of a recipe that a verb means, as a recipe of its own.
---@param recipe pienv.recipe
---@param word? string
---@return pienv.recipe
function M.select(recipe, word)
  local verb = word and recipe.verbs[word] or unknown(recipe, word)
  local part = {}
  for field, value in pairs(recipe) do
    part[field] = value
  end
  part.verb, part.verbs, part.word = word, {}, verb.word
  part.name, part.about = recipe.name .. " " .. word, verb.about or recipe.about
  part.steps = add_extra(recipe.steps, closure(recipe.steps, verb.steps, {}))
  part.options = verb.options and only(recipe.options, verb.options) or recipe.options
  return part
end

---The recipe that the command line means: the recipe itself, or the part that its first word names, which is taken out.
---@param recipe pienv.recipe
---@param rest string[] words of the command line; changed
---@param asks_help? boolean without a verb the whole recipe is meant
---@return pienv.recipe
function M.take(recipe, rest, asks_help)
  if not next(recipe.verbs) or asks_help and not rest[1] then
    return recipe
  end
  return M.select(recipe, table.remove(rest, 1))
end

return M
