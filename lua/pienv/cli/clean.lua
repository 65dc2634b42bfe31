-- pienv clean: removes what pienv itself keeps in a project: what is its own in .pienv/ (records, logs, journals and
-- locks), and what the recipes' `clean` functions name. What others put into .pienv/ stays. With -n it only says so.

local beneath = require("pienv.beneath")
local failure = require("pienv.failure")
local fs = require("pienv.fs")
local lock = require("pienv.lock")
local path = require("pienv.path")
local presence = require("pienv.presence")
local project = require("pienv.project")
local run = require("pienv.cli.run")
local sessions = require("pienv.cli.session")
local state = require("pienv.state")

local M = {}

-- What pienv makes in .pienv/; the folder itself last, when nothing else is in it.
local function state_folders(opened)
  local top, list, own = path.join(opened.root, state.NAME), {}, {}
  for _, names in ipairs({ state.kept, state.locks, { state.IGNORE } }) do
    for _, name in ipairs(names) do
      list[#list + 1], own[name] = path.join(top, name), true
    end
  end
  local stat = presence.stat(top, { follow = false })
  if not stat or stat.type ~= "directory" then
    return { top } -- a link is removed itself
  end
  for _, name in ipairs(presence.list(top) or {}) do
    if not own[name] then
      io.stderr:write("kept ", top, "/", name, ": pienv did not make it\n")
      return list
    end
  end
  list[#list + 1] = top
  return list
end

local function folders(session, opened)
  local list = state_folders(opened)
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

-- From the open folder above: what the tree's owner puts in its place meanwhile is not ours to remove.
local function remove_beneath(root, folder)
  local inner = path.relative(path.dirname(folder), root)
  if not inner then
    return fs.remove_tree(folder) -- a recipe's own place, outside of the project
  end
  local above <close>, err, code = fs.folder(root, inner ~= "." and inner or nil)
  if not above then
    return code == "ENOENT" and 0 or nil, err
  end
  local name = path.join(above:path(), path.basename(folder))
  local removed, why = fs.remove_tree(name)
  return removed, beneath.by_path(why, name, folder)
end

-- A link at the end is removed itself; one on the way would lead to what is not ours.
local function remove(opened, folder)
  local link = beneath.link_on_way(fs, opened.root, path.dirname(folder))
  if link then
    local message = "not removing " .. folder .. ": " .. link .. " is a symbolic link"
    failure.raise({ code = "P0404", message = message, hint = "remove the link, or what is behind it, by hand" })
  end
  local removed, err = remove_beneath(opened.root, folder)
  if not removed then
    failure.raise({ code = "P0404", message = err })
  end
end

local function refuse(opened, what)
  failure.raise({
    code = "P0405",
    message = what .. " is going on in " .. opened.root .. ": nothing was removed",
    hint = "try again when it has ended",
  })
end

-- Recovery leaves the journal of a transaction that is going on; it must outlive its transaction, and a lock whoever
-- holds it.
local function refuse_while_working(opened)
  if (presence.list(run.journal(opened)) or {})[1] then
    refuse(opened, "an installation")
  end
  for _, name in ipairs(state.locks) do
    local file = path.join(opened.root, state.NAME, name)
    local held, _, code
    if presence.stat(file, { follow = false }) then
      held, _, code = lock.acquire(file, { timeout = 0 })
    end
    if held then
      held:release()
    elseif code == "EAGAIN" then
      refuse(opened, "pienv " .. name:match("^%w+"))
    end
  end
end

function M.run(session)
  local opened, dry_run = sessions.project(session), session.line.engine.dry_run
  if not dry_run then
    run.recover(session, opened)
    refuse_while_working(opened)
  end
  for _, folder in ipairs(folders(session, opened)) do
    if presence.stat(folder, { follow = false }) then
      if not dry_run then
        remove(opened, folder)
      end
      session.ui:file(folder, dry_run and "would remove" or "removed")
    end
  end
  return 0
end

return M
