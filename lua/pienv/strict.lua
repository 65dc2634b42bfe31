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

---Makes an environment for one file: the standard library, nothing else, and no new globals.
---@return table env for load(..., env)
function M.environment()
  local env
  local base = {}
  for name, value in pairs(_G) do
    base[name] = value
  end
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
