-- Argument lists. They may nest, and nil or false in them drops out, so that a recipe can write
--   s:run { "cc", debug and "-g", { "-I", dir }, sources }
-- They are counted to the largest integer key, never with '#', which stops anywhere at a nil.

local M = {}

local function largest_index(list)
  local most = 0
  for key in pairs(list) do
    if math.type(key) == "integer" and key > most then
      most = key
    end
  end
  return most
end

local append

-- Adds what is no text; `where` it stands is for messages.
local function add(result, value, where)
  local kind = type(value)
  if kind == "number" then
    result[#result + 1] = tostring(value)
  elseif kind == "table" then
    append(result, value, where)
  elseif value ~= nil and value ~= false then
    error("argument " .. where .. " is a " .. kind .. "; strings, numbers and lists of them are arguments", 0)
  end
end

function append(result, list, where)
  for i = 1, largest_index(list) do
    local value = list[i]
    if type(value) == "string" then
      result[#result + 1] = value
    else
      add(result, value, where and where .. "[" .. i .. "]" or tostring(i))
    end
  end
end

---Flattens an argument list; only its integer keys count.
---@param list table
---@return string[]
function M.flatten(list)
  local result = {}
  append(result, list)
  return result
end

---Writes a command as a shell would read it back: for messages and retry commands, never to be run by a shell here.
---@param argv string[]
---@return string
function M.quote(argv)
  local words = {}
  for i, word in ipairs(argv) do
    local plain = word:find("^[%w_@%%+=:,./-]+$")
    words[i] = plain and word or "'" .. word:gsub("'", "'\\''") .. "'"
  end
  return table.concat(words, " ")
end

return M
