-- Strict globals: reading an undefined global or assigning to one is an error with a suggestion.
-- Every project file gets an environment of its own, so that one recipe cannot change what another one sees.

local suggest = require("pienv.suggest")

local M = {}

local function undefined(names, name)
  local hint = suggest.closest(name, names)
  error("global '" .. tostring(name) .. "' is not defined" .. (hint and ", did you mean '" .. hint .. "'?" or ""), 3)
end

local function assigned(_, name)
  error("assignment to global '" .. tostring(name) .. "': write 'local " .. tostring(name) .. "'", 2)
end

local function copy(from)
  local to = {}
  for name, value in pairs(from) do
    to[name] = value
  end
  return to
end

-- os.exit ends the process at once: no clean-up step, no deferred function, no roll-back would run.
local function refused_exit()
  error("os.exit would leave before the clean-up: return from the step, or use s:fail or s:ends_with", 2)
end

-- A step is a task of pienv's: a yield that is not of a coroutine of the recipe's own would reach the scheduler, which
-- gives no values back.
local function guarded_yield(...)
  if require("pienv.task.scheduler").is_task() then
    error("coroutine.yield would stop the step itself: call it in a coroutine of its own, made by coroutine.wrap", 2)
  end
  return coroutine.yield(...)
end

---Makes an environment for one file: the standard library without os.exit, nothing else, and no new globals.
---coroutine.yield works in coroutines of the file's own and is an error in the task itself.
---@return table env for load(..., env)
function M.environment()
  local env
  local base = copy(_G)
  base.os = copy(os)
  base.os.exit = refused_exit
  base.coroutine = copy(coroutine)
  base.coroutine.yield = guarded_yield
  env = setmetatable({}, {
    __index = function(_, name)
      local value = base[name]
      if value == nil then
        undefined(base, name)
      end
      return value
    end,
    __newindex = assigned,
    __pairs = function()
      return pairs(base)
    end,
    __metatable = false,
  })
  base._G = env
  return env
end

---Makes the global table itself strict, for pienv's own modules.
function M.lock_globals()
  setmetatable(_G, {
    __index = function(globals, name)
      undefined(globals, name)
    end,
    __newindex = assigned,
  })
end

return M
