-- What is said about a miss: the reason, and for a key that has no entry which input differs from the nearest one.

local outcome = require("recipes.cache.outcome")

local M = {}

---@param s pienv.context
---@param job cache.job
---@param kind string
---@param reason string
function M.tell(s, job, kind, reason)
  if kind == "missing" and job.head then
    local change = require("recipes.cache.explain").first_change(s, job)
    reason = change and ("%s: %s"):format(reason, change) or reason
  end
  outcome.miss(s, kind, reason, job.key)
end

return M
