-- pienv show RECIPE: every field of a recipe, its value, and who gave it: the stock recipe, the repository, pienv.lua,
-- the environment or the command line, with file and line. Nothing is run but what reading the files runs.

local argv = require("pienv.argv")
local json = require("pienv.json")
local line = require("pienv.cli.line")
local run = require("pienv.cli.run")
local schema = require("pienv.schema")
local secret = require("pienv.secret")
local sessions = require("pienv.cli.session")
local shown = require("pienv.cli.shown")
local source = require("pienv.source")
local terminal = require("pienv.terminal")
local verb = require("pienv.verb")

local M = {}

---@class pienv.shown_origin
---@field kind "stock"|"repository"|"pienv.lua"|"environment"|"command line"
---@field file? string
---@field line? integer
---@field column? integer
---@field variable? string
---@field option? string

-- Where a function was written; only code of recipes and project files is a place to go to.
local function place_of_function(value)
  local info = type(value) == "function" and debug.getinfo(value, "S")
  local chunk = info and info.source:match("^@(.*)$")
  if chunk and (source.is_registered(chunk) or chunk:find("^stock:recipes/")) then
    return { file = chunk, line = info.linedefined }
  end
end

local function place(chunk, path, value)
  local number, column = source.locate(chunk, path)
  if number then
    return { file = chunk, line = number, column = column }
  end
  return place_of_function(value) or { file = chunk }
end

local function with_kind(found, kind)
  found.kind = kind or (found.file:find("^stock:") and "stock" or "repository")
  found.file = found.file and found.file:gsub("^stock:", "")
  return found
end

-- A field that the project file gave is in recipe.origins, under its own name or that of the whole step.
local function declared_at(recipe, path, value)
  local name = table.concat(path, ".")
  local given = recipe.origins[name] or recipe.origins[table.concat(path, ".", 1, math.min(2, #path))]
  if given then
    local found = with_kind(place(given.chunk, given.path, given.value), "pienv.lua")
    found.over = given.over and with_kind(place(given.over.chunk, given.over.path, given.over.value), "pienv.lua")
    return found
  end
  return with_kind(place(recipe.chunk, path, value))
end

local function origin_of_option(recipe, name, origin)
  local variable = origin:match("^environment (.*)$")
  if variable then
    return { kind = "environment", variable = variable }
  elseif origin == "command line" then
    return { kind = "command line", option = require("pienv.options").flag(name) }
  end
  return declared_at(recipe, { "options", name, "default" }, recipe.options[name].default)
end

local function origin_of_setting(opened, recipe, name)
  if opened.fields[name] ~= nil then
    return with_kind(place(opened.chunk, { name }, opened.fields[name]), "pienv.lua")
  end
  return declared_at(recipe, { "settings", name, "default" }, recipe.settings[name].default)
end

local function add(rows, field, value, origin, is_secret)
  rows[#rows + 1] = { field = field, value = shown.value(value, is_secret), origin = origin }
end

-- Plain fields of the recipe, and the functions that it may have.
local function add_own(rows, recipe)
  for _, name in ipairs({ "about", "check", "clean", "loads", "makes", "preview", "targets" }) do
    if recipe[name] ~= nil then
      add(rows, name, recipe[name], declared_at(recipe, { name }, recipe[name]))
    end
  end
end

-- The fields of one entry of a group: steps.install.needs.
local function add_entry(rows, recipe, group, name)
  local entry = recipe[group][name]
  for _, key in ipairs(schema.sorted(entry)) do
    if key ~= "origin" and key ~= "extra" then
      local path, value = { group, name, key }, entry[key]
      local is_command = group == "steps" and key == "run" and type(value) == "table"
      local shown_as = is_command and argv.quote(argv.flatten(value)) or value
      add(rows, table.concat(path, "."), shown_as, declared_at(recipe, path, value))
    end
  end
end

local function add_values(rows, opened, recipe, c)
  for _, name in ipairs(schema.sorted(recipe.options)) do
    local is_secret = secret.is_name(recipe.options[name].env or name)
    add(rows, "options." .. name, c.options[name], origin_of_option(recipe, name, c.origin[name]), is_secret)
    add_entry(rows, recipe, "options", name)
  end
  for _, name in ipairs(schema.sorted(recipe.settings)) do
    add(rows, "settings." .. name, c.settings[name], origin_of_setting(opened, recipe, name), secret.is_name(name))
    add_entry(rows, recipe, "settings", name)
  end
end

local function rows_of(opened, recipe, c)
  local rows = {}
  add_own(rows, recipe)
  add_values(rows, opened, recipe, c)
  for _, name in ipairs(schema.sorted(recipe.policy)) do
    add(rows, "policy." .. name, recipe.policy[name], declared_at(recipe, { "policy", name }, recipe.policy[name]))
  end
  for _, group in ipairs({ "steps", "verbs" }) do
    for _, name in ipairs(schema.sorted(recipe[group])) do
      add_entry(rows, recipe, group, name)
    end
  end
  return rows
end

local function text_of(origin)
  if origin.variable or origin.option then
    return origin.kind .. " " .. (origin.variable or origin.option)
  end
  local at = origin.file .. (origin.line and ":" .. origin.line or "") .. (origin.column and ":" .. origin.column or "")
  return origin.kind == "pienv.lua" and at or origin.kind .. " " .. at
end

local VALUE_WIDTH = 44

-- One line of a value: no control bytes, and not longer than its column.
local function short(value)
  value = terminal.sanitize(value):gsub("%s+", " ")
  return #value <= VALUE_WIDTH and value or value:sub(1, VALUE_WIDTH - 3):gsub("[\x80-\xff]*$", "") .. "..."
end

local function write(rows)
  local width = 0
  for _, row in ipairs(rows) do
    width = math.max(width, #row.field)
  end
  for _, row in ipairs(rows) do
    local form = ("%%-%ds  %%-%ds  %%s\n"):format(width, VALUE_WIDTH)
    io.stdout:write(form:format(row.field, short(row.value), text_of(row.origin)))
  end
end

function M.run(session)
  local opened = sessions.project(session)
  local word = sessions.recipe_word(session)
  local recipe = verb.take(sessions.recipe(session, opened, word), session.line.rest, true)
  local c = run.context(session, opened, recipe, line.recipe_options(session.line.rest, recipe))
  local rows = rows_of(opened, recipe, c)
  if session.line.engine.json then
    local document = { v = 1, type = "show", recipe = recipe.name, root = opened.root, fields = json.array(rows) }
    io.stdout:write(json.encode(json.readable(document)), "\n")
  else
    io.stdout:write(recipe.name, " of ", opened.root, "\n")
    write(rows)
  end
  return 0
end

return M
