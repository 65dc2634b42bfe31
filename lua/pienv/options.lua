-- Values of options and settings, each with its origin:
-- recipe default < pienv.lua < environment < command line. An empty variable counts as unset.

local failure = require("pienv.failure")
local schema = require("pienv.schema")

local M = {}

local parse = {}

function parse.string(text)
  return text
end

function parse.integer(text)
  local value = math.tointeger(tonumber(text))
  if not value then
    return nil, "a whole number"
  end
  return value
end

local truths = { ["1"] = true, ["true"] = true, yes = true, on = true }
local falsehoods = { ["0"] = true, ["false"] = true, no = true, off = true }

function parse.boolean(text)
  if truths[text:lower()] then
    return true
  elseif falsehoods[text:lower()] then
    return false
  end
  return nil, "true or false"
end

function parse.list(text)
  local list = {}
  for word in text:gmatch("[^,%s]+") do
    list[#list + 1] = word
  end
  return list
end

---The command line's name of an option: cross_target -> --cross-target.
---@param name string
---@return string
function M.flag(name)
  return "--" .. name:gsub("_", "-")
end

local function reject(name, option, value, expected, where)
  failure.raise({
    code = "P0103",
    message = ("%s: '%s' is not %s"):format(where, tostring(value), expected),
    hint = option.choices and "choices: " .. table.concat(option.choices, ", ")
      or "pienv NAME --help describes " .. name,
  })
end

local function check_choices(name, option, value, where)
  if not option.choices then
    return
  end
  local allowed = {}
  for _, choice in ipairs(option.choices) do
    allowed[choice] = true
  end
  for _, one in ipairs(type(value) == "table" and value or { value }) do
    if not allowed[one] then
      reject(name, option, one, "one of " .. table.concat(option.choices, ", "), where)
    end
  end
end

---Reads one value from text.
---@param name string
---@param option pienv.option
---@param text string
---@param where string "--variant", "TARGET_VARIANT": said in errors
---@return any value
function M.read(name, option, text, where)
  local value, expected = parse[option.type or "string"](text)
  if value == nil then
    reject(name, option, text, expected, where)
  end
  check_choices(name, option, value, where)
  return value
end

local kinds = { string = "string", boolean = "boolean", list = "table" }
local articles = { integer = "an integer" }

local function is_of_type(option, value)
  local wanted = option.type or "string"
  return wanted == "integer" and math.type(value) == "integer" or type(value) == kinds[wanted]
end

-- A default is written in Lua: one of a wrong type is a mistake of that file.
local function default_of(name, option, host)
  local value = option.default
  if type(value) == "function" then
    value = value(host)
  end
  if value ~= nil and not is_of_type(option, value) then
    local wanted = articles[option.type] or "a " .. (option.type or "string")
    failure.raise({
      code = "P0202",
      message = ("the default of option '%s' must be %s, got %s"):format(name, wanted, type(value)),
      hint = "correct it in " .. (option.origin or "the recipe") .. (option.type == "list" and ": { ... }" or ""),
    })
  end
  return value
end

---Resolves all options of a recipe.
---@param recipe pienv.recipe
---@param inputs { env: table<string, string>, command_line: table<string, string>, host: table }
---@return table<string, any> values
---@return table<string, string> origins "default", "pienv.lua", "environment NAME", "command line"
function M.resolve(recipe, inputs)
  local values, origins = {}, {}
  for _, name in ipairs(schema.sorted(recipe.options)) do
    local option = recipe.options[name]
    local text = option.env and inputs.env[option.env]
    if inputs.command_line[name] ~= nil then
      values[name] = M.read(name, option, inputs.command_line[name], M.flag(name))
      origins[name] = "command line"
    elseif text and text ~= "" then
      values[name] = M.read(name, option, text, option.env)
      origins[name] = "environment " .. option.env
    else
      values[name] = default_of(name, option, inputs.host)
      origins[name] = option.origin or "default"
    end
  end
  return values, origins
end

---Values of a recipe's settings: the project file's field, else the default.
---@param recipe pienv.recipe
---@param project table
---@return table<string, any> values
---@return table<string, string> origins
function M.settings(recipe, project)
  local values, origins = {}, {}
  for name, setting in pairs(recipe.settings) do
    values[name], origins[name] = setting.default, setting.origin or "default"
    if project.fields[name] ~= nil then
      values[name], origins[name] = project.fields[name], "pienv.lua"
    end
  end
  return values, origins
end

return M
