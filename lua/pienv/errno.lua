-- What the code of a failed call says of the path it was about: that nothing is there, or that nobody can tell now.

local M = {}

-- ENOTDIR: what should be a folder on the way is none.
local ABSENT = { ENOENT = true, ENOTDIR = true }

local PASSING = { ENOMEM = true, EIO = true, EMFILE = true, ENFILE = true, EINTR = true, EACCES = true, ESTALE = true }

---Is nothing there? Any other code says that something may be.
---@param code? string "ENOENT", ...
---@return boolean
function M.is_absent(code)
  return ABSENT[code] == true
end

---Is it a reason for which nothing can be read now, whatever lies there?
---@param code? string "EIO", ...
---@return boolean
function M.is_passing(code)
  return PASSING[code] == true
end

return M
