-- Encoding of pienv.json, read when something is encoded.

local c = require("pienv.c.json")

local M = {}

-- More levels than decode accepts are no data but a cycle.
local MOST_LEVELS = 128

local marks -- metatables of tables that are marked as arrays and objects

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
  if mark == marks.object then
    return false
  end
  local n = count_keys(value)
  if n == 0 then
    return mark == marks.array
  end
  if n == #value and rawget(value, n) ~= nil and rawget(value, 1) ~= nil then
    for i = 1, n do
      if rawget(value, i) == nil then
        fail(path, "list has holes")
      end
    end
    return true
  end
  if mark == marks.array then
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
  elseif value == c.null then
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

---@param value any
---@param options? pienv.json.options
---@param kinds { array: table, object: table } the metatables of marked tables
---@return string text
function M.encode(value, options, kinds)
  marks = kinds
  local out = { indent = check_indent(options) }
  local ok, result = pcall(encode_value, out, value, "", 0)
  if ok then
    return result
  elseif type(result) == "table" then
    error("cannot encode " .. (result.path == "" and "value" or result.path) .. ": " .. result.reason, 2)
  end
  error(result, 0)
end

return M
