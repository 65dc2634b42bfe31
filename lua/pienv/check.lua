-- Proves what can be proved of a project without running a step: everything that loading its files tells, names of
-- files, and calls in its Lua text. Collects problems instead of stopping at the first.

local failure = require("pienv.failure")
local names = require("pienv.check.names")
local path = require("pienv.path")
local presence = require("pienv.presence")
local project = require("pienv.project")
local results = require("pienv.check.results")
local rules = require("pienv.check.rules")
local schema = require("pienv.schema")
local source = require("pienv.source")

local M = {}

---@class pienv.check
---@field opened pienv.project
---@field context fun(recipe: pienv.recipe): pienv.context
---@field commands table<string, any> names that recipes should not have
---@field problems pienv.failure[] with the rule as `code`
---@field seen table<string, boolean>
---@field files integer Lua files that were looked at
local check = {}
check.__index = check

---@param fields table opened, context, commands
---@return pienv.check
function M.new(fields)
  fields.problems, fields.seen, fields.files = {}, {}, 0
  return setmetatable(fields, check)
end

-- Adds a problem once: pienv.lua is looked at again for each recipe.
local function add(self, fields)
  local key =
    table.concat({ fields.code, fields.file or "", fields.line or "", fields.column or "", fields.message }, "\0")
  if not self.seen[key] then
    self.seen[key] = true
    self.problems[#self.problems + 1] = failure.new(fields)
  end
end

-- Codes that are no finding about the project's text: it may not be loaded, or the command line is wrong.
local function is_finding(raised)
  return failure.is(raised) and raised.exit == 3 and raised.code ~= "P0210" and raised.code ~= "P0211"
end

---Adds what loading raised; raises on what is no finding.
---@param raised any
---@param recipe? string
function check:add_failure(raised, recipe)
  if not is_finding(raised) then
    error(raised, 0)
  end
  add(self, {
    code = rules.of_code[raised.code] or "lua-error",
    message = raised.message,
    file = raised.file,
    line = raised.line,
    column = raised.column,
    length = raised.length,
    label = raised.label,
    hint = raised.hint,
    recipe = recipe,
  })
end

-- Takes the unknown name out of the table that it stands in, so that the next one is found. False: it cannot be.
local function prune(root, raised)
  local holder = root
  for i = 1, #raised.path - 1 do
    holder = type(holder) == "table" and holder[raised.path[i]] or nil
  end
  local key = raised.path[#raised.path]
  if type(holder) ~= "table" or holder[key] == nil then
    return false
  elseif key == raised.name then
    holder[key] = nil
    return true
  end
  for i, entry in ipairs(type(holder[key]) == "table" and holder[key] or {}) do
    if entry == raised.name then
      table.remove(holder[key], i)
      return true
    end
  end
  return false
end

local function root_of(self, raised, spec, chunk)
  if raised.file == chunk then
    return spec
  elseif raised.path[1] == "override" then
    return { override = self.opened.overrides }
  end
  return self.opened.fields
end

---Loads a recipe, adds everything that is wrong with it.
---@param name string
---@return pienv.recipe?
function check:load(name)
  local read, spec, chunk = pcall(project.read, self.opened, name)
  if not read then
    return self:add_failure(spec, name)
  end
  while true do
    local ok, loaded = pcall(project.define, self.opened, name, spec, chunk, {})
    if ok then
      return loaded
    end
    self:add_failure(loaded, name)
    if loaded.code ~= "P0203" or not prune(root_of(self, loaded, spec, chunk), loaded) then
      return nil
    end
  end
end

---A recipe by itself.
---@param recipe pienv.recipe
function check:recipe(recipe)
  local is_own = not recipe.chunk:find("^stock:")
  if is_own and self.commands[recipe.name] then
    add(self, {
      code = "command-name",
      message = ("recipe '%s' has the name of a command"):format(recipe.name),
      file = recipe.chunk,
      hint = "rename the file; until then it runs with: pienv run " .. recipe.name,
    })
  end
  for _, name in ipairs(recipe.targets and {} or schema.sorted(recipe.steps)) do
    if recipe.steps[name].per then
      local line, column, length = source.locate(recipe.chunk, { "steps", name, "per" })
      add(self, {
        code = "no-targets",
        message = ("step '%s' runs for each target, but the recipe has no 'targets'"):format(name),
        file = recipe.chunk,
        line = line,
        column = column,
        length = length,
        hint = "give the recipe: targets = function(c) return { { id = ... } } end",
      })
    end
  end
end

-- Where the policy that names files was given, by a project file or by the recipe.
local function policy_place(recipe)
  local given = recipe.origins["policy.filename"]
  local chunk = given and given.chunk or recipe.chunk
  local line, column, length = source.locate(chunk, given and given.path or { "policy", "filename" })
  return { file = chunk, line = line, column = column, length = length }
end

local function named_by(self, list, recipe, field)
  local ok, files
  if recipe[field] then
    ok, files = xpcall(function()
      return recipe[field](self.context(recipe))
    end, failure.handler)
  end
  if ok then
    list[#list + 1] = { recipe = recipe.name, files = files }
  elseif files then
    self:add_failure(files, recipe.name)
  end
end

---What recipes make, against what they look for.
---@param recipes pienv.recipe[]
function check:names(recipes)
  local makers, loaders, by_name = {}, {}, {}
  for _, recipe in ipairs(recipes) do
    by_name[recipe.name] = recipe
    named_by(self, makers, recipe, "makes")
    named_by(self, loaders, recipe, "loads")
  end
  for _, problem in ipairs(names.problems(makers, loaders)) do
    local fields = policy_place(by_name[problem.recipe])
    fields.code, fields.message, fields.hint = problem.rule, problem.message, problem.hint
    add(self, fields)
  end
end

local function lua_files(folder, list)
  for _, entry in ipairs(presence.list(folder) or {}) do
    local file = path.join(folder, entry)
    local stat = presence.stat(file, { follow = false })
    if stat and stat.type == "directory" then
      lua_files(file, list)
    elseif entry:find("%.lua$") then
      list[#list + 1] = file
    end
  end
  return list
end

---The project's own Lua files: pienv.lua and all below recipes/, or those of one recipe.
---@param name? string
---@return string[] absolute
function check:sources(name)
  local list, folder = {}, self.opened.recipes_dir
  if self.opened.file then
    list[1] = self.opened.file
  end
  if folder and name then
    list[#list + 1] = path.join(folder, name .. ".lua")
    lua_files(path.join(folder, name), list)
  elseif folder then
    lua_files(folder, list)
  end
  return list
end

---Looks at the text of a file.
---@param file string absolute
function check:source(file)
  local text = project.read_code(self.opened, file)
  if not text then
    return
  end
  self.files = self.files + 1
  local chunk = path.relative(file, self.opened.root) or file
  source.register(chunk, text)
  for _, found in ipairs(results.find(chunk)) do
    local line, column = source.position(chunk, found.token)
    local what = found.group == "list" and "entries of this list" or "arguments of this call"
    add(self, {
      code = "multiple-results",
      message = ("'%s' gives several values, and all become %s"):format(found.token.value, what),
      file = chunk,
      line = line,
      column = column,
      length = found.token.size,
      label = "put parentheses around the call",
    })
  end
end

return M
