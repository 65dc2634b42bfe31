-- What JSON that others may have written must look like before it is believed. Pure.

local M = {}

-- The last second of the year 9999: what is shown as a date must be one.
local LAST_SECOND = 253402300799

-- Sums and texts are made of these: neither infinite nor too large for them.
local LARGEST = 1 << 53

local function number_up_to(value, largest)
  return type(value) == "number" and value >= 0 and value <= largest
end

local is = {
  none = function(value)
    return value == nil
  end,
  flag = function(value)
    return type(value) == "boolean"
  end,
  text = function(value)
    return type(value) == "string"
  end,
  list = function(value)
    return type(value) == "table"
  end,
  texts = function(value)
    for _, text in pairs(type(value) == "table" and value or { false }) do
      if type(text) ~= "string" then
        return false
      end
    end
    return true
  end,
  time = function(value)
    return number_up_to(value, LAST_SECOND)
  end,
  amount = function(value)
    return number_up_to(value, LARGEST)
  end,
  whole = function(value)
    return math.type(value) == "integer"
  end,
  count = function(value)
    return math.type(value) == "integer" and value >= 0
  end,
  -- An object id, or false where there was none.
  id = function(value)
    return value == false or type(value) == "string"
  end,
}

---The first field, by name, that is not of its kind.
---@param value any
---@param kinds table<string, string> "text", "time", ...; with "?" it may be missing
---@return string? field "" where the value is no table
function M.wrong(value, kinds)
  if type(value) ~= "table" then
    return ""
  end
  local first
  for name, kind in pairs(kinds) do
    local plain, optional = kind:match("^(%l+)(%??)$")
    local fits = is[plain](value[name]) or optional == "?" and value[name] == nil
    first = not fits and (not first or name < first) and name or first
  end
  return first
end

---Whether every element of a list, or value of a map, has these fields.
---@param list any
---@param kinds table<string, string>
---@return boolean
function M.all(list, kinds)
  for _, value in pairs(type(list) == "table" and list or { false }) do
    if M.wrong(value, kinds) then
      return false
    end
  end
  return true
end

return M
