-- Values as people read them: what `pienv env` and `pienv show` print.

local json = require("pienv.json")

local M = {}

-- A table with functions in it (a builder) is no data.
local function is_data(value)
  if type(value) ~= "table" then
    return type(value) ~= "function"
  end
  for _, field in pairs(value) do
    if not is_data(field) then
      return false
    end
  end
  return true
end

---@param value any
---@param secret? boolean
---@return string
function M.value(value, secret)
  if value == nil then
    return "(unset)"
  elseif secret then
    return "(set)"
  elseif not is_data(value) then
    return type(value) == "function" and "(function)" or "(table with functions)"
  elseif type(value) == "table" then
    return json.encode(json.readable(value))
  end
  return tostring(value)
end

return M
