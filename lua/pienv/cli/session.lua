-- What a command works on: the folder, the project, the environment, the user interface.

local env = require("pienv.env")
local failure = require("pienv.failure")
local fs = require("pienv.fs")
local path = require("pienv.path")
local presence = require("pienv.presence")
local project = require("pienv.project")
local schema = require("pienv.schema")

local M = {}

---@class pienv.session
---@field line pienv.line
---@field folder string absolute: where the command works
---@field env table<string, string> without empty variables
---@field ui pienv.ui
---@field own? table<string, any> values of the command's own options

-- An empty variable counts as unset.
local function filled(variables)
  local result = {}
  for name, value in pairs(variables) do
    result[name] = value ~= "" and value or nil
  end
  return result
end

---@param line pienv.line
---@return pienv.session
function M.new(line)
  local given = line.engine.directory
  local folder, err = fs.realpath(given or ".")
  if not folder then
    local hint = given and "check -C" or "the folder that you are in is gone: go to another one, or name one with -C"
    failure.raise({ code = "P0104", message = err, hint = hint })
  end
  local variables = filled(env.all())
  local engine = line.engine
  local ui = require("pienv.ui").new({
    quiet = engine.quiet,
    verbose = engine.verbose,
    json = engine.json,
    color = engine.color,
    show = engine.show,
    log_order = engine.log_order,
    env = variables,
  })
  return { line = line, folder = folder, env = variables, ui = ui }
end

---Opens the project of the session's folder.
---@param session pienv.session
---@return pienv.project
function M.project(session)
  local engine = session.line.engine
  local config = engine.config and path.absolute(engine.config, fs.cwd() or ".")
  return project.open(session.folder, {
    config = config,
    no_config = engine.no_config,
    trust = engine.trust,
    unvouched = engine.unvouched,
  })
end

---Takes the word that names a recipe out of the rest.
---@param session pienv.session
---@return string
function M.recipe_word(session)
  local word = table.remove(session.line.rest, 1)
  return word
    or failure.raise({
      code = "P0101",
      message = session.line.word .. " which recipe?",
      hint = "pienv " .. session.line.word .. " NAME; pienv list shows names",
    })
end

---Loads the recipe that a word of the command line means: a name, or a path (a missing `recipes/NAME.lua` means NAME).
---@param session pienv.session
---@param opened pienv.project
---@param word string
---@return pienv.recipe
function M.recipe(session, opened, word)
  if not (word:find("/", 1, true) or word:match("%.lua$")) then
    return project.load(opened, word, { also = schema.sorted(require("pienv.cli.verbs").verbs) })
  end
  local name = path.basename(word):gsub("%.lua$", "")
  for _, base in ipairs({ session.folder, opened.root }) do
    local file = path.absolute(word, base)
    if not opened.recipes_dir and path.dirname(file) == path.join(opened.root, "recipes") then
      break -- --no-config: recipes/NAME.lua of the tree is not meant, the stock one is
    end
    if presence.stat(file) then
      return project.load(opened, name, { file = file })
    end
  end
  if word:match("^%.?/?recipes/[%w_-]+%.lua$") and project.exists(opened, name) then
    return project.load(opened, name)
  end
  failure.raise({
    code = "P0102",
    message = "no such recipe file: " .. word,
    hint = "pienv list shows the recipes of this project",
  })
end

return M
