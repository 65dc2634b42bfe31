-- pienv help, pienv VERB --help, pienv RECIPE --help, pienv help CODE: made from the tables that the program itself
-- reads. Nothing of it needs a network.

local codes = require("pienv.cli.codes")
local failure = require("pienv.failure")
local reference = require("pienv.cli.reference")
local suggest = require("pienv.suggest")

local M = {}

local function write_rows(rows)
  local width = 0
  for _, row in ipairs(rows) do
    width = math.max(width, #row[1])
  end
  for _, row in ipairs(rows) do
    io.stdout:write(("  " .. row[1] .. (" "):rep(width - #row[1] + 2) .. row[2]):gsub("%s+$", ""), "\n")
  end
end

local function section(title, rows)
  if rows[1] then
    io.stdout:write("\n", title, "\n")
    write_rows(rows)
  end
end

local function overview()
  io.stdout:write("pienv RECIPE [OPTION]... [name=value]... [-- ARG...]\npienv COMMAND\n")
  section("Commands", reference.commands())
  section("Options (anywhere before --)", reference.flags())
  section("Exit codes", reference.exits())
end

---Help about a recipe, or the part of it that a verb means.
---@param session pienv.session
---@param recipe pienv.recipe
---@return integer
function M.recipe(session, recipe)
  if session.line.engine.json then
    return require("pienv.cli.help_json").recipe(recipe)
  end
  local words = recipe.word and " [" .. recipe.word:upper() .. "]" or next(recipe.verbs) and " VERB" or ""
  io.stdout:write("pienv ", recipe.name, words, " [OPTION]...\n")
  io.stdout:write(recipe.about or "", "\n")
  section("Verbs", reference.verbs(recipe))
  section("Options", reference.options(recipe.options))
  section("Fields of pienv.lua", reference.settings(recipe))
  section("Steps", reference.steps(recipe))
  return 0
end

---Help about a command.
---@param session pienv.session
---@param name string
---@param verb pienv.verb
---@return integer
function M.verb(session, name, verb)
  if session.line.engine.json then
    return require("pienv.cli.help_json").command(name, verb)
  end
  io.stdout:write("pienv ", verb.usage, "\n", verb.about, "\n")
  section("Options", reference.options(verb.options or {}))
  for _, text in ipairs(verb.details or {}) do
    io.stdout:write("\n", text, "\n")
  end
  return 0
end

-- Help about an error code.
local function explain(session, name)
  local code = codes[name]
  if not code then
    local close = suggest.closest(name, codes)
    failure.raise({
      code = "P0101",
      message = "pienv has no error code " .. name,
      hint = close and "did you mean " .. close .. "?" or "pienv help --json lists all of them",
    })
  end
  if session.line.engine.json then
    return require("pienv.cli.help_json").code(name, code, failure.exit_of(name))
  end
  io.stdout:write(name, ": ", code.title, " (exit code ", failure.exit_of(name), ")\n\n", code.cause, "\n\n")
  io.stdout:write("example:  ", code.example, "\nnext:     ", code.next, "\n")
  return 0
end

local function about_recipe(session, word)
  local sessions = require("pienv.cli.session")
  local recipe = sessions.recipe(session, sessions.project(session), word)
  return M.recipe(session, require("pienv.verb").take(recipe, { session.line.rest[2] }, true))
end

function M.run(session)
  local own = session.own
  local word = session.line.rest[1]
  local verbs = require("pienv.cli.verbs").verbs
  local verb = word and verbs[word]
  if own.man then
    require("pienv.cli.verbs").refuse_json(session.line, "the manual page")
    io.stdout:write(require("pienv.cli.man").page())
  elseif verb then
    return M.verb(session, word, verb)
  elseif word and word:find("^[Pp]%d+$") then
    return explain(session, word:upper())
  elseif word then
    return about_recipe(session, word)
  elseif session.line.engine.json then
    return require("pienv.cli.help_json").all(verbs)
  else
    overview()
  end
  return 0
end

return M
