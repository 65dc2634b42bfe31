-- The entries of one repository on this machine: <root>/<slug>/<key>/ with the files and manifest.json.
--
-- lookup, fetch, publish, evict: nothing else reaches entries, so that a remote tier can stand behind the same four.
-- Paths of other people's folders are held by handles (fs.folder): an entry is read from one folder from beginning to
-- end, also when it is removed or replaced meanwhile, and no link planted there leads out.

local journal = require("recipes.cache.journal")
local manifest = require("recipes.cache.manifest")

local M = {}

local MANIFEST_LIMIT = 1 << 20

---@class cache.store
---@field e table the engine's modules
---@field root string absolute; may be reached through links
---@field slug string
---@field folder string <root>/<slug>: itself never a link, because whoever may write to the root could plant it
---@field companions string[] names beside the addons
---@field is_addon fun(name: string): boolean
---@field ways string[] how an addon may be placed, in this order: "reflink", "hardlink", "copy"
---@field verify "stat"|"digest"
---@field group? integer gid of what is created
local store = {}
store.__index = store

---@class cache.entry a `<close>` value
---@field key string
---@field path string absolute, for people
---@field at string path that stays the same folder, as long as the entry is open
---@field manifest cache.manifest
---@field manifest_stat pienv.fs.stat
---@field names string[] files beside the manifest, sorted
---@field stats table<string, pienv.fs.stat>
local entry_class = {}
entry_class.__index = entry_class

function entry_class:close()
  self.handle:close()
end

entry_class.__close = entry_class.close

---@param name string
---@return cache.file? what was captured; nil: another program's entry
function entry_class:known(name)
  return self.manifest.pienv and self.manifest.pienv.files[name]
end

---@param fields table e, root, slug, folder, companions, is_addon, ways, verify, group
---@return cache.store
function M.open(fields)
  return setmetatable(fields, store)
end

-- The files of an entry: those that its manifest describes, else what lies there.
local function names_of(self, entry)
  local record, names = entry.manifest.pienv, {}
  if record then
    for name in pairs(record.files) do
      names[#names + 1] = name
    end
    table.sort(names)
    return names
  end
  for _, name in ipairs(self.e.fs.list(entry.at) or {}) do
    names[#names + 1] = name ~= manifest.NAME and name:sub(1, 1) ~= "." and name or nil
  end
  return names
end

-- Only what belongs to the set is looked at; other files in an entry are nobody's business.
local function in_set(self, name)
  if self.is_addon(name) then
    return true
  end
  for _, companion in ipairs(self.companions) do
    if companion == name then
      return true
    end
  end
  return false
end

local function is_right_by_digest(self, entry, name, file)
  local digest, err = self.e.sha256.file(entry.at .. "/" .. name)
  return digest == file.sha256, not digest and err or nil
end

-- Looks at one file; returns what is wrong with it, or why nobody can tell.
local function check_file(self, entry, name)
  local stat, err, code = self.e.fs.stat(entry.at .. "/" .. name, { follow = false })
  if not stat and code ~= "ENOENT" then
    return err, "trouble"
  end
  local file = entry:known(name)
  local reason, doubtful = manifest.damage(name, file, stat)
  local wants_digest = file and (doubtful or not reason and self.verify == "digest")
  if wants_digest then
    local right, trouble = is_right_by_digest(self, entry, name, file)
    if trouble then
      return trouble, "trouble"
    end
    reason = not right and (reason or name .. " has other bytes") or nil
  end
  entry.stats[name] = stat
  return reason, reason and "damaged" or nil
end

local function read_manifest(self, entry, target)
  local text, stat, code = self.e.fs.read(entry.at .. "/" .. manifest.NAME, { follow = false, limit = MANIFEST_LIMIT })
  if not text then
    local reason = code == "ENOENT" and "it has no %s" or "%s cannot be read:" .. tostring(stat):match("[^:]*$")
    return nil, reason:format(manifest.NAME), "incomplete"
  end
  local value, reason = manifest.read(text, self.e.json.decode)
  local kind = "damaged"
  if not reason then
    reason, kind = manifest.mismatch(value, { key = entry.key, target = target })
  end
  if reason then
    return nil, reason, kind
  end
  entry.manifest_stat = stat
  return value
end

-- Checks the files of an entry whose manifest was read.
local function check(self, entry)
  local set = {}
  for _, name in ipairs(names_of(self, entry)) do
    set[#set + 1] = in_set(self, name) and name or nil
  end
  entry.names = set
  local missing = manifest.incomplete({
    names = { manifest.NAME, table.unpack(set) },
    companions = self.companions,
    is_addon = self.is_addon,
  })
  if missing then
    return "it has no " .. missing, "incomplete"
  end
  for _, name in ipairs(set) do
    local reason, kind = check_file(self, entry, name)
    if reason then
      return reason, kind
    end
  end
end

---Whether the repository has a folder here.
---@return boolean
function store:is_there()
  local stat = self.e.fs.stat(self.folder, { follow = false })
  return stat ~= nil and stat.type == "directory"
end

---Opens the entry of a key when it is complete and undamaged.
---@param key string
---@param target? string label that its manifest must have
---@return cache.entry? entry
---@return string? reason
---@return "missing"|"incomplete"|"damaged"|"target"|"trouble"|nil kind
function store:lookup(key, target)
  local handle, err, code = self.e.fs.folder(self.root, self.slug .. "/" .. key)
  if not handle then
    local missing = code == "ENOENT"
    return nil, missing and "no entry" or err, missing and "missing" or "trouble"
  end
  local entry = setmetatable({
    key = key,
    path = self.folder .. "/" .. key,
    at = handle:path(),
    handle = handle,
    stats = {},
  }, entry_class)
  local value, reason, kind = read_manifest(self, entry, target)
  if value then
    entry.manifest = value
    reason, kind = check(self, entry)
  end
  if reason then
    handle:close()
    return nil, reason, kind
  end
  return entry
end

-- How a companion is placed: builds write to it, and its owner may.
local COPY = { "copy" }

---Puts a file of an entry at a path where nothing is.
---@param entry cache.entry
---@param name string
---@param to string absolute
---@param owner? { uid: integer, gid: integer } of a copy; nil: who runs this
---@return "reflink"|"hardlink"|"copy"|nil how
---@return table|string passed the rungs that were not taken, or why it failed
---@return string? code
function store:fetch(entry, name, to, owner)
  local from, stat = entry.at .. "/" .. name, entry.stats[name]
  local known = entry:known(name)
  local mode = (known and known.mode or stat.mode) & 511 -- 0777: no special bits
  local is_addon = self.is_addon(name)
  local made, err, code = self.e.link.put(from, to, {
    ways = is_addon and self.ways or COPY,
    mode = is_addon and mode & 365 or mode, -- 0555
    uid = owner and owner.uid,
    gid = owner and owner.gid,
  })
  return made and made.how, made and made.passed or err, code
end

-- Seconds to wait for who shortens the journal: much longer than that takes, also on a machine that is busy, for a line
-- that is written without the lock may be lost.
local SHORT = 5

---Adds an event to the journal; with --cache ro it does not. Its loss is not worth a failure. The shared lock keeps
---`gc` from putting a shorter one in its place meanwhile; the line feed before it ends what a full disk cut.
---@param event cache.event
---@return string? err why it could not be written
function store:note(event)
  if self.read_only then
    return nil
  end
  event.at = event.at or self.e.time.now()
  local path = self.folder .. "/" .. journal.NAME
  local cleanup <close> = self.e.lock.acquire(path, { mode = "shared", create_mode = "0660", timeout = SHORT })
  local ok, err = self.e.fs.append(path, "\n" .. journal.line(event, self.e.json.encode), { mode = "0660" })
  return not ok and err or nil
end

---The journal's text; "" where there is none.
---@return string
function store:journal()
  return self.e.fs.read(self.folder .. "/" .. journal.NAME, { follow = false }) or ""
end

---Makes an entry of a workspace's files (recipes/cache/publish.lua).
function store:publish(request)
  return require("recipes.cache.publish").run(self, request)
end

---Removes entries (recipes/cache/evict.lua).
function store:evict(keys, why)
  return require("recipes.cache.evict").run(self, keys, why)
end

return M
