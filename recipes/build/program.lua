-- Programs that a build needs: where they are, before anything is run.

local programs = require("pienv.programs")

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

---Looks a program up as the system would: by its path, or in the absolute folders of PATH.
---@param s pienv.context
---@param name string
---@return string? file
function M.find(s, name)
  if name:find("/", 1, true) then
    return programs.is_program(s, name) and name or nil
  end
  return programs.find(s, name, "/usr/local/bin:/usr/bin:/bin")
end

return M
