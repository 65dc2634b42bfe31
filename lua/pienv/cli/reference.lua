-- The tables of the command line as rows of text: what `pienv help`, the man page and docs/reference/ are made of.

local exits = require("pienv.cli.exits")
local flags = require("pienv.cli.flags")
local options = require("pienv.options")
local schema = require("pienv.schema")

local M = {}

---@alias pienv.rows string[][] pairs of a term and what it means

---The commands: how they are called, what they do.
---@return pienv.rows
function M.commands()
  local verbs, rows = require("pienv.cli.verbs").verbs, {}
  for _, name in ipairs(schema.sorted(verbs)) do
    rows[#rows + 1] = { verbs[name].usage, verbs[name].about }
  end
  return rows
end

---pienv's own options.
---@return pienv.rows
function M.flags()
  local rows = {}
  for i, flag in ipairs(flags) do
    local forms = flag.short and flag.long and flag.short .. ", " .. flag.long or flag.short or flag.long
    local value = flag.bare and "[=" .. flag.value .. "]" or flag.value and " " .. flag.value or ""
    rows[i] = { forms .. value, flag.about }
  end
  return rows
end

---@return pienv.rows
function M.exits()
  local rows = {}
  for i, row in ipairs(exits) do
    rows[i] = { tostring(row[1]), row[2] }
  end
  return rows
end

-- A default as it is shown; nil: it has none, or an empty one.
local function shown(default)
  local text = type(default) == "table" and table.concat(default, ",") or default ~= nil and tostring(default) or ""
  return text ~= "" and "default " .. text or nil
end

-- What stands behind an option: variable, choices, default.
local function details(option)
  local parts = {}
  if option.env then
    parts[#parts + 1] = "variable " .. option.env
  end
  if option.choices then
    parts[#parts + 1] = "one of " .. table.concat(option.choices, ", ")
  end
  if type(option.default) == "function" then
    parts[#parts + 1] = "default: found out"
  else
    parts[#parts + 1] = shown(option.default)
  end
  return #parts > 0 and " (" .. table.concat(parts, "; ") .. ")" or ""
end

-- What can be turned off says how.
local function flag_of(name, option)
  local flag = options.flag(name)
  return option.type == "boolean" and option.default == true and flag:gsub("^%-%-", "--[no-]") or flag
end

---Options of a recipe or command.
---@param declared table<string, pienv.option>
---@return pienv.rows
function M.options(declared)
  local rows = {}
  for _, name in ipairs(schema.sorted(declared)) do
    local option = declared[name]
    local value = option.type == "boolean" and "" or " " .. (option.type or "string"):upper()
    rows[#rows + 1] = { flag_of(name, option) .. value, (option.about or "") .. details(option) }
  end
  return rows
end

---Fields of pienv.lua that a recipe reads.
---@param recipe pienv.recipe
---@return pienv.rows
function M.settings(recipe)
  local rows = {}
  for _, name in ipairs(schema.sorted(recipe.settings)) do
    local setting = recipe.settings[name]
    local default = type(setting.default) ~= "table" and shown(setting.default)
    rows[#rows + 1] = { name, (setting.about or "") .. (default and " (" .. default .. ")" or "") }
  end
  return rows
end

---@param recipe pienv.recipe
---@return pienv.rows
function M.verbs(recipe)
  local rows = {}
  for _, name in ipairs(schema.sorted(recipe.verbs)) do
    rows[#rows + 1] = { name, recipe.verbs[name].about or "" }
  end
  return rows
end

---@param recipe pienv.recipe
---@return pienv.rows
function M.steps(recipe)
  local rows = {}
  for _, name in ipairs(schema.sorted(recipe.steps)) do
    local step = recipe.steps[name]
    rows[#rows + 1] = { name, (step.about or "") .. (step.per and " (for each target)" or "") }
  end
  return rows
end

return M
