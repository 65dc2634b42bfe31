-- Reads the command line: engine options, the verb or recipe, the rest for it.

local failure = require("pienv.failure")
local flags = require("pienv.cli.flags")
local suggest = require("pienv.suggest")

local M = {}

---@class pienv.line
---@field engine table<string, any> engine options by name
---@field word? string the verb, recipe or path
---@field rest string[] words after it that are not engine options
---@field args string[] what followed `--`
---@field argv string[] everything, for retry commands

local by_flag = {}
for _, flag in ipairs(flags) do
  for _, form in ipairs({ flag.short or false, flag.long or false }) do
    if form then
      by_flag[form] = flag
    end
  end
end

local function usage(message, hint)
  failure.raise({ code = "P0101", message = message, hint = hint or "pienv help" })
end

-- A number that is one: no infinity, no sign.
local function number_of(text, flag, form)
  local value = tonumber(text)
  if not value or value <= 0 or value == math.huge or flag.type == "integer" and not math.tointeger(value) then
    usage(form .. ": '" .. text .. "' is not a positive " .. (flag.type == "integer" and "whole number" or "number"))
  end
  return flag.type == "integer" and math.tointeger(value) or value
end

local function value_of(flag, form, text)
  if flag.type then
    return number_of(text, flag, form)
  end
  for _, choice in ipairs(flag.choices or { text }) do
    if choice == text then
      return text
    end
  end
  usage(form .. ": '" .. text .. "' is not one of " .. table.concat(flag.choices, ", "))
end

-- Splits "--jobs=4" and "-j4" into form and value.
local function split(word)
  local form, value = word:match("^(%-%-[%w-]+)=(.*)$")
  if form then
    return form, value
  elseif word:match("^%-[^-]") and #word > 2 then
    return word:sub(1, 2), word:sub(3)
  end
  return word, nil
end

-- Takes an engine option at argv[i]; returns the index after it, or nil when it is none.
local function take_flag(engine, argv, i)
  local form, value = split(argv[i])
  local flag = by_flag[form]
  if not flag then
    return nil
  end
  if not flag.value then
    if value then
      usage("option '" .. form .. "' takes no value")
    end
    engine[flag.name] = true
    return i + 1
  end
  if not value and flag.bare then
    value = flag.bare
  elseif not value then
    i, value = i + 1, argv[i + 1]
  end
  if not value then
    usage("option '" .. form .. "' needs a value: " .. form .. " " .. flag.value)
  end
  engine[flag.name] = value_of(flag, form, value)
  return i + 1
end

local function known_forms()
  local forms = {}
  for form in pairs(by_flag) do
    forms[#forms + 1] = form
  end
  return forms
end

local function unknown_before_word(word)
  local close = suggest.closest(word, known_forms())
  usage("unknown option '" .. word .. "'", close and "did you mean '" .. close .. "'?")
end

---Reads argv. Words that no engine option claims stay in `rest` for the verb or recipe.
---@param argv string[]
---@return pienv.line
function M.parse(argv)
  local line = { engine = {}, rest = {}, args = {}, argv = argv }
  local i = 1
  while i <= #argv do
    local word = argv[i]
    if word == "--" then
      line.args = { table.unpack(argv, i + 1) }
      break
    end
    local after = word:sub(1, 1) == "-" and word ~= "-" and take_flag(line.engine, argv, i)
    if not after then
      if line.word then
        line.rest[#line.rest + 1] = word
      elseif word:sub(1, 1) == "-" then
        unknown_before_word(word)
      else
        line.word = word
      end
    end
    i = after or i + 1
  end
  return line
end

-- A word that names nothing: a value of the verb's `word` option, of which a list takes many.
local function take_word(given, word, recipe)
  local name = recipe.word
  local is_list = name and recipe.options[name].type == "list"
  if not name or given[name] and not is_list then
    usage(
      "unexpected argument '" .. word .. "' for recipe '" .. recipe.name .. "'",
      "pienv " .. recipe.name .. " --help"
    )
  end
  given[name] = given[name] and given[name] .. "," .. word or word
end

---Reads the options of a recipe out of the rest: --name value, --name=value, --flag, --no-flag, name=value, and the
---words of a verb that takes some.
---@param rest string[]
---@param recipe pienv.recipe
---@return table<string, string> given option name -> text
function M.recipe_options(rest, recipe)
  local given, names, i = {}, {}, 1
  for name in pairs(recipe.options) do
    names["--" .. name:gsub("_", "-")] = name
  end
  local function unknown(word)
    local close = suggest.closest(word, names) or suggest.closest(word, known_forms())
    usage(
      "unknown option '" .. word .. "' of recipe '" .. recipe.name .. "'",
      close and "did you mean '" .. close .. "'?" or "pienv " .. recipe.name .. " --help"
    )
  end
  while i <= #rest do
    local word = rest[i]
    local form, value = word:match("^(%-%-[%w_-]+)=(.*)$")
    form = form or word
    local plain_name, plain_value = word:match("^([%a_][%w_-]*)=(.*)$")
    local negated = form:match("^%-%-no%-(.+)$")
    if plain_name then
      local name = names["--" .. plain_name:gsub("_", "-")]
      given[name or unknown(plain_name)] = plain_value
    elseif names[form] then
      local name = names[form]
      if not value and recipe.options[name].type == "boolean" then
        value = "true"
      elseif not value and recipe.options[name].bare then
        value = recipe.options[name].bare
      elseif not value then
        i, value = i + 1, rest[i + 1]
      end
      value = value or usage(recipe.options[name].missing or "option '" .. form .. "' needs a value")
      local is_again = recipe.options[name].type == "list" and given[name]
      given[name] = is_again and given[name] .. "," .. value or value
    elseif negated and names["--" .. negated] and recipe.options[names["--" .. negated]].type == "boolean" then
      given[names["--" .. negated]] = "false"
    elseif word:sub(1, 1) == "-" then
      unknown(word)
    else
      take_word(given, word, recipe)
    end
    i = i + 1
  end
  return given
end

-- Options as the command line writes them, by form: "--format" -> "format".
local function forms_of(declared)
  local forms = {}
  for name in pairs(declared) do
    forms["--" .. name:gsub("_", "-")] = name
  end
  return forms
end

---Takes a command's own options out of the rest; what stays is for the recipe that the command is about.
---@param line pienv.line its `rest` is changed
---@param name string of the command
---@param declared table<string, pienv.option>
---@return table<string, string> given
function M.take_own(line, name, declared)
  local kept, own, forms, i = {}, {}, forms_of(declared), 1
  while i <= #line.rest do
    local word = line.rest[i]
    local option = declared[forms[word:match("^[^=]+")]]
    local list = option and own or kept
    list[#list + 1] = word
    if option and not word:find("=", 1, true) and option.type ~= "boolean" then
      i = i + 1
      list[#list + 1] = line.rest[i]
    end
    i = i + 1
  end
  line.rest = kept
  return M.recipe_options(own, { name = name, options = declared })
end

---Raises for words that a command does not take.
---@param line pienv.line
---@param first integer index of the first word too many
---@param declared? table<string, pienv.option> options of the command, for the suggestion
function M.refuse_rest(line, first, declared)
  local word = line.rest[first]
  if not word then
    return
  end
  local close = word:find("^%-")
    and (suggest.closest(word, forms_of(declared or {})) or suggest.closest(word, known_forms()))
  usage(
    (word:find("^%-") and "unknown option '" or "unexpected argument '") .. word .. "'",
    close and "did you mean '" .. close .. "'?" or "pienv help " .. line.word
  )
end

return M
