-- cache populate: the files of the work tree's key, out of the cache into the workspace.

local edits = require("recipes.cache.edits")
local journal = require("recipes.cache.journal")
local outcome = require("recipes.cache.outcome")
local place = require("recipes.cache.place")

local M = {}

---Why nothing may be restored or stored for a job, if so.
---@param s pienv.context
---@param job cache.job
---@return string? kind
---@return string? reason
function M.refused(s, job)
  if not s.options.enabled or s.options.cache == "off" then
    return "disabled", "the cache is disabled"
  elseif job.trouble then
    return "no key", job.trouble
  elseif job.dirty then
    return "dirty", "dirty: " .. job.dirty
  end
end

-- Which addons of an entry belong to the job's target.
local function restores(s, job)
  return function(name)
    return s.policy.restores({
      tuple = job.parse(name),
      target = job.target,
      variants = s.settings.variants,
      level = s.host.level,
    })
  end
end

-- The CPU level that an addon needs; another program's entry is asked for it.
local function isa_of(s, job, entry, name)
  local known = entry:known(name)
  if known then
    return known.isa
  end
  local info = job.target.platform == "linux" and s.engine.object.inspect(entry.at .. "/" .. name)
  return info and info.isa_needed or nil
end

---Why this host cannot run what an entry restores, if so; and that there is something to restore.
---@return string? reason
local function unfit(s, job, entry, wanted)
  local any, passed_over = false, nil
  for _, name in ipairs(entry.names) do
    local reason = job.store.is_addon(name)
      and s.policy.unfit({
        target = job.target,
        host = s.host,
        tuple = job.parse(name),
        isa = isa_of(s, job, entry, name),
        variants = s.settings.variants,
      })
    reason = reason and name .. " cannot run here: " .. reason
    local restored = job.store.is_addon(name) and wanted(name)
    if restored and reason then
      return reason
    end
    any, passed_over = any or restored, passed_over or reason
  end
  return not any and (passed_over or "the entry holds no addon of target " .. job.target.label) or nil
end

-- What a workspace's own companion may be replaced by: a tracked one only where all its changes are generated.
local function may_replace(s, job)
  return function(name, bytes, new)
    if edits.same({ a = bytes, b = new, markers = s.settings.markers }) then
      return true
    end
    return require("recipes.cache.tracked").is_as_committed(s, job, name)
  end
end

-- Whether what was found wrong is the entry's fault. An entry of another target may be the right one for a --key that
-- was given with the wrong target; under the work tree's own key it cannot be.
local function is_damage(s, kind)
  return kind == "damaged" or kind == "target" and not s.options.key
end

-- A damaged entry goes out of the way; who cannot lock or write leaves that to others.
local function quarantine(s, job, reason)
  local store = job.store
  if store.read_only then
    return reason
  end
  local held =
    store.e.lock.acquire(store.folder .. "/.lock", { timeout = 1, about = "quarantine", create_mode = "0660" })
  if held then
    local _ <close> = held
    local again, _, kind = store:lookup(job.key, job.target.label)
    if again then
      again:close()
    elseif is_damage(s, kind) and require("recipes.cache.evict").set_aside(store, job.key, "damaged") then
      return reason .. "; the entry was set aside"
    end
  end
  return reason
end

---Remembers a miss, once for each job, where there is a cache at all.
---@param job cache.job
---@param kind? string
function M.note_miss(job, kind)
  if not job.noted and job.store and job.key and job.store:is_there() then
    job.noted = true
    local evicted = journal.was_evicted(job.store:journal(), job.key)
    job.store:note({ op = "miss", key = job.key, why = kind, evicted = evicted or nil })
  end
end

---Tries to fetch; nothing is said yet.
---@param s pienv.context
---@param job cache.job
---@return cache.entry? entry open: to be closed by the caller
---@return cache.placed|string placed or the reason
---@return string? kind
function M.try(s, job)
  local kind, reason = M.refused(s, job)
  if kind then
    return nil, reason, kind
  end
  local entry, why, what = job.store:lookup(job.key, job.target.label)
  if not entry then
    return nil, why, what
  end
  local wanted = restores(s, job)
  local cannot = unfit(s, job, entry, wanted)
  local placed
  if cannot then
    why, what = cannot, "unfit"
  else
    placed, why, what = place.run({
      store = job.store,
      entry = entry,
      to = job.to,
      restores = wanted,
      may_replace = may_replace(s, job),
      pid = tonumber((s.engine.fs.readlink("/proc/self"))) or 0,
    })
  end
  if not placed then
    entry:close()
    return nil, why, what
  end
  return entry, placed
end

---Tries to fetch, and remembers how it went.
---@param s pienv.context
---@param job cache.job
---@return cache.entry? entry open: to be closed by the caller
---@return cache.placed|string placed or the reason
---@return string? kind
function M.attempt(s, job)
  local entry, placed, kind = M.try(s, job)
  if not entry then
    if is_damage(s, kind) then
      placed = quarantine(s, job, placed)
    end
    M.note_miss(job, kind)
  else
    outcome.warn(s, placed.warning)
  end
  return entry, placed, kind
end

-- The addons that a hit has put into the workspace, as results of the run.
local function tell_artifacts(s, job, entry)
  local wanted = restores(s, job)
  for _, name in ipairs(entry.names) do
    if job.store.is_addon(name) and wanted(name) then
      local known = entry:known(name)
      local fields = { path = job.to.path .. "/" .. name, size = entry.stats[name].size, from = "cache" }
      fields.sha256 = known and known.sha256
      s.ui:event("artifact", fields)
    end
  end
end

---Says what a hit did, and prints the entry.
---@param s pienv.context
---@param job cache.job
---@param entry cache.entry
---@param placed cache.placed
---@param began number monotonic seconds
function M.tell(s, job, entry, placed, began)
  tell_artifacts(s, job, entry)
  local milliseconds = (s.time.monotonic() - began) * 1000
  outcome.done(s, entry, outcome.hit_line({ key = entry.key, placed = placed, milliseconds = milliseconds }), {
    state = "hit",
    noop = placed.noop,
    how = s.json.object(placed.how),
    passed = s.json.array(placed.passed),
    milliseconds = milliseconds,
  })
end

---@param s pienv.context
---@param job cache.job
function M.run(s, job)
  local began = s.time.monotonic()
  local found, placed, kind = M.attempt(s, job)
  if not found then
    require("recipes.cache.miss").tell(s, job, kind, placed)
    return
  end
  local entry <close> = found
  M.tell(s, job, entry, placed, began)
end

return M
