-- Questions that only git answers, asked without letting anything of the repository run: no hook, no filter, no pager,
-- no monitor, no transport (a partial clone would fetch), and no check of who owns it.

local M = {}

-- Configuration by environment outranks the repository's own.
local CONFIG = {
  { "safe.directory", "*" },
  { "core.fsmonitor", "false" },
  { "core.hooksPath", "/dev/null" },
  { "log.showSignature", "false" },
}

local function environment()
  local env = {
    GIT_CONFIG_COUNT = tostring(#CONFIG),
    GIT_ALLOW_PROTOCOL = "none",
    GIT_OPTIONAL_LOCKS = "0",
    GIT_TERMINAL_PROMPT = "0",
    GIT_LITERAL_PATHSPECS = "1",
    GIT_NO_LAZY_FETCH = "1",
    GIT_DIR = false, -- the folder decides which repository is meant
    GIT_WORK_TREE = false,
    GIT_COMMON_DIR = false,
    GIT_INDEX_FILE = false,
    GIT_OBJECT_DIRECTORY = false,
    GIT_ALTERNATE_OBJECT_DIRECTORIES = false,
    GIT_NAMESPACE = false,
    LC_ALL = "C",
  }
  for i, row in ipairs(CONFIG) do
    env["GIT_CONFIG_KEY_" .. i - 1], env["GIT_CONFIG_VALUE_" .. i - 1] = row[1], row[2]
  end
  return env
end

local SECONDS = 120

---What a git command prints.
---@param s pienv.context
---@param dir string
---@param arguments string[] of plumbing commands only: others may run what the repository configures
---@return string? output nil where it fails
function M.ask(s, dir, arguments)
  local result = s:run({ "git", "-C", dir, arguments, env = environment(), timeout = SECONDS, check = false })
  return result and result.exit == 0 and result.stdout or nil
end

return M
