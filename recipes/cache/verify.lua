-- cache verify: the bytes of every entry against what was captured; --repair heals from a workspace that has them.

local evict = require("recipes.cache.evict")
local gc = require("recipes.cache.gc")
local job_rules = require("recipes.cache.job")
local journal = require("recipes.cache.journal")
local manifest = require("recipes.cache.manifest")
local outcome = require("recipes.cache.outcome")

local M = {}

---@class cache.finding
---@field name? string the file; nil: the entry as a whole
---@field reason string

-- What is wrong with the files of an entry whose manifest can be read.
local function check_files(store, entry, at)
  local findings, files = {}, entry.manifest.pienv and entry.manifest.pienv.files or {}
  local names = {}
  for name in pairs(files) do
    names[#names + 1] = name
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local path = at .. "/" .. name
    local reason, doubtful = manifest.damage(name, files[name], store.e.fs.stat(path, { follow = false }))
    local has_bytes = (not reason or doubtful) and store.e.sha256.file(path) == files[name].sha256
    if reason and not (doubtful and has_bytes) or not reason and not has_bytes then
      findings[#findings + 1] = { name = name, reason = reason or name .. " has other bytes" }
    elseif doubtful then
      findings[#findings + 1] = { name = name, reason = reason .. " (its bytes are right)", harmless = true }
    end
  end
  return findings
end

-- What is wrong with an entry whose open folder is `at`.
local function check(store, entry, at)
  if not entry.manifest then
    return { { reason = manifest.NAME .. " is missing or not readable" } }
  end
  local mismatch = manifest.mismatch(entry.manifest, { key = entry.key })
  if mismatch then
    return { { reason = mismatch } }
  end
  local findings = check_files(store, entry, at)
  if #findings == 0 and entry.partial then
    findings[1] = { reason = "it is not complete" }
  end
  return findings
end

---What is wrong with an entry. One that others remove or replace meanwhile has nothing wrong with it.
---@param store cache.store
---@param entry cache.listed
---@return cache.finding[]
local function findings_of(store, entry)
  local fs = store.e.fs
  local handle <close> = fs.folder(store.root, store.slug .. "/" .. entry.key)
  if not handle then
    return {}
  end
  local findings = check(store, entry, handle:path())
  local opened, there = fs.stat(handle:path() .. "/."), fs.stat(entry.path, { follow = false })
  local same = opened and there and opened.inode == there.inode and opened.device == there.device
  return same and findings or {}
end

-- A file with these bytes in a workspace that once received the entry.
local function intact_copy(store, holders, name, file)
  local fs = store.e.fs
  for _, folder in ipairs(holders) do
    local path = folder .. "/" .. name
    local stat = fs.stat(path, { follow = false })
    local fits = stat and stat.type == "file" and stat.size == file.size
    if fits and store.e.sha256.file(path) == file.sha256 then
      return path
    end
  end
end

-- Replaces a damaged file; true when the copy has the right bytes.
local function heal_file(store, entry, name, source)
  local fs, file, path = store.e.fs, entry.manifest.pienv.files[name], entry.path .. "/" .. name
  local ok = source == path or fs.copy(source, path, { mode = file.mode, follow = false })
  local stat = ok and fs.stat(path, { follow = false })
  if not stat or store.e.sha256.file(path) ~= file.sha256 then
    return false
  end
  file.mtime_ns = stat.mtime_ns
  return true
end

-- Heals an entry file by file; false where one has no intact copy.
local function heal(store, entry, findings, events)
  local holders = journal.receivers(events, entry.key)
  for _, finding in ipairs(findings) do
    local file = finding.name and entry.manifest.pienv.files[finding.name]
    local source = finding.harmless and entry.path .. "/" .. finding.name
      or file and intact_copy(store, holders, finding.name, file)
    if not source or not heal_file(store, entry, finding.name, source) then
      return false
    end
  end
  local text = store.e.json.encode(entry.manifest, { indent = 2 }) .. "\n"
  return store.e.fs.write(entry.path .. "/" .. manifest.NAME, text, { mode = "0644" }) ~= nil
end

-- "healed", "dropped", or nil and why neither.
local function repair(store, entry, findings, events)
  if entry.manifest and heal(store, entry, findings, events) then
    return "healed"
  end
  local removed, err = evict.run(store, { entry.key }, "damaged")
  return removed > 0 and "dropped" or nil, err
end

-- The entries that are meant, and words that mean none.
local function selected(s, store)
  local entries, wanted = evict.list(store), {}
  local keys, missing = gc.keys(s, store, s.options.keys or {})
  for _, key in ipairs(keys) do
    wanted[key] = true
  end
  local list = {}
  for _, entry in ipairs(entries) do
    list[#list + 1] = (not next(wanted) or wanted[entry.key]) and entry or nil
  end
  return list, missing
end

local function tell(s, entry, findings, done)
  for _, finding in ipairs(findings) do
    s:print(("%s  %s%s"):format(entry.key, finding.reason, done and ": " .. done or ""))
    s.ui:event("cache", { state = done or "damaged", key = entry.key, reason = finding.reason })
  end
end

---cache verify [KEY...]
---@param s pienv.context
function M.run(s)
  local store = job_rules.store(s)
  local lock <close> = s.options.repair and store:is_there() and gc.lock(s, store, "verifying") or nil
  local events = lock and journal.events(store:journal(), s.json.decode)
  local entries, missing = selected(s, store)
  local damaged, repaired = 0, 0
  for _, entry in ipairs(entries) do
    local findings = findings_of(store, entry)
    local done, err
    if findings[1] then
      damaged = damaged + 1
      if lock then
        done, err = repair(store, entry, findings, events)
        repaired = repaired + (done and 1 or 0)
      end
      tell(s, entry, findings, done or err)
    end
  end
  local line = ("%s, %d damaged, %d repaired"):format(outcome.entries(#entries), damaged, repaired)
  if damaged > repaired then
    s:because(line)
    s:ends_with(1)
  elseif missing[1] then
    outcome.miss(s, "missing", ("%s; no entry: %s"):format(line, table.concat(missing, ", ")))
  else
    s:because(line)
  end
end

return M
