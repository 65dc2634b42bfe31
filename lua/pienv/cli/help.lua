-- pienv help, pienv VERB --help, pienv RECIPE --help: made from the tables that the program itself reads.

local flags = require("pienv.cli.flags")
local options = require("pienv.options")
local schema = require("pienv.schema")

local M = {}

local function write_rows(rows)
  local width = 0
  for _, row in ipairs(rows) do
    width = math.max(width, #row[1])
  end
  for _, row in ipairs(rows) do
    io.stdout:write("  ", row[1], (" "):rep(width - #row[1] + 2), row[2], "\n")
  end
end

local function flag_rows()
  local rows = {}
  for i, flag in ipairs(flags) do
    local forms = flag.short and flag.long and flag.short .. ", " .. flag.long or flag.short or flag.long
    rows[i] = { forms .. (flag.value and " " .. flag.value or ""), flag.about }
  end
  return rows
end

local exit_codes = {
  { "0", "done" },
  { "1", "a step failed" },
  { "2", "the command line is wrong" },
  { "3", "a recipe or project file is wrong, or not trusted" },
  { "4", "a precondition is not met: target, variant, tool" },
  { "5", "the cache cannot be locked or used, where it is required" },
  { "10", "nothing to do it with; a cache miss" },
  { "124", "time limit" },
  { "125", "defect in pienv" },
}

local function overview()
  local verbs = require("pienv.cli.verbs").verbs
  io.stdout:write("pienv RECIPE [OPTION]... [name=value]... [-- ARG...]\npienv COMMAND\n\nCommands\n")
  local rows = {}
  for _, name in ipairs(schema.sorted(verbs)) do
    rows[#rows + 1] = { verbs[name].usage, verbs[name].about }
  end
  write_rows(rows)
  io.stdout:write("\nOptions (anywhere before --)\n")
  write_rows(flag_rows())
  io.stdout:write("\nExit codes\n")
  write_rows(exit_codes)
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
  elseif option.default ~= nil then
    local default = option.default
    parts[#parts + 1] = "default " .. (type(default) == "table" and table.concat(default, ",") or tostring(default))
  end
  return #parts > 0 and " (" .. table.concat(parts, "; ") .. ")" or ""
end

local function option_rows(recipe)
  local rows = {}
  for _, name in ipairs(schema.sorted(recipe.options)) do
    local option = recipe.options[name]
    local value = option.type == "boolean" and "" or " " .. (option.type or "string"):upper()
    rows[#rows + 1] = { options.flag(name) .. value, (option.about or "") .. details(option) }
  end
  return rows
end

local function setting_rows(recipe)
  local rows = {}
  for _, name in ipairs(schema.sorted(recipe.settings)) do
    local setting = recipe.settings[name]
    local default = setting.default
    local shown = type(default) ~= "table" and default ~= nil and " (default " .. tostring(default) .. ")" or ""
    rows[#rows + 1] = { name, (setting.about or "") .. shown }
  end
  return rows
end

local function verb_rows(recipe)
  local rows = {}
  for _, name in ipairs(schema.sorted(recipe.verbs)) do
    rows[#rows + 1] = { name, recipe.verbs[name].about or "" }
  end
  return rows
end

---Help about a recipe, or the part of it that a verb means.
---@param recipe pienv.recipe
---@return integer
function M.recipe(recipe)
  local words = recipe.word and " [" .. recipe.word:upper() .. "]" or next(recipe.verbs) and " VERB" or ""
  io.stdout:write("pienv ", recipe.name, words, " [OPTION]...\n")
  io.stdout:write(recipe.about or "", "\n")
  if next(recipe.verbs) then
    io.stdout:write("\nVerbs\n")
    write_rows(verb_rows(recipe))
  end
  if next(recipe.options) then
    io.stdout:write("\nOptions\n")
    write_rows(option_rows(recipe))
  end
  if next(recipe.settings) then
    io.stdout:write("\nFields of pienv.lua\n")
    write_rows(setting_rows(recipe))
  end
  io.stdout:write("\nSteps\n")
  local rows = {}
  for _, name in ipairs(schema.sorted(recipe.steps)) do
    local step = recipe.steps[name]
    rows[#rows + 1] = { name, (step.about or "") .. (step.per and " (for each target)" or "") }
  end
  write_rows(rows)
  return 0
end

---Help about a command.
function M.verb(_, verb)
  io.stdout:write("pienv ", verb.usage, "\n", verb.about, "\n")
  return 0
end

function M.run(session)
  local word = session.line.rest[1]
  local verb = word and require("pienv.cli.verbs").verbs[word]
  if verb then
    return M.verb(word, verb)
  elseif word then
    local sessions = require("pienv.cli.session")
    local recipe = sessions.recipe(session, sessions.project(session), word)
    return M.recipe(require("pienv.verb").take(recipe, { session.line.rest[2] }, true))
  end
  overview()
  return 0
end

return M
