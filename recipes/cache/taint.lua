-- cache taint: an entry that turned out bad goes, its bytes may not come back, and every workspace that received it is
-- named; with --rebuild they get a fresh one.

local errno = require("pienv.errno")
local gc = require("recipes.cache.gc")
local job_rules = require("recipes.cache.job")
local journal = require("recipes.cache.journal")
local key_rules = require("recipes.cache.key")
local manifest = require("recipes.cache.manifest")
local outcome = require("recipes.cache.outcome")
local path = require("pienv.path")

local M = {}

-- Bytes of a manifest that is read.
local LIMIT = 1 << 20

-- Codes of what is no file: it has no bytes that could come back.
local NO_FILE = { EINVAL = true, EISDIR = true, ELOOP = true }

local function is_unknown(code)
  return code ~= nil and not (errno.is_absent(code) or NO_FILE[code])
end

-- Digests of the addons that lie in an entry; nil and why where they cannot be read now: their bytes could come back.
local function digests(store, key)
  local at, list = store.folder .. "/" .. key, {}
  local names, err, code = store.e.fs.list(at)
  if is_unknown(code) then
    return nil, err
  end
  for _, name in ipairs(names or {}) do
    local digest, why, reason
    if store.is_addon(name) then
      digest, why, reason = store.e.sha256.file(at .. "/" .. name)
    end
    if is_unknown(reason) then
      return nil, why
    end
    list[#list + 1] = digest
  end
  return list
end

-- Notes first: a taint that is not remembered would let the bytes come back.
local function mark(s, store, key)
  local _ <close> = gc.lock(s, store, "tainting " .. key_rules.short(key))
  local sums, err = digests(store, key)
  if sums then
    local event = { op = "taint", key = key, why = s.options.why or "tainted", sha256 = sums }
    err = store:note(event) or s.engine.fs.sync(store.folder .. "/" .. journal.NAME) == nil and "sync failed"
  end
  local removed, why = 0, nil
  if not err then
    removed, why = store:evict({ key }, "tainted")
  end
  if err or why then
    s:fail(err or why, { exit = outcome.TROUBLE, code = "P0601", hint = "the entry is still there" })
  end
  return removed
end

-- A fresh entry, built here, into every workspace that is still there.
local function rebuild(s, key, events)
  local job = job_rules.new(s)
  if job.key ~= key then
    s:fail("this work tree has another key, so it cannot build the entry again", {
      exit = 4,
      hint = "run it in a work tree of the commit that `pienv cache show` names",
    })
  end
  require("recipes.cache.ensure").one(s, job)
  local populate = require("recipes.cache.populate")
  for folder, event in pairs(journal.holders(events)) do
    local relative = event.workspace and path.relative(folder, event.workspace)
    local there = relative and relative ~= "." and s.engine.fs.stat(event.workspace)
    if event.key == key and there and folder ~= job.to.folder then
      job.to = { root = event.workspace, path = relative, folder = folder }
      job.head = s.engine.gittree.head(event.workspace, {}) -- whose committed companions are meant
      local entry, placed = populate.attempt(s, job)
      s:say(entry and "renewed " .. folder or ("not renewed %s: %s"):format(folder, placed))
      if entry then
        entry:close()
      end
    end
  end
end

-- Who has files of an entry: by the journal, and the workspace that its manifest names where the journal knows of none
-- of its folders (another program's entry, or a journal that could not be written).
local function receivers_of(s, store, key, events)
  local list = journal.receivers(events, key)
  local text = s.engine.fs.read(store.folder .. "/" .. key .. "/" .. manifest.NAME, { follow = false, limit = LIMIT })
  local value = text and manifest.read(text, s.json.decode)
  local source = value and value.source_workspace
  for _, folder in ipairs(list) do
    source = source and not path.relative(folder, source) and source or nil
  end
  if source and path.is_absolute(source) then
    list[#list + 1] = source
  end
  return list
end

---cache taint KEY
---@param s pienv.context
function M.run(s)
  local store = job_rules.store(s)
  local word = s.options.keys and s.options.keys[1]
  if not word or s.options.keys[2] then
    s:fail("taint takes one key", { exit = 2, code = "P0101", hint = "pienv cache ls shows the keys" })
  end
  local key = gc.keys(s, store, { word })[1]
  local events = journal.events(store:journal(), s.json.decode)
  local receivers = receivers_of(s, store, key, events)
  if not s.engine.fs.stat(store.folder .. "/" .. key) and #receivers == 0 then
    return outcome.miss(s, "missing", "no entry: " .. key, key)
  end
  local removed = mark(s, store, key)
  for _, folder in ipairs(receivers) do
    s:print(folder)
    s.ui:event("cache", { state = "received", key = key, folder = folder })
  end
  s:because(("tainted %s: %d removed, %d workspaces received it"):format(key_rules.short(key), removed, #receivers))
  if s.options.rebuild then
    rebuild(s, key, events)
  end
end

return M
