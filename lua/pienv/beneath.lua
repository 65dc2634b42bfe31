-- Folders of a tree that others may write to: a symbolic link on the way would lead what pienv creates, sweeps and
-- removes to a place that the tree's owner chose. (Transactions refuse such links by themselves.)

local path = require("pienv.path")
local presence = require("pienv.presence")

local M = {}

-- The first symbolic link on the way that is wanted.
local function first_link(fs, root, target, is_wanted)
  local folder = root
  for part in (path.relative(target, root) or "."):gmatch("[^/]+") do
    folder = path.join(folder, part)
    local stat = presence.stat(folder, { follow = false }, fs)
    if stat and stat.type == "link" and is_wanted(stat) then
      return folder
    end
  end
  return nil
end

---The first symbolic link among the folders from below a root down to a path, the path itself included.
---@param fs { stat: function } the engine's fs, or a fake's
---@param root string absolute
---@param target string absolute; one that is not beneath the root was named by its user: nothing is looked at
---@return string? link
function M.link_on_way(fs, root, target)
  return first_link(fs, root, target, function()
    return true
  end)
end

---The first such link that belongs neither to who runs this nor to root: its owner would choose which file is read,
---also one that only who runs this may read.
---@param fs { stat: function, user: function } the engine's fs, or a fake's
---@param root string absolute
---@param target string absolute; as above
---@return string? link
function M.foreign_link(fs, root, target)
  return first_link(fs, root, target, function(stat)
    return stat.uid ~= nil and stat.uid ~= 0 and stat.uid ~= fs.user()
  end)
end

---A message of what was done from an open folder on, by the path that users know.
---@param err string?
---@param name string the path through the folder's handle
---@param known string the path that is meant
---@return string? err
function M.by_path(err, name, known)
  local first, last = (err or ""):find(name, 1, true)
  return first and err:sub(1, first - 1) .. known .. err:sub(last + 1) or err
end

return M
