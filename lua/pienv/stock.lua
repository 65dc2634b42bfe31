-- Stock files that are no Lua: what recipes generate from.

local vm = require("pienv.vm")

local M = {}

---The text of a file that pienv brings along.
---@param name string "recipes/loader/names.cjs"
---@return string? text
---@return string? err
function M.text(name)
  local text = vm.stock(name)
  return text, not text and ("read %s: there is no such stock file"):format(name) or nil
end

return M
