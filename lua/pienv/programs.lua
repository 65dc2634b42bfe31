-- Programs on PATH, found as the system would, but only in absolute folders: what a relative one means depends on where
-- pienv was called.

local path = require("pienv.path")

local M = {}

---Says whether a file is there and may be executed.
---@param s pienv.context
---@param file string
---@return boolean
function M.is_program(s, file)
  local stat = s.fs.stat(file)
  return stat ~= nil and stat.type == "file" and stat.mode & 73 ~= 0 -- 0111
end

---@param s pienv.context
---@param name string without a slash
---@param otherwise? string the folders where PATH is unset
---@return string? file
function M.find(s, name, otherwise)
  for folder in (s.env.PATH or otherwise or ""):gmatch("[^:]+") do
    local file = path.join(folder, name)
    if path.is_absolute(folder) and M.is_program(s, file) then
      return file
    end
  end
end

return M
