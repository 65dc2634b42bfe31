-- pienv env [RECIPE]: every option and setting, its value, and which of default, pienv.lua, environment and command
-- line won. Values of variables that look like secrets are shown as set only.

local json = require("pienv.json")
local line = require("pienv.cli.line")
local project = require("pienv.project")
local run = require("pienv.cli.run")
local schema = require("pienv.schema")
local secret = require("pienv.secret")
local sessions = require("pienv.cli.session")
local shown = require("pienv.cli.shown")

local M = {}

local function add_rows(rows, recipe, kind, declared, values, origins)
  for _, name in ipairs(schema.sorted(declared)) do
    local variable = declared[name].env
    local value = values[name]
    if type(value) ~= "function" then
      rows[#rows + 1] = {
        recipe = recipe.name,
        kind = kind,
        name = name,
        variable = variable,
        value = shown.value(value, secret.is_name(variable or name)),
        origin = origins[name],
      }
    end
  end
end

local function rows_of(session, opened, recipe, given)
  local c = run.context(session, opened, recipe, given)
  local rows = {}
  add_rows(rows, recipe, "option", recipe.options, c.options, c.origin)
  add_rows(rows, recipe, "setting", recipe.settings, c.settings, c.settings_origin)
  return rows
end

-- Columns as wide as what is in them; what is wider than WIDEST pushes the rest of its line aside.
local WIDEST = 60

local function write(rows)
  local lines, widths = {}, { 0, 0, 0, 0 }
  for i, row in ipairs(rows) do
    local name = row.variable and row.name .. " (" .. row.variable .. ")" or row.name
    lines[i] = { row.recipe, row.kind, name, row.value, row.origin }
    for k, width in ipairs(widths) do
      widths[k] = #lines[i][k] <= WIDEST and math.max(width, #lines[i][k]) or width
    end
  end
  local form = ("%%-%ds  %%-%ds  %%-%ds  %%-%ds  %%s\n"):format(table.unpack(widths))
  for _, cells in ipairs(lines) do
    io.stdout:write(form:format(table.unpack(cells)))
  end
end

function M.run(session)
  local opened = sessions.project(session)
  local word = table.remove(session.line.rest, 1)
  local rows = {}
  if word then
    local recipe = sessions.recipe(session, opened, word)
    rows = rows_of(session, opened, recipe, line.recipe_options(session.line.rest, recipe))
  else
    for _, listed in ipairs(project.recipes(opened)) do
      table.move(rows_of(session, opened, project.load(opened, listed.name), {}), 1, 1000, #rows + 1, rows)
    end
  end
  if session.line.engine.json then
    local document = { v = 1, type = "env", root = opened.root, values = json.array(rows) }
    io.stdout:write(json.encode(json.readable(document)), "\n")
  else
    io.stdout:write("root ", opened.root, "\n")
    write(rows)
  end
  return 0
end

return M
