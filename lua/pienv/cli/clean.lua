-- pienv clean: removes what pienv itself keeps in a project: .pienv/ and what the recipes' `clean` functions name.
-- With -n it only says so.

local beneath = require("pienv.beneath")
local failure = require("pienv.failure")
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

-- A link at the end is removed itself; one on the way would lead to what is not ours.
local function remove(opened, folder)
  local link = beneath.link_on_way(fs, opened.root, path.dirname(folder))
  if link then
    local message = "not removing " .. folder .. ": " .. link .. " is a symbolic link"
    failure.raise({ code = "P0404", message = message, hint = "remove the link, or what is behind it, by hand" })
  end
  local removed, err = fs.remove_tree(folder)
  if not removed then
    failure.raise({ code = "P0404", message = err })
  end
end

-- Recovery leaves the journal of a transaction that is going on; it must outlive its transaction.
local function refuse_while_installing(opened)
  if (fs.list(run.journal(opened)) or {})[1] then
    failure.raise({
      code = "P0405",
      message = "an installation is going on in " .. opened.root .. ": nothing was removed",
      hint = "try again when it has ended",
    })
  end
end

function M.run(session)
  local opened, dry_run = sessions.project(session), session.line.engine.dry_run
  if not dry_run then
    run.recover(session, opened)
    refuse_while_installing(opened)
  end
  for _, folder in ipairs(folders(session, opened)) do
    if fs.stat(folder, { follow = false }) then
      if not dry_run then
        remove(opened, folder)
      end
      io.stdout:write(dry_run and "would remove " or "removed ", folder, "\n")
    end
  end
  return 0
end

return M
