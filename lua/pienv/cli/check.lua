-- pienv check [RECIPE]: problems that can be proved without running anything, each with a rule, a place and a next
-- step. Exit code 1 when there are some.

local check = require("pienv.check")
local failure = require("pienv.failure")
local json = require("pienv.json")
local project = require("pienv.project")
local rules = require("pienv.check.rules")
local run = require("pienv.cli.run")
local schema = require("pienv.schema")
local sessions = require("pienv.cli.session")
local source = require("pienv.source")

local M = {}

-- What is proved must not depend on who asks: recipes see no variables.
local function without_environment(session)
  return setmetatable({ env = {} }, { __index = session })
end

local function recipe_names(opened, word)
  if word then
    return { word }
  end
  local list = {}
  for i, row in ipairs(project.recipes(opened)) do
    list[i] = row.name
  end
  return list
end

local function examine(session, opened, word)
  local quiet = without_environment(session)
  local self = check.new({
    opened = opened,
    commands = require("pienv.cli.verbs").verbs,
    context = function(recipe)
      return run.context(quiet, opened, recipe, {})
    end,
  })
  if word and not project.exists(opened, word) then
    sessions.recipe(session, opened, word) -- raises, with a suggestion
  end
  local recipes = {}
  for _, name in ipairs(recipe_names(opened, word)) do
    local recipe = self:load(name)
    if recipe then
      self:recipe(recipe)
      recipes[#recipes + 1] = recipe
    end
  end
  for _, name in ipairs(word and recipe_names(opened) or {}) do -- what one makes, others must find
    local ok, other = pcall(project.load, opened, name)
    recipes[#recipes + 1] = ok and name ~= word and other or nil
  end
  self:names(recipes)
  for _, file in ipairs(self:sources(word)) do
    self:source(file)
  end
  return self, #recipe_names(opened, word)
end

-- A project file that cannot be loaded is one problem, and no recipe can be looked at.
local function open(session)
  local ok, opened = pcall(sessions.project, session)
  if ok then
    return opened
  end
  local self = check.new({})
  self:add_failure(opened)
  return nil, self
end

local function sorted(problems)
  local function key(problem)
    return ("%s\0%09d\0%05d"):format(problem.file or "", problem.line or 0, problem.column or 0)
  end
  table.sort(problems, function(a, b)
    return key(a) < key(b) or key(a) == key(b) and a.message < b.message
  end)
  return problems
end

local function write_json(opened, problems, files)
  local rows = {}
  for i, problem in ipairs(problems) do
    rows[i] = {
      rule = problem.code,
      message = problem.message,
      file = problem.file and source.display(problem.file),
      line = problem.line,
      column = problem.column,
      hint = problem.hint or problem.label,
    }
  end
  local document = { v = 1, type = "check", root = opened and opened.root, files = files, problems = json.array(rows) }
  io.stdout:write(json.encode(json.readable(document)), "\n")
end

local function plural(count, word)
  return ("%d %s%s"):format(count, word, count == 1 and "" or "s")
end

local function write_text(problems, files, recipes)
  for _, problem in ipairs(problems) do
    io.stdout:write(failure.render(problem), "\n")
  end
  local count = #problems == 0 and "no problems" or plural(#problems, "problem")
  io.stdout:write(("%s: %s, %s\n"):format(count, plural(recipes, "recipe"), plural(files, "Lua file")))
end

local function write_rules(session)
  if session.line.engine.json then
    local rows = {}
    for i, rule in ipairs(schema.sorted(rules.about)) do
      rows[i] = { rule = rule, about = rules.about[rule] }
    end
    io.stdout:write(json.encode({ v = 1, type = "rules", rules = json.array(rows) }), "\n")
    return 0
  end
  for _, rule in ipairs(schema.sorted(rules.about)) do
    io.stdout:write(("%-18s %s\n"):format(rule, rules.about[rule]))
  end
  return 0
end

function M.run(session)
  if session.own.rules then
    return write_rules(session)
  end
  local opened, self = open(session)
  local recipes = 0
  if opened then
    self, recipes = examine(session, opened, session.line.rest[1])
  end
  local problems = sorted(self.problems)
  if session.line.engine.json then
    write_json(opened, problems, self.files)
  else
    write_text(problems, self.files, recipes)
  end
  return #problems == 0 and 0 or 1
end

return M
