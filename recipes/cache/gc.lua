-- cache gc, cache rm: what goes out of the cache, under each repository's lock.

local evict = require("recipes.cache.evict")
local job_rules = require("recipes.cache.job")
local journal = require("recipes.cache.journal")
local outcome = require("recipes.cache.outcome")
local where = require("recipes.cache.where")

local M = {}

-- Takes the lock of a store; who cannot have it must not remove anything.
function M.lock(s, store, about)
  local file = store.folder .. "/.lock"
  local held, err = s.engine.lock.acquire(file, {
    create_mode = "0660",
    about = about,
    timeout = s.settings.lock_timeout,
    waiting = function(holder)
      s:say(s.engine.lock.waiting_text(file, holder))
    end,
  })
  return held or s:fail(err, { exit = outcome.TROUBLE, code = "P0601", hint = "try again when it is free" })
end

-- Bytes of journal from which its compaction is worth the work.
local LARGE = 64 * 1024

-- Writes a shorter journal. Events that come in meanwhile go to the old file or to the new one; the old one keeps a
-- name until it was read again.
local function compact(store, entries)
  local fs, json = store.e.fs, store.e.json
  local path = store.folder .. "/" .. journal.NAME
  local text = store:journal()
  if #text < LARGE then
    return
  end
  local old, keys, lines = path .. ".old", {}, {}
  for _, entry in ipairs(entries) do
    keys[entry.key] = true
  end
  fs.remove(old)
  local linked, why = fs.link(path, old)
  if not linked then
    return why
  end
  local events = journal.compact(journal.events(text, json.decode), { now = store.e.time.now(), keys = keys })
  for i, event in ipairs(events) do
    lines[i] = journal.line(event, json.encode)
  end
  local ok, err = fs.write(path, table.concat(lines), { mode = "0660", sync = false })
  local late = ok and (fs.read(old, { follow = false }) or ""):sub(#text + 1) or ""
  if late ~= "" then
    fs.append(path, late)
  end
  fs.remove(old)
  return not ok and err or nil
end

-- Leases and logs of keys that nobody builds; those of a running build are locked.
local function sweep_leases(store)
  local fs = store.e.fs
  for _, name in ipairs(fs.list(store.folder) or {}) do
    local key = name:match("^%.(%x+)%.lease$")
    local held = key and store.e.lock.acquire(store.folder .. "/" .. name, { timeout = 0 })
    if held then
      local _ <close> = held
      fs.remove(store.folder .. "/." .. key .. ".log")
      fs.remove(store.folder .. "/" .. name)
    end
  end
end

local MONTH = 30 * 24 * 60 * 60

-- Memories of work trees that may be gone. One that is still wanted is made again by the next look at its tree.
local function sweep_memories(store)
  local fs, now = store.e.fs, store.e.time.now()
  for _, name in ipairs(fs.list(store.folder) or {}) do
    local stat = name:find(where.MEMO, 1, true) == 1 and fs.stat(store.folder .. "/" .. name, { follow = false })
    if stat and now - stat.mtime > MONTH then
      fs.remove(store.folder .. "/" .. name)
    end
  end
end

local function line_of(row)
  return ("%s  %d bytes  %s"):format(row.key, row.bytes, row.why)
end

-- One repository; what was dropped is printed.
local function clean(s, store)
  local _ <close> = M.lock(s, store, "collecting garbage")
  local done, err = evict.clean(store, job_rules.caps(s))
  sweep_leases(store)
  sweep_memories(store)
  err = err or compact(store, (evict.list(store)))
  for _, row in ipairs(done.drop) do
    s:print(line_of(row))
    s.ui:event("cache", { state = "dropped", key = row.key, bytes = row.bytes, reason = row.why })
  end
  if err then
    s:fail(err, { exit = outcome.TROUBLE, code = "P0601" })
  end
  return #done.drop, #done.sweep
end

local function round(s)
  local dropped, swept = 0, 0
  for _, store in ipairs(job_rules.stores(s)) do
    local entries, leftovers = clean(s, store)
    dropped, swept = dropped + entries, swept + leftovers
  end
  s:because(("dropped %d, swept %d"):format(dropped, swept))
end

-- Seconds between two rounds, where a loop is asked for.
local function interval(s)
  local every = s.options.every
  if not every then
    return nil
  end
  local seconds = every == "" and s.options.interval or math.tointeger(tonumber(every))
  return seconds or s:fail("--every: '" .. every .. "' is not a whole number of seconds", { exit = 4 })
end

---cache gc: one round, or with --every one after each interval, the first pause before the first round.
---@param s pienv.context
function M.gc(s)
  local seconds = interval(s)
  if not seconds then
    return round(s)
  elseif seconds <= 0 then
    s:because("an interval of " .. seconds .. " s disables the loop")
    return
  end
  while true do
    require("pienv.task").sleep(seconds)
    round(s)
  end
end

---cache gc -n: what one round would drop.
---@param c pienv.context
---@return string[] lines
function M.preview(c)
  local lines = {}
  for _, store in ipairs(job_rules.stores(c)) do
    local planned = evict.plan(store, job_rules.caps(c))
    for _, row in ipairs(planned.drop) do
      lines[#lines + 1] = line_of(row)
    end
    for _, name in ipairs(planned.sweep) do
      lines[#lines + 1] = name .. "  left by a process that died"
    end
  end
  return lines
end

---The entries that words of the command line mean: keys, or beginnings of at least four digits that are unique.
---@param s pienv.context
---@param store cache.store
---@param words string[]
---@return string[] keys
function M.keys(s, store, words)
  local entries, keys = evict.list(store), {}
  for _, word in ipairs(words) do
    local found
    for _, entry in ipairs(#word >= 4 and entries or {}) do
      if entry.key:sub(1, #word) == word then
        found = not found and entry.key or s:fail(("'%s' begins several keys"):format(word), { exit = 4 })
      end
    end
    keys[#keys + 1] = found or word
  end
  return keys
end

---cache rm KEY...
---@param s pienv.context
function M.rm(s)
  local store = job_rules.store(s)
  if not s.options.keys or not s.options.keys[1] then
    s:fail("rm which entry?", { exit = 2, code = "P0101", hint = "pienv cache ls shows the keys" })
  elseif not s.engine.fs.stat(store.folder) then
    return outcome.miss(s, "missing", "no entry", s.options.keys[1])
  end
  local _ <close> = M.lock(s, store, "removing entries")
  local keys = M.keys(s, store, s.options.keys)
  local removed, err = store:evict(keys, "removed by hand")
  if err then
    s:fail(err, { exit = outcome.TROUBLE, code = "P0601" })
  elseif removed < #keys then
    return outcome.miss(s, "missing", ("%d of %d keys have no entry"):format(#keys - removed, #keys))
  end
  s:because("removed " .. removed)
end

return M
