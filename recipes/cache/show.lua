-- Commands that only show: key.

local outcome = require("recipes.cache.outcome")

local M = {}

---cache key: the key of the work tree, also of one that is dirty (then with a word about it).
---@param s pienv.context
---@param job cache.job
function M.key(s, job)
  if not job.key then
    outcome.miss(s, "no key", job.trouble)
    return
  end
  local why = job.dirty and "dirty: " .. job.dirty or job.content and "with uncommitted content: " .. job.content
  s:because(why or job.target.label)
  s.ui:event("cache", { state = "key", key = job.key, target = job.target.label, dirty = job.dirty })
  s:print(job.key)
end

return M
