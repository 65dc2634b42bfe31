-- What a command works on: the folder, the project, the environment, the user interface.

local env = require("pienv.env")
local failure = require("pienv.failure")
local fs = require("pienv.fs")
local path = require("pienv.path")
local project = require("pienv.project")

local M = {}

---@class pienv.session
---@field line pienv.line
---@field folder string absolute: where the command works
---@field env table<string, string> without empty variables
---@field ui pienv.ui

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
  local folder, err = fs.realpath(path.absolute(line.engine.directory or ".", assert(fs.cwd())))
  if not folder then
    failure.raise({ code = "P0104", message = err, hint = "check -C" })
  end
  local variables = filled(env.all())
  local engine = line.engine
  local ui = require("pienv.ui").new({
    quiet = engine.quiet,
    verbose = engine.verbose,
    json = engine.json,
    color = engine.color,
    env = variables,
  })
  return { line = line, folder = folder, env = variables, ui = ui }
end

---Opens the project of the session's folder.
---@param session pienv.session
---@return pienv.project
function M.project(session)
  local engine = session.line.engine
  local config = engine.config and path.absolute(engine.config, assert(fs.cwd()))
  return project.open(session.folder, { config = config, no_config = engine.no_config, trust = engine.trust })
end

---Loads the recipe that a word of the command line means: a name, or a path (a missing `recipes/NAME.lua` means NAME).
---@param session pienv.session
---@param opened pienv.project
---@param word string
---@return pienv.recipe
function M.recipe(session, opened, word)
  if not (word:find("/", 1, true) or word:match("%.lua$")) then
    return project.load(opened, word)
  end
  local name = path.basename(word):gsub("%.lua$", "")
  for _, base in ipairs({ session.folder, opened.root }) do
    local file = path.absolute(word, base)
    if not opened.recipes_dir and path.dirname(file) == path.join(opened.root, "recipes") then
      break -- --no-config: recipes/NAME.lua of the tree is not meant, the stock one is
    end
    if fs.stat(file) then
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
