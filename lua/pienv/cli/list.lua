-- pienv list: recipes by name, with what they are for and where they come from.

local failure = require("pienv.failure")
local json = require("pienv.json")
local project = require("pienv.project")
local sessions = require("pienv.cli.session")
local trust = require("pienv.trust")
local verbs = require("pienv.cli.verbs")

local M = {}

-- A recipe that is broken must not hide the others; one that may not be loaded stops everything
-- (docs/adr/0007-trust.md).
local function about(opened, row)
  local ok, loaded = pcall(project.load, opened, row.name, { plain = true })
  if ok then
    return loaded.about or ""
  elseif not failure.is(loaded) or loaded.code == trust.REFUSED then
    error(loaded, 0)
  end
  return "broken: " .. loaded.message
end

function M.run(session)
  local opened = sessions.project(session)
  local rows = project.recipes(opened)
  for _, row in ipairs(rows) do
    row.about = about(opened, row)
    row.shadowed = verbs.verbs[row.name] ~= nil
  end
  if session.line.engine.json then
    local document = { v = 1, type = "recipes", root = opened.root, recipes = json.array(rows) }
    io.stdout:write(json.encode(json.readable(document)), "\n")
    return 0
  end
  io.stdout:write("recipes of ", opened.root, "\n")
  for _, row in ipairs(rows) do
    local name = row.shadowed and "run " .. row.name or row.name
    io.stdout:write(("  %-14s %-8s %s\n"):format(name, row.origin, row.about))
  end
  io.stdout:write("pienv NAME --help tells a recipe's options; pienv help the commands\n")
  return 0
end

return M
