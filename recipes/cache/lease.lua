-- The short way of `pienv cache capture` (recipes/cache/fast.lua): the entry is there, or another is just making it.
-- Of many who would capture at the same time one goes on to the recipe, which costs ten times what this costs, and
-- keeps a lease until it ends; the others wait here for its entry, and share the lock in doing so: when it is free they
-- go on together, and until then nobody asks again and again. Without one there is only more to do: the recipe's own
-- lock keeps two from making one entry.

local where = require("recipes.cache.where")

local M = {}

---The file that is held, in the repository's folder of the cache.
M.NAME = ".pienv-capture"

-- Seconds to wait; then the recipe waits, for the lock.
local PATIENCE = 60

-- What makes the recipe refuse to capture.
local function is_native(e)
  local env = setmetatable({}, {
    __index = function(_, name)
      return e.env.get(name)
    end,
  })
  return require("recipes.cache.edits").native(env) ~= nil
end

local function tell(e, at, began)
  local seconds = e.time.monotonic() - began
  local short = require("recipes.cache.key").short(at.key)
  io.stderr:write(("ok   capture  %.2f s  already there %s %.0f ms\n"):format(seconds, short, seconds * 1000))
  io.stdout:write(at.folder, "/", at.key, "\n")
  return 0
end

-- The lease, or nil where the entry came meanwhile or none is to be had.
local function wait_for_lease(e, at, is_there)
  local file = at.folder .. "/" .. M.NAME
  local function options(more)
    more.create_mode, more.about = "0660", "capturing " .. at.target.label .. " of " .. at.head.root
    more.timeout, more.enough, more.alone = PATIENCE, is_there, true
    return more
  end
  local lease, _, code = e.lock.try(file, options({}))
  if lease or code ~= "EAGAIN" then
    return lease
  end
  local shared = e.lock.acquire(file, options({ mode = "shared" }))
  if shared then
    shared:release()
  end
  -- Where who held it ended without an entry, one of those who waited takes it over.
  return not is_there() and e.lock.acquire(file, options({})) or nil
end

---@param e table engine
---@param at table root, slug, folder, settings, key, target
---@param began number
---@return integer? exit_code nil: left to the recipe
---@return pienv.lock.held? lease to be kept until the recipe has ended
function M.run(e, at, began)
  if is_native(e) then
    return nil
  end
  local store = where.store(e, { root = at.root, slug = at.slug, settings = at.settings })
  local function is_there()
    local entry <close> = store:lookup(at.key, at.target.label)
    return entry ~= nil
  end
  if is_there() then
    return tell(e, at, began)
  end
  local lease = store:is_there() and wait_for_lease(e, at, is_there) or nil
  if not is_there() then
    return nil, lease
  end
  local _ <close> = lease
  return tell(e, at, began)
end

return M
