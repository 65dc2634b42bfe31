-- Takes entries away: out of sight by one rename, then removed. Also what dead processes left. All under the
-- repository's lock, which the caller holds where the function says so. Workspaces keep what they linked.

local caps = require("recipes.cache.caps")
local errno = require("pienv.errno")
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

-- The manifest and its time; `trouble` where nobody can look now.
local function manifest_of(store, path)
  local fs, file = store.e.fs, path .. "/" .. manifest.NAME
  local text, err, code = fs.read(file, { follow = false, limit = 1 << 20 })
  local stat = text and fs.stat(file, { follow = false })
  return text and (manifest.read(text, store.e.json.decode)), stat and stat.mtime, errno.is_passing(code) and err or nil
end

-- Clocks of machines that share a cache differ by less.
local SKEW = 60

-- When an entry was made. A time that is still to come was told by a clock that was wrong: then the manifest's own time
-- counts, and where that is to come too, the entry is the oldest. (Else it would outlive all later ones.)
local function age_of(store, value, mtime)
  local latest = store.e.time.now() + SKEW
  for _, at in ipairs({ value and value.captured_at or mtime, mtime }) do
    if at <= latest then
      return at
    end
  end
  return 0
end

---@class cache.listed : cache.kept
---@field path string
---@field manifest? cache.manifest nil: there is none, or it cannot be read
---@field partial boolean no manifest, or no complete set: it is no entry

-- A file or a link that lay in the place of an entry; folders are swept whatever they are called.
local function is_set_aside(name)
  local key = name:match("^%.(%x+)%.%l+%.%d+%.%d+$")
  return key ~= nil and key_rules.is_key(key)
end

-- One entry; nil where it is gone meanwhile, and why it cannot be looked at now.
local function look(store, name, path, stat)
  local value, mtime, trouble = manifest_of(store, path)
  local names, err, code = store.e.fs.list(path)
  if trouble or not names then
    return nil, trouble or code ~= "ENOENT" and err or nil
  end
  local missing = manifest.incomplete({ names = names, companions = store.companions, is_addon = store.is_addon })
  return {
    key = name,
    path = path,
    manifest = value,
    partial = missing ~= nil,
    captured_at = age_of(store, value, mtime or stat.mtime),
    bytes = size_of(store, path),
  }
end

---What lies in the repository's folder.
---@param store cache.store
---@return cache.listed[] entries by key
---@return string[] leftovers names of dot-folders and of what was set aside
---@return string? trouble why there may be more than that: whoever drops entries must not go by them
function M.list(store)
  local fs, entries, leftovers = store.e.fs, {}, {}
  local all, trouble, missing = fs.list(store.folder)
  trouble = not all and missing ~= "ENOENT" and trouble or nil
  for _, name in ipairs(all or {}) do
    local path = store.folder .. "/" .. name
    local stat, err, code = fs.stat(path, { follow = false })
    if stat and (stat.type == "directory" and name:sub(1, 1) == "." or is_set_aside(name)) then
      leftovers[#leftovers + 1] = name
    elseif stat and stat.type == "directory" and key_rules.is_key(name) then
      entries[#entries + 1], err = look(store, name, path, stat)
      trouble = trouble or err
    elseif not stat and code ~= "ENOENT" then
      trouble = trouble or err
    end
  end
  return entries, leftovers, trouble
end

-- overlayfs renames no folder of a lower layer ("EXDEV"): there an entry is first made none, then removed.
local function remove_in_place(store, path)
  local fs = store.e.fs
  fs.remove(path .. "/" .. manifest.NAME)
  local removed, err, code = fs.remove_tree(path)
  return removed and path or nil, err, code
end

---Takes an entry out of sight; it is swept later. The caller holds the lock.
---@param store cache.store
---@param key string
---@param word string "replaced", "damaged", ...: part of its new name
---@return string? path where it is now, or was
---@return string? err
function M.set_aside(store, key, word)
  local fs = store.e.fs
  local pid = fs.readlink("/proc/self") or "0"
  for attempt = 1, 100 do
    local path = ("%s/.%s.%s.%s.%d"):format(store.folder, key, word, pid, attempt)
    if not fs.stat(path, { follow = false }) then
      local ok, err, code = fs.rename(store.folder .. "/" .. key, path)
      if code == "EXDEV" then
        return remove_in_place(store, store.folder .. "/" .. key)
      end
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
---@field trouble? string why nothing is dropped

---What garbage collection would do now.
---@param store cache.store
---@param limits cache.caps
---@param keep? string key of an entry that was made just now
---@return cache.cleaning
function M.plan(store, limits, keep)
  local entries, leftovers, trouble = M.list(store)
  if trouble then -- what is not seen may be what should stay
    return { drop = {}, sweep = leftovers, trouble = "not all entries can be looked at: " .. trouble }
  end
  local whole, drop = {}, {}
  for _, entry in ipairs(entries) do
    if entry.partial then
      drop[#drop + 1] = { key = entry.key, bytes = entry.bytes, why = "not complete" }
    else
      whole[#whole + 1] = entry
    end
  end
  local free = (limits.min_free or 0) > 0 and store.e.fs.space(store.folder) or nil
  local over = caps.choose({ entries = whole, caps = limits, free = free, keep = keep })
  table.move(over, 1, #over, #drop + 1, drop)
  return { drop = drop, sweep = leftovers }
end

---Removes what is over the caps, what is no entry, and what dead processes left. The caller holds the lock: nobody else
---is staging.
---@param store cache.store
---@param limits cache.caps
---@param keep? string as for plan
---@return cache.cleaning done
---@return string? err
function M.clean(store, limits, keep)
  local fs, planned = store.e.fs, M.plan(store, limits, keep)
  local first = planned.trouble
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
