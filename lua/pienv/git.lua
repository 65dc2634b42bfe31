-- Running git in repositories of others: nothing of the repository runs. No hook, filter, pager or file system monitor
-- belongs to plumbing commands in this environment, no missing object is fetched, and the owner is not checked.

local M = {}

-- By the environment, which outranks the repository's own configuration.
local CONFIG = {
  { "safe.directory", "*" },
  { "core.fsmonitor", "false" },
  { "core.hooksPath", "/dev/null" },
  { "log.showSignature", "false" },
}

-- The folder decides which repository is meant.
local UNSET = {
  "GIT_DIR",
  "GIT_WORK_TREE",
  "GIT_COMMON_DIR",
  "GIT_INDEX_FILE",
  "GIT_OBJECT_DIRECTORY",
  "GIT_ALTERNATE_OBJECT_DIRECTORIES",
  "GIT_NAMESPACE",
  "GIT_CEILING_DIRECTORIES",
}

---Seconds after which a git command is given up.
M.SECONDS = 120

---The environment for a git child, as `env` of a process: false stands for a variable that is not there.
---@return table<string, string|false>
function M.environment()
  local env = {
    LC_ALL = "C",
    GIT_CONFIG_COUNT = tostring(#CONFIG),
    GIT_ALLOW_PROTOCOL = "none", -- a partial clone would fetch; older versions know only this
    GIT_NO_LAZY_FETCH = "1",
    GIT_LITERAL_PATHSPECS = "1",
    GIT_OPTIONAL_LOCKS = "0",
    GIT_TERMINAL_PROMPT = "0",
  }
  for i, row in ipairs(CONFIG) do
    env["GIT_CONFIG_KEY_" .. i - 1], env["GIT_CONFIG_VALUE_" .. i - 1] = row[1], row[2]
  end
  for _, name in ipairs(UNSET) do
    env[name] = false
  end
  return env
end

return M
