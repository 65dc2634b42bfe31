-- Questions that only git answers, asked without letting anything of the repository run: lua/pienv/git.lua.

local git = require("pienv.git")

local M = {}

---What a git command prints.
---@param s pienv.context
---@param dir string
---@param arguments string[] of plumbing commands only: others may run what the repository configures
---@return string? output
---@return string? err why there is none
function M.ask(s, dir, arguments)
  local command = { "git", "-C", dir, arguments, env = git.environment(), timeout = git.SECONDS, check = false }
  local result, err = s:run(command)
  if result and result.exit == 0 then
    return result.stdout
  end
  return nil, result and ("git ends with %s"):format(result.exit or result.signal) or err
end

return M
