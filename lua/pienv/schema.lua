-- Checks of the tables that users write: known fields, right types. Errors point at the field in the user's file.

local failure = require("pienv.failure")
local named = require("pienv.names")
local source = require("pienv.source")
local suggest = require("pienv.suggest")

local M = {}

---Raises a recipe error that points at a field of the table which `chunk` returns.
---@param chunk string
---@param path string[] the field: {"steps", "install", "ouputs"}
---@param fields { code: string, message: string, label?: string, hint?: string }
function M.raise(chunk, path, fields)
  fields.file, fields.path = chunk, path
  fields.line, fields.column, fields.length = source.locate(chunk, path)
  failure.raise(fields)
end

-- No name of a type is part of another one.
local function is_type(value, wanted)
  local given = type(value)
  return given == wanted or wanted == "any" or wanted:find(given, 1, true) ~= nil
end

---Are all fields known and of their types? Asked first, without an order: of ten thousand steps nearly all are right.
---@param value table
---@param fields table<string, string> as for M.fields
---@return boolean
function M.fits(value, fields)
  for key, got in pairs(value) do
    local wanted = fields[key]
    if not (wanted and is_type(got, wanted)) then
      return false
    end
  end
  return true
end

local function with(path, key)
  local longer = { table.unpack(path) }
  longer[#longer + 1] = tostring(key)
  return longer
end

---Checks the fields of one table.
---@param chunk string
---@param path string[] where the table stands
---@param value any
---@param fields table<string, string> field -> type as "string", "function|table", "any"
---@param what string "step 'install'": said in messages
function M.fields(chunk, path, value, fields, what)
  if type(value) == "table" and M.fits(value, fields) then
    return
  end
  for _, key in ipairs(M.names(chunk, path, value, what)) do
    local got = value[key]
    if not fields[key] then
      M.unknown(chunk, with(path, key), "field", key, fields, what)
    end
    if not is_type(got, fields[key]) then
      local message = "field '" .. key .. "' of " .. what .. " must be a " .. fields[key] .. ", got " .. type(got)
      M.raise(chunk, with(path, key), { code = "P0202", message = message })
    end
  end
end

---The keys of a table whose entries must have names, sorted; raises for an entry without one.
---@param chunk string
---@param path string[]
---@param value any what is no table is told, too
---@param what string
---@return string[]
function M.names(chunk, path, value, what)
  local names = {}
  if type(value) ~= "table" then
    M.raise(chunk, path, { code = "P0202", message = what .. " must be a table, got " .. type(value) })
  end
  for key in pairs(value) do
    if type(key) ~= "string" then
      local message = "entry " .. tostring(key) .. " of " .. what .. " has no name"
      M.raise(chunk, path, { code = "P0202", message = message, hint = "write: name = value" })
    end
    names[#names + 1] = key
  end
  table.sort(names)
  return names
end

---Raises the error for a name that is not among the known ones, with a suggestion.
---@param chunk string
---@param path string[]
---@param kind string "field", "step", "option"
---@param name any
---@param known table
---@param what string
function M.unknown(chunk, path, kind, name, known, what)
  local close = suggest.closest(name, known)
  M.raise(chunk, path, {
    code = "P0203",
    name = name,
    message = "unknown " .. kind .. " '" .. tostring(name) .. "' in " .. what,
    label = close and "did you mean '" .. close .. "'?" or nil,
    hint = not close and "known: " .. table.concat(M.sorted(known), ", ") or nil,
  })
end

---The names of a list or the string keys of a table, sorted.
---@param names table
---@return string[]
function M.sorted(names)
  local list = getmetatable(names) == nil and named.keys(names)
  if list then
    return list
  end
  list = {}
  for key, value in pairs(names) do
    list[#list + 1] = type(key) == "number" and value or key
  end
  table.sort(list)
  return list
end

return M
