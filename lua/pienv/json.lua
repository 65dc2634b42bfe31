-- JSON: strict decoding, canonical encoding.
--
-- Equal values give equal bytes: keys are sorted by their bytes, integers keep all their digits, floats are written
-- with the fewest digits that read back as the same float and always look like floats (1.0, 1e+30), strings are UTF-8
-- as they are with only quotes, backslashes and control characters escaped.

local c = require("pienv.c.json")

local M = {}

---Stands for JSON's null, in both directions (nil would vanish from tables).
M.null = c.null

-- More levels than decode accepts are no data but a cycle.
local MOST_LEVELS = 128

local ARRAY, OBJECT = { __name = "json.array" }, { __name = "json.object" }

local SHORT = {
  ['"'] = '\\"',
  ["\\"] = "\\\\",
  ["\b"] = "\\b",
  ["\f"] = "\\f",
  ["\n"] = "\\n",
  ["\r"] = "\\r",
  ["\t"] = "\\t",
}

local function escape(char)
  return SHORT[char] or string.format("\\u%04x", string.byte(char))
end

local function show_key(key)
  if type(key) == "string" and string.find(key, "^[%a_][%w_]*$") then
    return "." .. key
  end
  return type(key) == "string" and string.format("[%q]", key) or "[" .. tostring(key) .. "]"
end

local function fail(path, reason)
  error({ path = path, reason = reason }, 0)
end

local function encode_string(text, path)
  if not utf8.len(text) then
    fail(path, "string is not UTF-8 (json.utf8 replaces what is not)")
  end
  return '"' .. string.gsub(text, '[%c"\\]', escape) .. '"'
end

local function encode_float(number, path)
  if number ~= number or number == math.huge or number == -math.huge then
    fail(path, "JSON has no " .. tostring(number))
  end
  -- Below the smallest normal number a float has fewer digits than 15.
  local fewest = math.abs(number) < 0x1p-1022 and 1 or 15
  for digits = fewest, 17 do
    local text = string.format("%." .. digits .. "g", number)
    if tonumber(text) == number then
      return string.find(text, "[.e]") and text or text .. ".0"
    end
  end
end

local function count_keys(value)
  local n = 0
  for _ in next, value do
    n = n + 1
  end
  return n
end

-- Is the table a list (keys 1 to n and no others)? An empty one only where it is marked as such.
local function is_list(value, path)
  local mark = getmetatable(value)
  if mark == OBJECT then
    return false
  end
  local n = count_keys(value)
  if n == 0 then
    return mark == ARRAY
  end
  if n == #value and rawget(value, n) ~= nil and rawget(value, 1) ~= nil then
    for i = 1, n do
      if rawget(value, i) == nil then
        fail(path, "list has holes")
      end
    end
    return true
  end
  if mark == ARRAY then
    fail(path, "array has holes or keys that are no positions")
  end
  return false
end

local function sorted_keys(value, path)
  local keys = {}
  for key in next, value do
    if type(key) ~= "string" then
      fail(path .. show_key(key), "key of an object must be a string, got " .. (math.type(key) or type(key)))
    end
    keys[#keys + 1] = key
  end
  table.sort(keys)
  return keys
end

local encode_value

-- Writes the parts between two brackets, one a line where an indent is wanted.
local function enclose(out, open, parts, close, level)
  if #parts == 0 then
    return open .. close
  end
  if not out.indent then
    return open .. table.concat(parts, ",") .. close
  end
  local margin = "\n" .. string.rep(" ", out.indent * level)
  local inner = margin .. string.rep(" ", out.indent)
  return open .. inner .. table.concat(parts, "," .. inner) .. margin .. close
end

local function encode_table(out, value, path, level)
  if level > MOST_LEVELS then
    fail(path, "nested too deep (does the value contain itself?)")
  end
  local parts = {}
  if is_list(value, path) then
    for i = 1, #value do
      parts[i] = encode_value(out, value[i], path .. "[" .. i .. "]", level)
    end
    return enclose(out, "[", parts, "]", level - 1)
  end
  local colon = out.indent and ": " or ":"
  for i, key in ipairs(sorted_keys(value, path)) do
    local key_path = path .. show_key(key)
    parts[i] = encode_string(key, key_path) .. colon .. encode_value(out, value[key], key_path, level)
  end
  return enclose(out, "{", parts, "}", level - 1)
end

function encode_value(out, value, path, level)
  local kind = math.type(value) or type(value)
  if kind == "string" then
    return encode_string(value, path)
  elseif kind == "integer" then
    return string.format("%d", value)
  elseif kind == "float" then
    return encode_float(value, path)
  elseif kind == "boolean" then
    return tostring(value)
  elseif value == M.null then
    return "null"
  elseif kind == "table" then
    return encode_table(out, value, path, level + 1)
  end
  fail(path, "JSON has no " .. kind)
end

local function check_indent(options)
  for name in pairs(options or {}) do
    if name ~= "indent" then
      error("unknown option '" .. tostring(name) .. "' of json.encode (known: indent)", 3)
    end
  end
  local indent = options and options.indent
  if indent ~= nil and (math.type(indent) ~= "integer" or indent < 1) then
    error("option 'indent' of json.encode must be a positive integer", 3)
  end
  return indent
end

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
  local out = { indent = check_indent(options) }
  local ok, result = pcall(encode_value, out, value, "", 0)
  if ok then
    return result
  elseif type(result) == "table" then
    error("cannot encode " .. (result.path == "" and "value" or result.path) .. ": " .. result.reason, 2)
  end
  error(result, 0)
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
