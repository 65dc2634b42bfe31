-- Takes entries away: out of sight by one rename, then removed. Also what dead processes left. All under the
-- repository's lock, which the caller holds where the function says so. Workspaces keep what they linked.

local caps = require("recipes.cache.caps")
local key_rules = require("recipes.cache.key")
local manifest = require("recipes.cache.manifest")

local M = {}

-- How much an entry takes; files that are gone meanwhile take nothing.
local function size_of(store, path)
  local fs, bytes = store.e.fs, 0
  for _, name in ipairs(fs.list(path) or {}) do
    local stat = fs.stat(path .. "/" .. name, { follow = false })
    bytes = bytes + (stat and stat.type == "file" and stat.size or 0)
  end
  return bytes
end

local function manifest_of(store, path)
  local fs, file = store.e.fs, path .. "/" .. manifest.NAME
  local text = fs.read(file, { follow = false, limit = 1 << 20 })
  local stat = text and fs.stat(file, { follow = false })
  return text and (manifest.read(text, store.e.json.decode)), stat and stat.mtime
end

---@class cache.listed : cache.kept
---@field path string
---@field manifest? cache.manifest nil: there is none, or it cannot be read
---@field partial boolean no manifest, or no complete set: it is no entry

---What lies in the repository's folder.
---@param store cache.store
---@return cache.listed[] entries by key
---@return string[] leftovers names of dot-folders: staging and set-aside folders
function M.list(store)
  local fs, entries, leftovers = store.e.fs, {}, {}
  for _, name in ipairs(fs.list(store.folder) or {}) do
    local path = store.folder .. "/" .. name
    local stat = fs.stat(path, { follow = false })
    if stat and stat.type == "directory" and name:sub(1, 1) == "." then
      leftovers[#leftovers + 1] = name
    elseif stat and stat.type == "directory" and key_rules.is_key(name) then
      local value, mtime = manifest_of(store, path)
      local missing = manifest.incomplete({
        names = fs.list(path) or {},
        companions = store.companions,
        is_addon = store.is_addon,
      })
      entries[#entries + 1] = {
        key = name,
        path = path,
        manifest = value,
        partial = missing ~= nil,
        captured_at = value and value.captured_at or mtime or stat.mtime,
        bytes = size_of(store, path),
      }
    end
  end
  return entries, leftovers
end

---Takes an entry out of sight; it is swept later. The caller holds the lock.
---@param store cache.store
---@param key string
---@param word string "replaced", "damaged", ...: part of its new name
---@return string? path where it is now
---@return string? err
function M.set_aside(store, key, word)
  local fs = store.e.fs
  local pid = fs.readlink("/proc/self") or "0"
  for attempt = 1, 100 do
    local path = ("%s/.%s.%s.%s.%d"):format(store.folder, key, word, pid, attempt)
    if not fs.stat(path, { follow = false }) then
      local ok, err, code = fs.rename(store.folder .. "/" .. key, path)
      return ok and path or nil, ok and nil or err, code
    end
  end
  return nil, "rename " .. key .. ": no free name"
end

---Removes entries. The caller holds the lock.
---@param store cache.store
---@param keys string[]
---@param why string
---@return integer removed
---@return string? err of the first that could not be removed
function M.run(store, keys, why)
  local removed, first = 0, nil
  for _, key in ipairs(keys) do
    local path, err, code = M.set_aside(store, key, "removed")
    local gone = path and store.e.fs.remove_tree(path)
    removed = removed + (gone and 1 or 0)
    if path then
      store:note({ op = "evict", key = key, why = why })
    elseif code ~= "ENOENT" then
      first = first or err
    end
  end
  return removed, first
end

---@class cache.cleaning
---@field drop cache.dropped[] entries over the caps, and partial ones
---@field sweep string[] names of leftovers

---What garbage collection would do now.
---@param store cache.store
---@param limits cache.caps
---@return cache.cleaning
function M.plan(store, limits)
  local entries, leftovers = M.list(store)
  local whole, drop = {}, {}
  for _, entry in ipairs(entries) do
    if entry.partial then
      drop[#drop + 1] = { key = entry.key, bytes = entry.bytes, why = "not complete" }
    else
      whole[#whole + 1] = entry
    end
  end
  local free = (limits.min_free or 0) > 0 and store.e.fs.space(store.folder) or nil
  local over = caps.choose({ entries = whole, caps = limits, free = free })
  table.move(over, 1, #over, #drop + 1, drop)
  return { drop = drop, sweep = leftovers }
end

---Removes what is over the caps, what is no entry, and what dead processes left. The caller holds the lock: nobody else
---is staging.
---@param store cache.store
---@param limits cache.caps
---@return cache.cleaning done
---@return string? err
function M.clean(store, limits)
  local fs, planned = store.e.fs, M.plan(store, limits)
  local first
  for _, name in ipairs(planned.sweep) do
    local gone, err = fs.remove_tree(store.folder .. "/" .. name)
    first = first or not gone and err or nil
  end
  for _, row in ipairs(planned.drop) do
    local _, err = M.run(store, { row.key }, row.why)
    first = first or err
  end
  fs.sweep(store.folder)
  return planned, first
end

return M
