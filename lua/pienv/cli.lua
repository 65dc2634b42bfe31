-- The command line: finds the verb or recipe, runs it, and turns every error into a message and an exit code.
-- 0 done · 1 a step failed · 2 command line · 3 recipe or project file · 4 precondition · 10 nothing to do it with ·
-- 124 time limit · 125 defect in pienv · interrupted: ends by the same signal after cleaning up.

local vm = require("pienv.vm")
local failure -- required behind the fast way out: reading it is half of what `--version` would cost

local M = {}

local DEFAULT_MEMORY = 2 << 30

-- The fast way out for what needs nothing of the rest.
local function print_version()
  io.stdout:write("pienv ", vm.version, "\n")
  vm.settle()
  return 0
end

-- Makes `require` read anew what the short way has read, which was without lines and names.
local function forget()
  for name in pairs(package.loaded) do
    local top = name:find("^pienv%.") and "lua/" or ""
    if name ~= "pienv.cli" and vm.stock(top .. name:gsub("%.", "/") .. ".lua") then
      package.loaded[name] = nil
    end
  end
end

-- Ends the program by the signal that interrupted it.
local function end_by(signal)
  vm.take_interrupt()
  if signal ~= "SIGPIPE" then -- a reader who goes away (`| head -1`) wants to hear nothing
    io.stderr:write("pienv: interrupted by ", signal, "\n")
  end
  vm.reraise(signal)
  return 1
end

-- The short way of a recipe, recipes/NAME/fast.lua: it does what the recipe would do in its most frequent case, or
-- leaves everything as it is and gives nothing; or what has to be held until the recipe has ended, as a second value.
local function short_way(argv)
  local name = argv[1] == "-C" and argv[3] or argv[1]
  local module = name and name:find("^%a[%w_]*$") and "recipes." .. name .. ".fast"
  if module and vm.stock("recipes/" .. name .. "/fast.lua") then
    local decided, exit, held = pcall(require(module).run, argv, require("pienv.engine").real())
    if decided and exit then
      vm.settle() -- its handles are closed where they are used
      return exit
    end
    if not decided and type(exit) == "table" and exit.kind == "interrupt" then
      return end_by(exit.signal) -- while it waited for a lock
    end
    forget()
    return nil, decided and held or nil -- what it raises the recipe will raise, too, and say it well
  end
end

-- Was --json given? Also where the rest of the line cannot be read.
local function wants_json(argv)
  for _, word in ipairs(argv) do
    if word == "--" then
      return false
    elseif word == "--json" then
      return true
    end
  end
  return false
end

local function show(raised, argv)
  local ui = require("pienv.ui").new({ env = require("pienv.env").all(), json = wants_json(argv) })
  ui:failure(failure.from(raised))
end

-- What pienv's own modules raise where no recipe called them is nobody's mistake but pienv's.
local function handler(raised)
  local result = failure.handler(raised)
  if type(raised) ~= "string" or result.file or not raised:find("^[^\n]-lua/pienv/[^\n]-%.lua:%d+: ") then
    return result
  end
  return failure.new({
    code = "P0901",
    message = raised,
    hint = "this is a defect of pienv, not of your recipe: please report it with this text\n" .. result.traceback,
  })
end

local function run(argv)
  local line = require("pienv.cli.line").parse(argv)
  require("pienv.cli.preferences").apply(line.engine)
  vm.limit({ bytes = line.engine.memory_limit or DEFAULT_MEMORY, seconds = line.engine.timeout or 0 })
  return require("pienv.cli.verbs").run(line)
end

-- "interrupt" or "timeout" for the errors of the VM and the task scheduler that are nobody's mistake.
local function ended_by(raised)
  local kind = type(raised) == "table" and raised.kind
  if kind == "interrupt" or vm.interrupted() then
    return "interrupt", kind and raised.signal or vm.interrupted()
  end
  return kind
end

---Runs pienv.
---@param argv string[] argv[0] is the program
---@return integer exit_code
function M.main(argv)
  if argv[1] == "--version" and not argv[2] then
    return print_version()
  end
  local exit, held = short_way(argv)
  local _ <close> = held
  if exit then
    return exit
  end
  vm.watch()
  failure = require("pienv.failure")
  require("pienv.strict").lock_globals()
  local ok, result = xpcall(run, handler, argv)
  if ok then
    return result
  end
  vm.limit({ bytes = 0, seconds = 0 }) -- saying what happened must not hit the limit that ended it
  local how, signal = ended_by(result)
  if how == "interrupt" then
    return end_by(signal)
  elseif how == "timeout" then
    result = failure.new({ code = "P0501", message = result.message, hint = "give a longer --timeout" })
  end
  show(result, argv)
  return failure.is(result) and result.exit or failure.from(result).exit
end

return M
