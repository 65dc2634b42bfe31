-- JSON: strict decoding, canonical encoding.
--
-- Equal values give equal bytes: keys are sorted by their bytes, integers keep all their digits, floats are written
-- with the fewest digits that read back as the same float and always look like floats (1.0, 1e+30), strings are UTF-8
-- as they are with only quotes, backslashes and control characters escaped.

local c = require("pienv.c.json")

local M = {}

---Stands for JSON's null, in both directions (nil would vanish from tables).
M.null = c.null

local ARRAY, OBJECT = { __name = "json.array" }, { __name = "json.object" }
local MARKS = { array = ARRAY, object = OBJECT }

---Decodes one JSON value, strictly (RFC 8259): UTF-8 only, no NaN, no comments, no duplicate keys, no NUL in a key, at
---most 128 levels. Integers keep all their digits, and one that does not fit 64 bits is refused, as is a number beyond
---the range of floats. Numbers with a fraction or an exponent become floats, null becomes json.null.
---@param text string
---@return any? value
---@return string? err "parse JSON: line L, column C: <reason>"; without the place where there are too many levels
---@return string? code "EJSON"
function M.decode(text)
  return c.decode(text, ARRAY)
end

---@class pienv.json.options
---@field indent? integer spaces a level, one member a line; default: everything on one line without spaces

---Encodes a value canonically; no final newline. Raises for what JSON cannot hold, naming the path in the value:
---"cannot encode .steps[2].run: JSON has no function".
---An empty table is an object unless it came from decode as an array or was marked by json.array.
---@param value any
---@param options? pienv.json.options
---@return string text
function M.encode(value, options)
  return require("pienv.json.encode").encode(value, options, MARKS)
end

---Marks a table as an array, so that an empty one is written as [].
---@generic T: table
---@param list? T default: a new table
---@return T list the same table
function M.array(list)
  return setmetatable(list or {}, ARRAY)
end

---Marks a table as an object, so that it is never taken for an array.
---@generic T: table
---@param object? T default: a new table
---@return T object the same table
function M.object(object)
  return setmetatable(object or {}, OBJECT)
end

---Makes any bytes (a file name) encodable: each byte that is not part of UTF-8 becomes U+FFFD.
---@param bytes string
---@return string text
function M.utf8(bytes)
  local parts, from = {}, 1
  while true do
    local length, bad = utf8.len(bytes, from)
    if length then
      return table.concat(parts) .. string.sub(bytes, from)
    end
    parts[#parts + 1] = string.sub(bytes, from, bad - 1) .. "\u{FFFD}"
    from = bad + 1
  end
end

---A copy of a value for readers of pienv's own output: every text in it, keys too, made encodable with M.utf8.
---@param value any no cycles
---@return any copy
function M.readable(value)
  if type(value) == "string" then
    return M.utf8(value)
  elseif type(value) ~= "table" then
    return value
  end
  local result = setmetatable({}, getmetatable(value))
  for key, inner in pairs(value) do
    result[M.readable(key)] = M.readable(inner)
  end
  return result
end

return M
