-- The one shape of an error that a user sees: what, where, why, and the next step, with the exit code it leads to.
--
--   error[P0203]: unknown field 'ouputs' in step 'install'
--     --> recipes/build.lua:57:7
--      57 |       ouputs = { ... },
--         |       ^^^^^^ did you mean 'outputs'?
--
-- Codes by their first digits: P01 command line (exit 2), P02 recipe or project file (exit 3), P03 precondition
-- (exit 4), P04 a step failed (exit 1), P05 time limit (exit 124), P06 cache (exit 5), P07 an addon where it is used
-- (exit 1; what `pienv doctor` looks for), P09 defect of pienv (exit 125).

local source = require("pienv.source")

local M = {}

---@class pienv.failure
---@field code string "P0203"
---@field exit integer exit code of pienv (docs/CLI.md)
---@field message string one sentence
---@field hint? string the next step
---@field file? string chunk name as source.register got it
---@field line? integer
---@field column? integer
---@field at? { file: string, line: integer } the recipe's line that led to it, where it does not point at one
---@field log? string where the whole output of its process is kept
---@field retry? string command that runs it again
---@field length? integer of what is underlined
---@field label? string said at the underline
---@field path? string[] the field in the table that the file returns
---@field name? any the name that is unknown
---@field step? string
---@field target? string
---@field command? string the process that failed, as a shell would take it
---@field output? string[] its last lines
---@field traceback? string
local failure = {}
failure.__index = failure
failure.__name = "pienv.failure"

function failure:__tostring()
  return self.message
end

local exits = { P01 = 2, P02 = 3, P03 = 4, P04 = 1, P05 = 124, P06 = 5, P07 = 1, P09 = 125 }

---The exit code that an error code leads to, unless whoever raises it gives another.
---@param code string
---@return integer
function M.exit_of(code)
  return exits[code:sub(1, 3)] or 1
end

---Makes a failure; exit follows from the code unless given.
---@param fields table
---@return pienv.failure
function M.new(fields)
  fields.exit = fields.exit or M.exit_of(fields.code)
  return setmetatable(fields, failure)
end

---Raises a failure.
---@param fields table
function M.raise(fields)
  error(M.new(fields), 0)
end

---@param value any
---@return boolean
function M.is(value)
  return getmetatable(value) == failure
end

-- "recipes/x.lua:57: text" is how Lua positions its messages.
local function split_position(text)
  local file, line, rest = text:match("^([^\n]-):(%d+): (.*)$")
  if file then
    return source.chunk_of(file), tonumber(line), rest
  end
  return nil, nil, text
end

-- What stands for a raised value in a message. A table's address would tell nothing.
local function text_of(raised)
  if type(raised) == "string" then
    return raised
  elseif type(raised) ~= "table" then
    return "a recipe raised " .. tostring(raised)
  elseif type(raised.message) == "string" then
    return raised.message
  end
  return "a recipe raised a table without a 'message'"
end

---Turns whatever a recipe raised into a failure that points at the recipe's line and column.
---@param raised any
---@param traceback? string
---@param where? { file: string, line: integer } the recipe's line, for a message that has none
---@return pienv.failure
function M.from(raised, traceback, where)
  if M.is(raised) then
    return raised
  end
  local file, line, message = split_position(text_of(raised))
  if not file and where then
    file, line = where.file, where.line
    message = message:gsub("^[^\n]-%.lua:%d+: ", "")
  end
  local result = M.new({ code = "P0201", message = message, file = file, line = line, traceback = traceback })
  local name = message:match("'([^']+)'")
  if file and name then
    local use = message:match("^attempt to (%l+) a ")
    result.column, result.length = source.column_of(file, line, name, (use == "index" or use == "call") and use or nil)
  end
  return result
end

-- The innermost line of a recipe or project file on the stack: pienv's own modules are not what the user can change.
local function recipe_line()
  local level = 3
  while true do
    local frame = debug.getinfo(level, "Sl")
    if not frame then
      return nil
    end
    local file = frame.source:match("^@(.*)$")
    if file and source.is_registered(file) then
      return { file = file, line = frame.currentline }
    end
    level = level + 1
  end
end

-- Errors that pienv's own control flow is made of: skips, interrupts, cancellations, time limits.
local function is_control(raised)
  return type(raised) == "table" and (raised.skip ~= nil or raised.kind ~= nil)
end

---Whether a raised value ends the whole run: an interrupt or a time limit. Code that catches errors passes it on.
---@param raised any
---@return boolean
function M.ends_run(raised)
  return type(raised) == "table" and (raised.kind == "interrupt" or raised.kind == "timeout")
end

---A message handler for xpcall around code of recipes: gives a failure that points at their line. What is meant for
---pienv itself passes through.
---@param raised any
---@return any
function M.handler(raised)
  if M.is(raised) then
    raised.at = raised.at or not raised.file and recipe_line() or nil
    return raised
  elseif is_control(raised) then
    return raised
  end
  return M.from(raised, debug.traceback(nil, 2), recipe_line())
end

local function snippet(f, lines)
  local text = source.line(f.file, f.line)
  if not text then
    return
  end
  local number = string.format("%5d", f.line)
  lines[#lines + 1] = number .. " | " .. text:gsub("\t", " ")
  if f.column then
    local mark = string.rep(" ", f.column - 1) .. string.rep("^", f.length or 1)
    lines[#lines + 1] = "      | " .. mark .. (f.label and " " .. f.label or "")
  end
end

local function headline(f)
  local where = f.step and " in step '" .. f.step .. "'" .. (f.target and " [" .. f.target .. "]" or "") or ""
  return "error[" .. f.code .. "]" .. where .. ": " .. f.message
end

---Writes a failure as text, without a final line feed.
---@param f pienv.failure
---@param opts? { traceback?: boolean, silent?: boolean } silent: without the output of the process
---@return string
function M.render(f, opts)
  local lines = { headline(f) }
  if f.file and f.line then
    local column = f.column and ":" .. f.column or ""
    lines[#lines + 1] = "  --> " .. source.display(f.file) .. ":" .. f.line .. column
    snippet(f, lines)
  elseif f.file then
    lines[#lines + 1] = "  --> " .. source.display(f.file)
  end
  if f.label and not f.column then
    lines[#lines + 1] = "  " .. f.label
  end
  if f.command then
    lines[#lines + 1] = "  command: " .. f.command
  end
  for _, line in ipairs(not (opts and opts.silent) and f.output or {}) do
    lines[#lines + 1] = "  | " .. line
  end
  if f.hint then
    lines[#lines + 1] = "  next: " .. f.hint:gsub("\n", "\n        ")
  end
  if opts and opts.traceback and f.traceback then
    lines[#lines + 1] = f.traceback
  end
  return table.concat(lines, "\n")
end

return M
