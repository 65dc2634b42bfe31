-- Commands that only show: key, ls, show, stats, explain. They write nothing.

local evict = require("recipes.cache.evict")
local explain = require("recipes.cache.explain")
local job_rules = require("recipes.cache.job")
local journal = require("recipes.cache.journal")
local key_rules = require("recipes.cache.key")
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

local function newest_first(entries)
  table.sort(entries, function(a, b)
    return a.captured_at > b.captured_at or a.captured_at == b.captured_at and a.key < b.key
  end)
  return entries
end

-- A fact of an entry as text, "-" where there is none.
local function fact(entry, name)
  local value = entry.manifest and entry.manifest[name]
  return type(value) == "string" and value ~= "" and value or "-"
end

---cache ls: one line an entry, the newest first.
---@param s pienv.context
function M.ls(s)
  local entries = newest_first((evict.list(job_rules.store(s))))
  for _, entry in ipairs(entries) do
    local target = entry.partial and "not complete" or fact(entry, "target")
    local commit = fact(entry, "commit"):sub(1, 12)
    local form = "%s  %-20s  %s  %12d  %-12s  %s"
    local at = s.time.iso(entry.captured_at)
    s:print(form:format(entry.key, target, at, entry.bytes, commit, fact(entry, "source_workspace")))
    s.ui:event("cache_entry", {
      key = entry.key,
      path = entry.path,
      target = target,
      captured_at = entry.captured_at,
      bytes = entry.bytes,
      commit = fact(entry, "commit"),
      workspace = fact(entry, "source_workspace"),
      complete = not entry.partial,
    })
  end
  s:because(outcome.entries(#entries))
end

-- What is known about an entry, for people.
local function describe(s, entry)
  local record = entry.manifest.pienv
  s:say(("target     %s"):format(entry.manifest.target))
  s:say(("captured   %s from %s"):format(s.time.iso(entry.manifest.captured_at), fact(entry, "source_workspace")))
  s:say(("commit     %s"):format(fact(entry, "commit")))
  if record and record.build_seconds then
    s:say(("build      %.1f s"):format(record.build_seconds))
  end
  for _, name in ipairs(entry.names) do
    local file = entry:known(name)
    local digest = file and file.sha256 or "(another program's entry: no digest)"
    s:say(("%-40s %12d bytes  %s"):format(name, entry.stats[name].size, digest))
  end
end

---cache show [KEY]: the entry's path, and what is known about it.
---@param s pienv.context
---@param job cache.job
function M.show(s, job)
  if not job.store then
    return outcome.miss(s, "no key", job.trouble)
  end
  local found, reason, kind = job.store:lookup(job.key)
  if not found then
    return outcome.miss(s, kind, reason, job.key)
  end
  local entry <close> = found
  describe(s, entry)
  s.ui:event("cache", { state = "there", key = entry.key, path = entry.path, manifest = entry.manifest })
  s:print(entry.path)
end

---cache stats: sums of the journal and what lies there now.
---@param s pienv.context
function M.stats(s)
  local store = job_rules.store(s)
  local totals = journal.totals(journal.events(store:journal(), s.json.decode))
  local entries, bytes = evict.list(store), 0
  for _, entry in ipairs(entries) do
    bytes = bytes + entry.bytes
  end
  totals.entries, totals.bytes = #entries, bytes
  local names = {}
  for name in pairs(totals) do
    names[#names + 1] = name
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local value = totals[name]
    s:print(("%-20s %s"):format(name, math.type(value) == "float" and ("%.1f"):format(value) or tostring(value)))
  end
  if totals.evicted_then_missed > 0 then
    s:say("entries were dropped and then asked for again: the caps are small (--max-entries, --max-bytes)")
  end
  s.ui:event("cache_stats", totals)
end

local function print_history(s, job, difference, since)
  local history = explain.history(s, job, difference.name, since)
  if history.commit then
    s:print("    last changed by commit " .. history.commit)
  end
  for _, path in ipairs(history.paths) do
    s:print("    " .. path)
  end
end

-- What differs from the nearest entry.
---@return { name: string, now?: string, before?: string }[]? differences
---@return string? nearest its key
local function print_nearest(s, job)
  local entries = explain.ask_git(s, job, (evict.list(job.store)))
  local nearest, differences = explain.nearest(explain.of(job), entries)
  if not nearest then
    s:print("nearest   " .. (#entries > 0 and explain.UNKNOWN or "there are no entries"))
    return
  end
  s:print(("nearest   %s of %s"):format(nearest.key, s.time.iso(nearest.captured_at)))
  for _, difference in ipairs(differences) do
    s:print(("  %s: %s, there %s"):format(difference.name, difference.now or "none", difference.before or "none"))
    print_history(s, job, difference, nearest.manifest.commit or "")
  end
  return differences, nearest.key
end

---cache explain: how the key is made, line by line, and whether it hits.
---@param s pienv.context
---@param job cache.job
function M.explain(s, job)
  local components = job.bytes and explain.of(job) or {}
  for _, component in ipairs(components) do
    local absent = component.value == key_rules.NULL and "  (not in HEAD)" or ""
    s:print(("%-24s %s%s"):format(component.name, component.value, absent))
  end
  s:print("key       " .. (job.key or "none: " .. job.trouble))
  if job.dirty or job.content then
    s:print("work tree " .. (job.dirty or job.content))
  end
  if not job.store then
    return s:ends_with(outcome.MISS)
  end
  local entry, reason = job.store:lookup(job.key, job.target.label)
  s:print("entry     " .. (entry and entry.path or reason))
  local event = { state = entry and "there" or "miss", key = job.key, reason = reason }
  event.components, event.path = s.json.array(components), entry and entry.path
  if entry then
    entry:close()
  else
    local differences
    differences, event.nearest = print_nearest(s, job)
    event.differences = differences and s.json.array(differences)
    s:ends_with(outcome.MISS)
  end
  s.ui:event("cache", event)
end

return M
