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

---Opens a folder of the project's state, which is made where it is missing.
---@param root string of the project
---@param name string "runs"
---@return pienv.fs.folder? folder to be closed
---@return string? err
---@return string? code
function M.open(root, name)
  local top, err, code = fs.folder(root, M.NAME, { create = true })
  if not top then
    return nil, err, code
  end
  local _ <close> = top
  local ok, why, reason = ignore(fs, top:path())
  if not ok then
    return nil, why, reason
  end
  return fs.folder(root, M.NAME .. "/" .. name, { create = true })
end

---The same by path, for a lock or a folder to work in: .pienv/ is made, and the name in it is none of a link.
---@param files { stat: function, mkdirs: function, write: function } the engine's fs, or a fake's
---@param root string of the project
---@param name string "npm.lock"
---@return string? path absolute, of the name
---@return string? err
function M.place(files, root, name)
  local top = path.join(root, M.NAME)
  local file = path.join(top, name)
  local link = beneath.link_on_way(files, root, file)
  if link then
    return nil, link .. " is a symbolic link; remove it: pienv keeps files of its own there"
  end
  local ok, err = files.mkdirs(top)
  if ok then
    ok, err = ignore(files, top)
  end
  return ok and file or nil, err
end

return M
