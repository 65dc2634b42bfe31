-- Commands of steps: what s:run takes, and how their ends are judged. A step may be nothing but a command, too:
--
--   steps = { format = { run = { "clang-format", "-i", "src/addon.c" } } }
--
-- is the same as `run = function(s) s:run { ... } end`. Where it is a list of texts and nothing else, pienv needs no
-- task for it (execute/commands.lua).

local argv = require("pienv.argv")
local path = require("pienv.path")
local schema = require("pienv.schema")
local source = require("pienv.source")

local M = {}

local LAST_LINES = 20

-- Arguments of a command that is started without a task; more are no system's.
local MOST = 100000

local function last_lines(result)
  local text = (result.stderr or "") ~= "" and result.stderr or result.stdout or ""
  local lines = {}
  for line in text:gmatch("[^\n]+") do
    lines[#lines + 1] = line
  end
  return { table.unpack(lines, math.max(1, #lines - LAST_LINES + 1)) }
end

local function outcome(result)
  if result.timed_out then
    return "ran out of its time"
  elseif result.signal then
    return "was ended by " .. result.signal
  end
  return "exited with " .. result.exit
end

local function check_spec(spec)
  if type(spec) ~= "table" then
    error("s:run takes one table: s:run { program, argument, ... }", 3)
  elseif spec.cwd ~= nil and type(spec.cwd) ~= "string" then
    error("option 'cwd' of s:run must be a text, got " .. type(spec.cwd), 3)
  end
end

local function not_started(s, program, err, code)
  local missing = code == "ENOENT" and not program:find("/")
  s:fail(err, {
    exit = missing and 4 or 1,
    code = missing and "P0302" or "P0402",
    hint = missing and "install '" .. program .. "' or put its folder on PATH" or nil,
  })
end

-- Adds a process's CPU time and memory to the step's figures.
local function account(s, result)
  s.cpu_seconds = (rawget(s, "cpu_seconds") or 0) + (result.user or 0) + (result.system or 0)
  s.max_rss = math.max(rawget(s, "max_rss") or 0, result.max_rss or 0)
end

-- What the engine is to run. Outputs without a choice are captured, or told by line to who listens to lines.
local function process_of(spec, root)
  local kept = spec.on_line and "lines" or "capture"
  local process = { stdout = kept, stderr = kept, argv = nil, cwd = nil, on_output = nil }
  for key, value in pairs(spec) do
    if type(key) == "string" and key ~= "check" then
      process[key] = value
    end
  end
  process.argv = argv.flatten(spec)
  process.cwd = spec.cwd and path.absolute(spec.cwd, root) or root
  return process
end

---Looks at how a command ended; raises where that is a failure of its step.
---@param s pienv.context
---@param spec table what s:run got
---@param list string[] its arguments
---@param result? pienv.process.result
---@param err? string why it could not be started
---@param code? string
---@return pienv.process.result? result
---@return string? err
---@return string? code
function M.judge(s, spec, list, result, err, code)
  if not result then
    if spec.check == false then
      return nil, err, code
    end
    not_started(s, list[1], err, code)
  end
  account(s, result)
  if spec.check ~= false and result.exit ~= 0 then
    s:fail(path.basename(list[1]) .. " " .. outcome(result), {
      command = argv.quote(list),
      output = last_lines(result),
      code = "P0403",
      child_exit = result.exit,
    })
  end
  return result
end

---s:run
---@param s pienv.context
---@param spec table
---@return pienv.process.result? result
---@return string? err
---@return string? code
function M.run(s, spec)
  check_spec(spec)
  local run = rawget(s, "base") or s
  local process = process_of(spec, run.root)
  if not process.argv[1] then
    error("s:run got no program: s:run { program, argument, ... }", 2)
  end
  run.ui:command(process, rawget(s, "step"), rawget(s, "target"))
  return M.judge(s, spec, process.argv, run.engine.process(process))
end

-- Where a step's `run` is written.
local function written_at(chunk, origins, name)
  local given = origins["steps." .. name .. ".run"] or origins["steps." .. name]
  if given then
    return given.chunk, given.path
  end
  return chunk, { "steps", name, "run" }
end

---Raises what is wrong with a step that is a command.
---@param chunk string
---@param origins table<string, pienv.field_origin>
---@param name string of the step
---@param run function|table
function M.check(chunk, origins, name, run)
  if type(run) ~= "table" then
    return
  end
  local ok, list = pcall(argv.flatten, run)
  local wrong = not ok and list or list[1] == nil and "it names no program"
  if wrong then
    local message = ("'run' of step '%s' is no command: %s"):format(name, wrong)
    local hint = 'write: run = { "program", "argument", ... }'
    local file, at = written_at(chunk, origins, name)
    schema.raise(file, at, { code = "P0202", message = message, hint = hint })
  end
end

---Says of a failure where a step that is a command is written: there is no line of Lua that called it.
---@param f pienv.failure
---@param recipe pienv.recipe
---@param name string of the step
function M.place(f, recipe, name)
  local chunk, at = written_at(recipe.chunk, recipe.origins, name)
  local line = source.locate(chunk, at)
  if f.file or not line then
    return
  elseif f.code == "P0201" then -- used wrongly: this is the mistake itself
    f.file, f.line = chunk, line
    f.message = f.message:gsub("^[^\n]-%.lua:%d+: ", "")
  else
    f.at = { file = chunk, line = line }
  end
end

---What a step does, as a function: one that is a command runs it, and has no value.
---@param run function|table
---@return fun(s: pienv.context): any
function M.as_function(run)
  if type(run) == "function" then
    return run
  end
  return function(s)
    M.run(s, run)
  end
end

---Is a command a list of texts and nothing else? Looked at whole: a table may have holes, and keys in any order.
---@param list table
---@return boolean
function M.is_plain(list)
  local count, keys = #list, 0
  for i = 1, count do
    local text = list[i]
    if type(text) ~= "string" or text:find("\0", 1, true) then
      return false
    end
  end
  for _ in next, list do
    keys = keys + 1
  end
  return keys == count and count > 0 and count <= MOST and list[1] ~= "" and getmetatable(list) == nil
end

return M
