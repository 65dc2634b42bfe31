-- Events of a log as JSON lines, fast: a run of ten thousand steps writes thirty thousand of them. The three kinds that
-- come with every step have a form each; the others go by their fields, and tables in these the usual way.

local json = require("pienv.json")

local M = {}

local orders = {} -- kind -> the names of its fields, sorted, and as a set

local function text(value)
  if value:find('[%c"\\\128-\255]') then
    return json.encode(json.utf8(value))
  end
  return '"' .. value .. '"'
end

local function list(value)
  local parts = {}
  for i, item in ipairs(value) do
    if type(item) ~= "string" then
      return json.encode(json.readable(value))
    end
    parts[i] = text(item)
  end
  return #parts > 0 and "[" .. table.concat(parts, ",") .. "]" or json.encode(json.readable(value))
end

local function encode(value)
  local kind = math.type(value) or type(value)
  if kind == "string" then
    return text(value)
  elseif kind == "float" and value == value and math.abs(value) < 1e15 then
    return ("%.6f"):format(value)
  elseif kind == "table" then
    return list(value)
  end
  return json.encode(value)
end

-- Names sorted, as everywhere in pienv's output; a kind has few fields, always the same.
local function order_of(kind, fields)
  local order = orders[kind] or { names = {}, known = {} }
  orders[kind] = order
  local before = #order.names
  for name in pairs(fields) do
    if not order.known[name] then
      order.known[name] = true
      order.names[#order.names + 1] = name
    end
  end
  if #order.names > before then
    table.sort(order.names)
  end
  return order.names
end

---One event as a line, with its newline.
---@param kind string
---@param at number seconds since the run began
---@param fields table<string, any>
---@return string
function M.line(kind, at, fields)
  fields.type, fields.v, fields.at = kind, 1, at
  local parts = {}
  for _, name in ipairs(order_of(kind, fields)) do
    local value = fields[name]
    if value ~= nil then
      parts[#parts + 1] = '"' .. name .. '":' .. encode(value)
    end
  end
  return "{" .. table.concat(parts, ",") .. "}\n"
end

local function optional(name, value)
  return value and '"' .. name .. '":' .. encode(value) .. "," or ""
end

-- Most processes of a run have one folder.
local last_folder, last_text

local function folder(path)
  if path ~= last_folder then
    last_folder, last_text = path, text(path)
  end
  return last_text
end

-- "step" and "target" stand beside each other in the order of names.
local function names(row)
  return optional("step", row.step) .. optional("target", row.target)
end

---@param process pienv.ui.process
---@param at number
---@return string
function M.process_started(process, at)
  local form = '{"argv":%s,"at":%.6f,"cwd":%s,"number":%d,"pid":%d,%s"type":"process_started","v":1}\n'
  return form:format(list(process.argv), at, folder(process.cwd), process.number, process.pid, names(process))
end

---@param process pienv.ui.process
---@param at number
---@return string
function M.process_finished(process, at)
  local result = process.result
  local form =
    '{"at":%.6f,"cpu_seconds":%.6f,%s%s"max_rss":%d,"number":%d,"seconds":%.6f,%s%s%s"type":"process_finished","v":1}\n'
  return form:format(
    at,
    result.user + result.system,
    optional("exit", result.exit),
    optional("log", process.log),
    result.max_rss,
    process.number,
    process.seconds,
    optional("signal", result.signal),
    names(process),
    result.timed_out and '"timed_out":true,' or ""
  )
end

---@param given table what fields.step_finished gives
---@param at number
---@return string
function M.step_finished(given, at)
  local form =
    '{"at":%.6f,"cpu_seconds":%.6f,"max_rss":%d,%s"seconds":%.6f,"state":%s,%s"type":"step_finished","v":1}\n'
  local reason, state = optional("reason", given.reason), text(given.state)
  return form:format(at, given.cpu_seconds, given.max_rss, reason, given.seconds, state, names(given))
end

return M
