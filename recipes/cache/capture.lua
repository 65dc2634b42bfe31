-- cache capture: what a successful build left in the workspace, into the cache under the work tree's key.

local journal = require("recipes.cache.journal")
local key_rules = require("recipes.cache.key")
local outcome = require("recipes.cache.outcome")
local populate = require("recipes.cache.populate")
local sources = require("recipes.cache.sources")

local M = {}

local MOVED = "the inputs changed meanwhile"

-- Places of this workspace that the outputs should not name: in another one they would point here.
local function places(s, job)
  local list = {}
  for _, place in ipairs(s.settings.leaks ~= "ignore" and { job.head and job.head.root or s.root, s.env.HOME } or {}) do
    list[#list + 1] = #place > 1 and place ~= list[1] and place or nil
  end
  return list
end

-- What was found of them, by file.
local function leaks(s, job, found, names)
  local list = {}
  for _, name in ipairs(names) do
    for i, place in ipairs(places(s, job)) do
      list[#list + 1] = found[name][i] > 0 and name .. " holds the path " .. place or nil
    end
  end
  return list
end

local function record_of(s, job, seconds)
  return {
    inputs = job.inputs,
    extra = s.json.array(job.extra),
    dirty = job.content and "content" or nil,
    variables = s.json.object(s.policy.variables({
      names = s.settings.variables,
      env = s.env,
      secrets = s.settings.secrets,
    })),
    build_seconds = seconds,
  }
end

-- Bytes that were declared bad must not come back from a workspace that still has them.
local function tainted(job, files)
  local bad = journal.tainted(journal.events(job.store:journal(), job.e.json.decode))
  for name, file in pairs(files) do
    if bad[file.sha256] then
      return ("%s has the bytes of a tainted entry (%s)"):format(name, bad[file.sha256])
    end
  end
end

-- The key must be the one from before, ahead of the copy and after it: what was saved meanwhile belongs to another key.
-- Says why nothing may be stored under it.
local function unsettled(s, job)
  if not job.head then
    return nil
  end
  local now = { key = false, dirty = false, content = false, trouble = false, unread = false } -- not from before
  require("recipes.cache.job").take_key(s, setmetatable(now, { __index = job }))
  local why = now.trouble or now.unread
  if why then
    return "the key cannot be taken again: " .. why
  end
  return (now.key ~= job.key or now.dirty) and MOVED or nil
end

-- What this workspace has is what the entry will have: its next populate has nothing to do, and a recall names it.
-- Noted before anybody can fetch the entry.
local function note_holder(s, job, at)
  return function(files, captured_at)
    local facts = {}
    for name, file in pairs(files) do
      local stat = s.engine.fs.stat(at .. "/" .. name, { follow = false })
      facts[name] = stat and stat.size == file.size and journal.facts(stat) or nil
    end
    outcome.warn(
      s,
      job.store:note({
        op = "place",
        key = job.key,
        captured_at = captured_at,
        folder = s.json.utf8(job.to.folder),
        workspace = s.json.utf8(s.root),
        files = facts,
      })
    )
  end
end

-- The last look at the copies, before they are published.
local function accept(s, job)
  return function(files, counts, record)
    local names = {}
    for name in pairs(files) do
      names[#names + 1] = name
    end
    table.sort(names)
    local moved = unsettled(s, job)
    if moved then
      return moved
    end
    local found = leaks(s, job, counts, names)
    if found[1] and s.settings.leaks == "refuse" then
      return "outputs name places of this machine: " .. table.concat(found, "; ")
    end
    for _, text in ipairs(found) do
      s:say("warning: " .. text)
    end
    record.leaks = s.json.array(found)
    return tainted(job, files)
  end
end

local function fields_of(s, job)
  return {
    source_workspace = s.options.workspace or s.root,
    commit = s.options.commit or job.head and job.head.commit or "",
  }
end

-- Under the lock that publishing holds anyway.
local function clean(s, job)
  return function()
    local caps = require("recipes.cache.job").caps(s)
    local _, err = require("recipes.cache.evict").clean(job.store, caps, job.key)
    outcome.warn(s, err)
  end
end

local function publish(s, job, at, files, seconds)
  return job.store:publish({
    key = job.key,
    target = job.target.label,
    files = files,
    fields = fields_of(s, job),
    record = record_of(s, job, seconds),
    sync = s.settings.durable,
    pid = tonumber((s.engine.fs.readlink("/proc/self"))) or 0,
    about = "capturing " .. job.target.label .. " of " .. s.root,
    timeout = s.options.lock_timeout or s.settings.lock_timeout,
    search = places(s, job),
    accept = accept(s, job),
    before = note_holder(s, job, at),
    after = clean(s, job),
    waiting = function(holder)
      s:say(s.engine.lock.waiting_text(job.store.folder .. "/.lock", holder))
    end,
  })
end

local function bytes_of(entry)
  local bytes = 0
  for _, stat in pairs(entry.stats) do
    bytes = bytes + stat.size
  end
  return bytes
end

-- The key for which these very files were put here, where that is another one: then nothing was built since.
local function of_other_key(s, job, at, files)
  local last = journal.last(job.store:journal(), job.to.folder, s.json)
  if not last or last.key == job.key then
    return nil
  end
  for _, file in ipairs(files) do
    local stat = s.engine.fs.stat(at .. "/" .. file.name, { follow = false })
    if file.role == "addon" and not journal.same(last.files[file.name], stat) then
      return nil
    end
  end
  return last.key
end

-- Captures what is in an open output folder. `seconds`: of a build that has just succeeded.
local function capture(s, job, at, seconds)
  local files, reason, kind = sources.of(s, job, at)
  local other = files and not seconds and of_other_key(s, job, at, files)
  if other then
    files, kind = nil, "stale"
    reason = ("the addon is still the one of key %s: build first"):format(key_rules.short(other))
  end
  if not files then
    return nil, reason, kind
  end
  local entry, created, what = publish(s, job, at, files, seconds)
  if not entry then
    return nil, created, what
  end
  if created then
    outcome.warn(s, job.store:note({ op = "store", key = job.key, bytes = bytes_of(entry) }))
  end
  return entry, created
end

---@param s pienv.context
---@param job cache.job
---@param seconds? number that the build took
---@return cache.entry? entry open: to be closed by the caller
---@return boolean|string created or the reason
---@return string? kind
function M.try(s, job, seconds)
  local kind, reason = populate.refused(s, job)
  reason = reason or s.policy.native(s.env)
  if reason then
    return nil, reason, kind or "native"
  elseif job.store.read_only then
    return nil, "--cache ro: nothing is stored", "disabled"
  end
  local there, unusable, what = job.store:lookup(job.key, job.target.label)
  if there then
    return there, false
  elseif what == "target" and s.options.key then
    return nil, unusable, what -- not this workspace's to replace
  end
  local opened, err, code = s.engine.fs.folder(job.to.root, job.to.path)
  if not opened then
    return nil, code == "ENOENT" and "there is no " .. job.to.path or err, "nothing"
  end
  local handle <close> = opened
  local moved = unsettled(s, job)
  if moved then
    return nil, moved, "moved"
  end
  return capture(s, job, handle:path(), seconds)
end

---@param s pienv.context
---@param job cache.job
---@param seconds? number
---@return boolean stored
function M.run(s, job, seconds)
  local began = s.time.monotonic()
  local found, created, kind = M.try(s, job, seconds)
  if not found then
    outcome.miss(s, kind, created, job.key)
    return false
  end
  local entry <close> = found
  local word = created and "stored" or "already there"
  local line = ("%s %s %s"):format(word, key_rules.short(entry.key), outcome.took(s, began))
  outcome.done(s, entry, line, { state = created and "stored" or "there" })
  return true
end

return M
