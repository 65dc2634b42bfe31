-- Folders of a tree that others may write to: a symbolic link on the way would lead what pienv creates, sweeps and
-- removes to a place that the tree's owner chose. (Transactions refuse such links by themselves.)

local path = require("pienv.path")
local presence = require("pienv.presence")

local M = {}

---The first symbolic link among the folders from below a root down to a path, the path itself included.
---@param fs { stat: function } the engine's fs, or a fake's
---@param root string absolute
---@param target string absolute; one that is not beneath the root was named by its user: nothing is looked at
---@return string? link
function M.link_on_way(fs, root, target)
  local folder = root
  for part in (path.relative(target, root) or "."):gmatch("[^/]+") do
    folder = path.join(folder, part)
    local stat = presence.stat(folder, { follow = false }, fs)
    if stat and stat.type == "link" then
      return folder
    end
  end
  return nil
end

return M
