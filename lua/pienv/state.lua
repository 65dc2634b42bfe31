-- What pienv keeps in a project: files and folders in .pienv/, which git does not see, for a .gitignore in it says so.
-- Nothing of it is reached through a symbolic link.

local beneath = require("pienv.beneath")
local fs = require("pienv.fs")
local path = require("pienv.path")

local M = {}

M.NAME = ".pienv"
M.IGNORE = ".gitignore"

-- Names in it, for `pienv clean`: what is kept, and locks, which must outlive what they guard.
M.kept = { "embed", "journal", "runs", "steps", "types" }
M.locks = { "embed.lock", "npm.lock" }

local function ignore(files, folder)
  local file = folder .. "/" .. M.IGNORE
  return files.stat(file, { follow = false }) or files.write(file, "*\n", { sync = false })
end

---Opens the project's state, or a folder of it, which is made where it is missing.
---@param root string of the project
---@param name? string "runs"; nil: .pienv/ itself
---@param files? { stat: function, folder: function, write: function } another fs, such as a fake's
---@return pienv.fs.folder? folder to be closed
---@return string? err
---@return string? code
function M.open(root, name, files)
  files = files or fs
  local top, err, code = files.folder(root, M.NAME, { create = true })
  if not top then
    return nil, err, code
  end
  local ok, why, reason = ignore(files, top:path())
  if ok and not name then
    return top
  end
  top:close()
  if not ok then
    return nil, why, reason
  end
  return files.folder(root, M.NAME .. "/" .. name, { create = true })
end

---Takes a lock of the project's state for a step, through the open .pienv/: nobody can lead it elsewhere.
---@param s pienv.context
---@param name string one of M.locks
---@param about string what it is held for
---@return pienv.lock.held? held
---@return pienv.fs.folder|string top_or_err .pienv/, to be closed; or why there is no lock
function M.lock(s, name, about)
  local known = path.join(s.root, M.NAME, name)
  local top, why = M.open(s.root, nil, s.fs)
  if not top then
    local link = beneath.link_on_way(s.fs, s.root, known)
    return nil, link and link .. " is a symbolic link; remove it: pienv keeps files of its own there" or why
  end
  local at = top:path() .. "/" .. name
  local function waiting(holder)
    s:say(s.lock.waiting_text(known, holder))
  end
  local held, err = s.lock.acquire(at, { about = about, waiting = waiting })
  if not held then
    top:close()
    return nil, beneath.by_path(err, at, known)
  end
  return held, top
end

return M
