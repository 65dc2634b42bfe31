-- cache capture: what a successful build left in the workspace, into the cache under the work tree's key.

local addon = require("recipes.addon")
local edits = require("recipes.cache.edits")
local journal = require("recipes.cache.journal")
local key_rules = require("recipes.cache.key")
local outcome = require("recipes.cache.outcome")
local populate = require("recipes.cache.populate")
local tracked = require("recipes.cache.tracked")

local M = {}

-- The addons of the target among the names of the output folder.
local function addons(s, job, names)
  local list, others = {}, {}
  local detected = addon.detect({ level = s.host.level, variants = s.settings.variants })
  for _, name in ipairs(names) do
    if job.store.is_addon(name) then
      local belongs = s.policy.captures({
        tuple = job.parse(name),
        target = job.target,
        variants = s.settings.variants,
        detected = detected,
        level = s.host.level,
      })
      local into = belongs and list or others
      into[#into + 1] = name
    end
  end
  return list, others
end

-- A regular file that holds something; links are refused, because what they lead to is not the workspace's.
local function check_file(s, at, name)
  local stat, err, code = s.engine.fs.stat(at .. "/" .. name, { follow = false })
  if not stat then
    return nil, code == "ENOENT" and name .. " is missing" or err
  elseif stat.type ~= "file" then
    return nil, ("%s is a %s, and only files are stored"):format(name, stat.type)
  elseif stat.size == 0 then
    return nil, name .. " is empty"
  end
  return stat
end

local function addon_source(s, job, at, name)
  local stat, err = check_file(s, at, name)
  if not stat then
    return nil, err
  end
  local info = job.target.platform == "linux" and s.engine.object.inspect(at .. "/" .. name) or nil
  local tuple = job.parse(name)
  local variant = tuple and s.settings.variants[tuple.variant]
  return {
    name = name,
    from = at .. "/" .. name,
    mode = stat.mode & 365, -- 0555: nobody writes through a link
    role = "addon",
    isa = info and info.isa_needed or variant and variant.level or nil,
  }
end

-- A companion as it is, or with the stub in its place. One that git tracks must be HEAD's outside of what is generated.
local function companion_source(s, job, at, name)
  local stat, err = check_file(s, at, name)
  if not stat then
    return nil, err
  end
  local file = at .. "/" .. name
  local bytes, why = s.engine.fs.read(file, { follow = false })
  local head, unreadable = tracked.content(s, job, name)
  if not bytes or unreadable then
    return nil, unreadable or why
  end
  local stub = s.policy.stub({ name = name, bytes = bytes, head = head, companions = s.settings.companions })
  local kept = stub or bytes
  if head and not edits.same({ a = kept, b = head, markers = s.settings.markers }) then
    return nil, ("%s has changes that are not committed, outside of what is generated in it"):format(name), "dirty"
  end
  return { name = name, from = file, bytes = stub, mode = stat.mode & 511, role = "companion" }
end

---The files of the workspace that make an entry.
---@param s pienv.context
---@param job cache.job
---@param at string the output folder
---@return cache.source[]? files
---@return string? reason
---@return string? kind
local function sources(s, job, at)
  local found, others = addons(s, job, s.engine.fs.list(at) or {})
  if #found == 0 then
    local beside = #others > 0 and " (there is " .. table.concat(others, ", ") .. ")" or ""
    return nil, ("no addon of target %s in %s%s"):format(job.target.label, job.to.path, beside), "nothing"
  end
  local list = {}
  for _, name in ipairs(s.settings.companions) do
    local file, err, kind = companion_source(s, job, at, name)
    if not file then
      return nil, err, kind or "nothing"
    end
    list[#list + 1] = file
  end
  for _, name in ipairs(found) do
    local file, err = addon_source(s, job, at, name)
    if not file then
      return nil, err, "nothing"
    end
    list[#list + 1] = file
  end
  return list
end

-- Places of this workspace that the outputs name: in another one they would point here.
local function leaks(s, job, staging, names)
  local needles, found = {}, {}
  for _, place in ipairs({ job.head and job.head.root or s.root, s.env.HOME or false }) do
    needles[#needles + 1] = place and #place > 1 and place ~= needles[1] and place or nil
  end
  for _, name in ipairs(s.settings.leaks ~= "ignore" and names or {}) do
    for i, matches in ipairs(needles[1] and s.engine.search.file(staging .. "/" .. name, needles) or {}) do
      found[#found + 1] = matches.count > 0 and name .. " names " .. needles[i] or nil
    end
  end
  return found
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

-- The last look at the copies, before they are published.
local function accept(s, job)
  return function(files, staging, record)
    local names = {}
    for name in pairs(files) do
      names[#names + 1] = name
    end
    table.sort(names)
    local found = leaks(s, job, staging, names)
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
    local _, err = require("recipes.cache.evict").clean(job.store, caps)
    outcome.warn(s, err)
  end
end

local function publish(s, job, files, seconds)
  return job.store:publish({
    key = job.key,
    target = job.target.label,
    files = files,
    fields = fields_of(s, job),
    record = record_of(s, job, seconds),
    sync = s.settings.durable,
    pid = tonumber(s.engine.fs.readlink("/proc/self")) or 0,
    about = "capturing " .. job.target.label .. " of " .. s.root,
    timeout = s.settings.lock_timeout,
    accept = accept(s, job),
    after = clean(s, job),
    waiting = function(holder)
      s:say(s.engine.lock.waiting_text(job.store.folder .. "/.lock", holder))
    end,
  })
end

-- What this workspace has is what the entry has: its next populate has nothing to do.
local function note(s, job, entry, at, created, bytes)
  local facts = {}
  for _, name in ipairs(entry.names) do
    local stat = s.engine.fs.stat(at .. "/" .. name, { follow = false })
    local same = stat and stat.size == entry.stats[name].size
    facts[name] = same and journal.facts(stat) or nil
  end
  outcome.warn(
    s,
    job.store:note({
      op = created and "store" or "place",
      key = job.key,
      captured_at = entry.manifest.captured_at,
      folder = s.json.utf8(job.to.folder),
      workspace = s.json.utf8(s.root),
      files = facts,
      bytes = created and bytes or nil,
    })
  )
end

local function bytes_of(entry)
  local bytes = 0
  for _, stat in pairs(entry.stats) do
    bytes = bytes + stat.size
  end
  return bytes
end

-- Captures what is in an open output folder.
local function capture(s, job, at, seconds)
  local files, reason, kind = sources(s, job, at)
  if not files then
    return nil, reason, kind
  end
  local entry, created, what = publish(s, job, files, seconds)
  if not entry then
    return nil, created, what
  end
  if created then
    note(s, job, entry, at, created, bytes_of(entry))
  end
  return entry, created
end

-- The key after the copy must be the one from before: a file that was saved meanwhile belongs to another key.
local function is_settled(s, job)
  if not job.head then
    return true
  end
  local now = setmetatable({}, { __index = job })
  now.dirty, now.content = nil, nil
  require("recipes.cache.job").take_key(s, now)
  return now.key == job.key and not now.dirty
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
  end
  local there = job.store:lookup(job.key, job.target.label)
  if there then
    return there, false
  end
  local opened, err, code = s.engine.fs.folder(job.to.root, job.to.path)
  if not opened then
    return nil, code == "ENOENT" and "there is no " .. job.to.path or err, "nothing"
  end
  local handle <close> = opened
  if not is_settled(s, job) then
    return nil, "the inputs change while they are captured", "moved"
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
