-- Programs that a build needs: where they are, before anything is run.

local path = require("pienv.path")

local M = {}

---Words of a variable such as CC or RUSTFLAGS.
---@param text? string
---@return string[]
function M.words(text)
  local list = {}
  for word in (text or ""):gmatch("%S+") do
    list[#list + 1] = word
  end
  return list
end

local function is_program(s, file)
  local stat = s.fs.stat(file)
  return stat and stat.type == "file" and stat.mode & 73 ~= 0 -- 0111
end

---Looks a program up as the system would: by its path, or in the absolute folders of PATH.
---@param s pienv.context
---@param name string
---@return string? file
function M.find(s, name)
  if name:find("/", 1, true) then
    return is_program(s, name) and name or nil
  end
  for folder in (s.env.PATH or "/usr/local/bin:/usr/bin:/bin"):gmatch("[^:]+") do
    local file = path.join(folder, name)
    if path.is_absolute(folder) and is_program(s, file) then
      return file
    end
  end
end

return M
