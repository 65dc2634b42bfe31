-- Outputs that git tracks: what HEAD has in their place.

local git = require("recipes.cache.git")
local path = require("pienv.path")

local M = {}

-- The path of an output from the git root, and its entry at HEAD.
local function at_head(s, job, name)
  if not job.head or not job.head.root then
    return nil
  end
  local file = path.relative(path.join(job.to.folder, name), job.head.root)
  local head = file and s.engine.gittree.head(job.to.root, { file })
  local entry = head and head.entries[1]
  return entry and entry.type == "blob" and entry or nil
end

---The committed content of an output.
---@param s pienv.context
---@param job cache.job
---@param name string
---@return string? bytes nil: it is not tracked
---@return string? err it is, but cannot be read
function M.content(s, job, name)
  local entry = at_head(s, job, name)
  if not entry then
    return nil
  end
  local bytes, err = git.ask(s, job.to.root, { "cat-file", "blob", entry.id })
  return bytes, not bytes and ("git cannot read the committed %s: %s"):format(name, err) or nil
end

---Whether an output is free to be replaced: it is not tracked, or is what HEAD has.
---@param s pienv.context
---@param job cache.job
---@param name string
---@return boolean free
---@return string? err it is not, because nobody can tell
function M.is_as_committed(s, job, name)
  local entry = at_head(s, job, name)
  if not entry then
    return true
  end
  local bytes, err = M.content(s, job, name)
  local now, why
  if bytes then
    now, why = s.engine.fs.read(path.join(job.to.folder, name), { follow = false })
  end
  return bytes ~= nil and now == bytes, err or not now and why or nil
end

return M
