-- What may stand where the cursor is: commands, recipes, verbs, options, choices. Reads the project as `pienv list`
-- does; what cannot be read completes nothing and says nothing.

local codes = require("pienv.cli.codes")
local flags = require("pienv.cli.flags")
local line = require("pienv.cli.line")
local options = require("pienv.options")
local project = require("pienv.project")
local schema = require("pienv.schema")
local sessions = require("pienv.cli.session")
local verbs = require("pienv.cli.verbs").verbs
local verb = require("pienv.verb")

local M = {}

local function add_names(rows, list, about)
  for _, name in ipairs(list) do
    rows[#rows + 1] = { name, about or "" }
  end
end

local function add_commands(rows)
  for _, name in ipairs(schema.sorted(verbs)) do
    rows[#rows + 1] = { name, verbs[name].about }
  end
end

local function add_recipes(rows, opened)
  for _, row in ipairs(opened and project.recipes(opened) or {}) do
    local ok, loaded = pcall(project.load, opened, row.name, { plain = true })
    rows[#rows + 1] = { row.name, ok and loaded.about or "" }
  end
end

local function add_options(rows, declared)
  for _, name in ipairs(schema.sorted(declared)) do
    local flag = options.flag(name)
    rows[#rows + 1] = { flag, declared[name].about or "" }
    if declared[name].type == "boolean" and declared[name].default then
      rows[#rows + 1] = { "--no-" .. flag:sub(3), "not: " .. (declared[name].about or name) }
    end
  end
end

local function add_flags(rows)
  for _, flag in ipairs(flags) do
    rows[#rows + 1] = { flag.long or flag.short, flag.about }
  end
end

-- The flag or option that waits for its value, with what it may be; nil: none does.
local function waiting(before, declared)
  for _, flag in ipairs(flags) do
    if flag.value and (before == flag.short or before == flag.long) then
      return flag.choices or {}
    end
  end
  for name, option in pairs(declared) do
    if option.type ~= "boolean" and not option.bare and before == options.flag(name) then
      return option.choices or {}
    end
  end
end

-- The recipe, or the part of it, that the words name; what is left of the words.
local function recipe_of(session, opened, words)
  local ok, recipe = pcall(sessions.recipe, session, opened, words[1])
  if not (opened and ok) then
    return nil
  elseif next(recipe.verbs) and recipe.verbs[words[2]] then
    return verb.select(recipe, words[2]), { table.unpack(words, 3) }
  end
  return recipe, { table.unpack(words, 2) }
end

-- What the first word of a command may be.
local takes = {}

function takes.recipe(rows, opened)
  add_recipes(rows, opened)
end

function takes.stock(rows)
  add_names(rows, require("pienv.cli.eject").names(), "a stock recipe")
end

function takes.name(rows, opened)
  add_commands(rows)
  add_recipes(rows, opened)
  add_names(rows, schema.sorted(codes), "an error code")
end

local function candidates(session, opened, before)
  local rows, rest, command = {}, before.rest, verbs[before.word]
  local declared, recipe = {}, nil
  if before.word then
    local about_recipe = not command and { before.word, table.unpack(rest) } or command.takes == "recipe" and rest or {}
    if about_recipe[1] then
      recipe, rest = recipe_of(session, opened, about_recipe)
    end
    for _, list in ipairs({ command and command.options or {}, recipe and recipe.options or {} }) do
      for name, option in pairs(list) do
        declared[name] = option
      end
    end
  end
  return rows, rest or {}, command, recipe, declared
end

---What completes the last of the words.
---@param session pienv.session
---@param words string[] after the program's name, up to the cursor
---@return string[][] rows name and what it is
function M.words(session, words)
  local current, earlier = words[#words] or "", { table.unpack(words, 1, #words - 1) }
  local parsed, before = pcall(line.parse, earlier)
  if not parsed then -- a flag that waits for its value
    local first = waiting(earlier[#earlier], {})
    return M.matching(first and M.rows_of(first) or {}, current)
  end
  before.engine.trust, before.engine.unvouched = nil, true -- a key press vouches for nothing
  session = setmetatable({ line = before }, { __index = session })
  local folder = before.engine.directory
  local ok, opened = pcall(function()
    local there = folder and sessions.new(before) or session
    return sessions.project(there)
  end)
  opened = ok and opened or nil
  local rows, rest, command, recipe, declared = candidates(session, opened, before)
  local values = waiting(earlier[#earlier] or "", declared)
  if values then
    rows = M.rows_of(values)
  elseif current:sub(1, 1) == "-" then
    add_options(rows, declared)
    add_flags(rows)
  elseif not before.word then
    add_commands(rows)
    add_recipes(rows, opened)
  elseif recipe and next(recipe.verbs) and not rest[1] then
    for _, name in ipairs(schema.sorted(recipe.verbs)) do
      rows[#rows + 1] = { name, recipe.verbs[name].about or "" }
    end
  elseif command and not before.rest[1] then
    add_names(rows, command.choices or {})
    if takes[command.takes] then
      takes[command.takes](rows, opened)
    end
  end
  return M.matching(rows, current)
end

---@param list string[]
---@return string[][]
function M.rows_of(list)
  local rows = {}
  add_names(rows, list)
  return rows
end

---Rows whose name begins with the text.
---@param rows string[][]
---@param text string
---@return string[][]
function M.matching(rows, text)
  local list = {}
  for _, row in ipairs(rows) do
    if row[1]:sub(1, #text) == text then
      list[#list + 1] = row
    end
  end
  return list
end

return M
