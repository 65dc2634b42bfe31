-- cache gc, cache rm: what goes out of the cache, under each repository's lock.

local evict = require("recipes.cache.evict")
local job_rules = require("recipes.cache.job")
local journal = require("recipes.cache.journal")
local outcome = require("recipes.cache.outcome")
local publish = require("recipes.cache.publish")
local where = require("recipes.cache.where")

local M = {}

-- The lock of a store, or why it cannot be had, and the next step.
local function try_lock(s, store, about)
  local file = store.folder .. "/.lock"
  if not store:is_there() then
    return nil, store.folder .. " is no folder, and links are not followed here", "look at what lies there"
  end
  local held, err, code = s.engine.lock.acquire(file, {
    create_mode = "0660",
    about = about,
    timeout = s.options.lock_timeout or s.settings.lock_timeout,
    waiting = function(holder)
      s:say(s.engine.lock.waiting_text(file, holder))
    end,
  })
  local busy = code == "ETIMEDOUT" or code == "EAGAIN"
  return held, err, busy and "try again when it is free" or "remove what lies in its place, or ask who owns it"
end

---Takes the lock of a store; who cannot have it must not remove anything.
---@param s pienv.context
---@param store cache.store
---@param about string
function M.lock(s, store, about)
  local held, err, hint = try_lock(s, store, about)
  return held or s:fail(err, { exit = outcome.TROUBLE, code = "P0601", hint = hint })
end

-- Bytes of journal from which its compaction is worth the work.
local LARGE = 64 * 1024

-- Seconds to wait for those who write a line.
local SHORT = 10

-- Puts a shorter journal in the place of one that has grown. Nobody adds to the old one meanwhile: store:note.
local function compact(store, entries)
  local json = store.e.json
  local path = store.folder .. "/" .. journal.NAME
  if #store:journal() < LARGE then
    return
  end
  local held <close>, busy = store.e.lock.acquire(path, { timeout = SHORT, about = "shortening the journal" })
  if not held then
    return busy
  end
  local keys, lines = {}, {}
  for _, entry in ipairs(entries) do
    keys[entry.key] = true
  end
  local events = journal.events(store:journal(), json.decode)
  for i, event in ipairs(journal.compact(events, { now = store.e.time.now(), keys = keys })) do
    lines[i] = journal.line(event, json.encode)
  end
  local ok, err = store.e.fs.write(path, table.concat(lines), { mode = "0660", sync = false })
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

-- Memories of work trees that may be gone. One that is still wanted is made again by a later look.
local function sweep_memories(store)
  local fs, now = store.e.fs, store.e.time.now()
  for _, name in ipairs(fs.list(store.folder) or {}) do
    local ours = name:find(where.MEMO, 1, true) == 1
    local stat = ours and fs.stat(store.folder .. "/" .. name, { follow = false })
    if stat and now - stat.mtime > MONTH then
      fs.remove(store.folder .. "/" .. name)
    end
  end
end

local function line_of(row)
  return ("%s  %d bytes  %s"):format(row.key, row.bytes, row.why)
end

-- One repository; what was dropped is printed. nil, why and the next step where that was not possible.
local function clean(s, store)
  local held <close>, busy, hint = try_lock(s, store, "collecting garbage")
  if not held then
    return nil, busy, hint
  end
  local done, err = evict.clean(store, job_rules.caps(s))
  sweep_leases(store)
  sweep_memories(store)
  local entries, _, trouble = evict.list(store)
  err = err or trouble or compact(store, entries)
  for _, row in ipairs(done.drop) do
    s:print(line_of(row))
    s.ui:event("cache", { state = "dropped", key = row.key, bytes = row.bytes, reason = row.why })
  end
  return not err and done or nil, err
end

-- All repositories, also after one that gave trouble: the first trouble is returned.
local function round(s)
  local dropped, swept, trouble = 0, 0, nil
  for _, store in ipairs(job_rules.stores(s)) do
    local done, err, hint = clean(s, store)
    dropped, swept = dropped + (done and #done.drop or 0), swept + (done and #done.sweep or 0)
    trouble = trouble or not done and { err = err, hint = hint } or nil
  end
  publish.sweep(s.engine, job_rules.root(s))
  s:because(("dropped %d, swept %d"):format(dropped, swept))
  return trouble
end

-- Seconds between two rounds, where a loop is asked for.
local function interval(s)
  local every = s.options.every
  if not every then
    return nil
  end
  return every == "" and s.options.interval or math.tointeger(tonumber(every))
end

---cache gc: one round, or with --every one after each interval, the first pause before the first round.
---@param s pienv.context
function M.gc(s)
  local seconds = interval(s)
  if not seconds then
    local trouble = round(s)
    return trouble and s:fail(trouble.err, { exit = outcome.TROUBLE, code = "P0601", hint = trouble.hint })
  elseif seconds <= 0 then
    s:because("an interval of " .. seconds .. " s disables the loop")
    return
  end
  while true do
    require("pienv.task").sleep(seconds)
    local trouble = round(s) -- not the end of the loop: the next round may have more luck
    outcome.warn(s, trouble and trouble.err)
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
  lines[1] = lines[1] or "nothing to drop"
  return lines
end

---The entries that words of the command line mean: keys, or beginnings of at least four digits that are unique.
---@param s pienv.context
---@param store cache.store
---@param words string[]
---@return string[] keys
---@return string[] missing words that mean no entry
function M.keys(s, store, words)
  local entries, keys, missing = evict.list(store), {}, {}
  for _, word in ipairs(words) do
    local found
    for _, entry in ipairs(#word >= 4 and entries or {}) do
      if entry.key:sub(1, #word) == word then
        found = not found and entry.key or s:fail(("'%s' begins several keys"):format(word), { exit = 4 })
      end
    end
    keys[#keys + 1] = found or word
    missing[#missing + 1] = not found and word or nil
  end
  return keys, missing
end

---cache rm KEY...
---@param s pienv.context
function M.rm(s)
  local store = job_rules.store(s)
  if not s.options.keys or not s.options.keys[1] then
    s:fail("rm which entry?", { exit = 2, code = "P0101", hint = "pienv cache ls shows the keys" })
  elseif not s.engine.fs.stat(store.folder, { follow = false }) then
    return outcome.miss(s, "missing", "no entry", s.options.keys[1])
  end
  local _ <close> = M.lock(s, store, "removing entries")
  local keys, missing = M.keys(s, store, s.options.keys)
  local removed, err = store:evict(keys, "removed by hand")
  if err then
    s:fail(err, { exit = outcome.TROUBLE, code = "P0601" })
  elseif missing[1] or removed < #keys then
    local which = missing[1] and ": " .. table.concat(missing, ", ") or ""
    return outcome.miss(s, "missing", ("removed %d; no entry%s"):format(removed, which))
  end
  s:because("removed " .. removed)
end

return M
