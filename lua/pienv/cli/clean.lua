-- pienv clean: removes what pienv itself keeps in a project: .pienv/ and what the recipes' `clean` functions name.
-- With -n it only says so. A running installation's journal is left alone.

local fs = require("pienv.fs")
local path = require("pienv.path")
local project = require("pienv.project")
local run = require("pienv.cli.run")
local sessions = require("pienv.cli.session")

local M = {}

local function folders(session, opened)
  local list = { path.join(opened.root, ".pienv") }
  for _, row in ipairs(project.recipes(opened)) do
    local recipe = project.load(opened, row.name)
    if recipe.clean then
      for _, entry in ipairs(recipe.clean(run.context(session, opened, recipe, {}))) do
        list[#list + 1] = path.absolute(entry, opened.root)
      end
    end
  end
  return list
end

function M.run(session)
  local opened = sessions.project(session)
  run.recover(session, opened)
  for _, folder in ipairs(folders(session, opened)) do
    if fs.stat(folder, { follow = false }) then
      if not session.line.engine.dry_run then
        assert(fs.remove_tree(folder))
      end
      io.stdout:write(session.line.engine.dry_run and "would remove " or "removed ", folder, "\n")
    end
  end
  return 0
end

return M
