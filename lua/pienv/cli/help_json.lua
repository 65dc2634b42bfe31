-- Help for programs: the tables of the command line, of a recipe, and of an error code as documents.

local json = require("pienv.json")
local schema = require("pienv.schema")

local M = {}

local function write(document)
  document.v = 1
  io.stdout:write(json.encode(json.readable(document)), "\n")
  return 0
end

-- A default that is text, a number, a boolean or a list; what is found out when asked has none to show.
local function default_of(value)
  if type(value) == "table" then
    return json.array({ table.unpack(value) })
  end
  return type(value) ~= "function" and value or nil
end

local function options(declared)
  local rows = {}
  for i, name in ipairs(schema.sorted(declared or {})) do
    local spec = declared[name]
    rows[i] = {
      name = name,
      about = spec.about,
      type = spec.type or "string",
      choices = spec.choices and json.array({ table.unpack(spec.choices) }),
      variable = spec.env,
      default = default_of(spec.default),
    }
  end
  return json.array(rows)
end

local function command(name, verb)
  return {
    name = name,
    usage = verb.usage,
    about = verb.about,
    writes = verb.writes or false,
    options = options(verb.options),
  }
end

---Everything at once: commands, pienv's own options, exit codes, the names of error codes.
---@param verbs table<string, pienv.verb>
---@return integer
function M.all(verbs)
  local commands, flags, exits = {}, {}, {}
  for i, name in ipairs(schema.sorted(verbs)) do
    commands[i] = command(name, verbs[name])
  end
  for i, flag in ipairs(require("pienv.cli.flags")) do
    flags[i] = { short = flag.short, long = flag.long, value = flag.value, about = flag.about, choices = flag.choices }
  end
  for i, row in ipairs(require("pienv.cli.exits")) do
    exits[i] = { code = row[1], about = row[2] }
  end
  local errors = schema.sorted(require("pienv.cli.codes"))
  return write({ type = "help", commands = commands, options = flags, exits = exits, errors = errors })
end

---@param name string
---@param verb pienv.verb
---@return integer
function M.command(name, verb)
  local document = command(name, verb)
  document.type = "help_command"
  return write(document)
end

local function abouts(list)
  local rows = {}
  for i, name in ipairs(schema.sorted(list)) do
    rows[i] = { name = name, about = list[name].about }
  end
  return json.array(rows)
end

local function settings(recipe)
  local rows = abouts(recipe.settings)
  for _, row in ipairs(rows) do
    row.default = default_of(recipe.settings[row.name].default)
  end
  return rows
end

local function steps(recipe)
  local rows = abouts(recipe.steps)
  for _, row in ipairs(rows) do
    row.per = recipe.steps[row.name].per
  end
  return rows
end

---@param recipe pienv.recipe
---@return integer
function M.recipe(recipe)
  return write({
    type = "help_recipe",
    name = recipe.name,
    about = recipe.about,
    word = recipe.word,
    verbs = abouts(recipe.verbs),
    options = options(recipe.options),
    settings = settings(recipe),
    steps = steps(recipe),
  })
end

---@param name string "P0203"
---@param code pienv.code
---@param exit integer
---@return integer
function M.code(name, code, exit)
  return write({
    type = "help_code",
    code = name,
    title = code.title,
    exit = exit,
    cause = code.cause,
    example = code.example,
    next = code.next,
  })
end

return M
