-- Puts the files of an entry into a workspace: everything is staged beside its destination, then renamed. After a
-- failure the workspace has what it had; after a kill each file is old or new, and the next populate does the rest.

local journal = require("recipes.cache.journal")

local M = {}

---@class cache.destination
---@field root string absolute: the project; what is beneath it may have been arranged by others
---@field path string the output folder beneath it, relative
---@field folder string the output folder, absolute, for people and the journal

---@class cache.placing
---@field store cache.store
---@field entry cache.entry
---@field to cache.destination
---@field restores fun(name: string): boolean which addons belong to the target
---@field may_replace fun(name: string, bytes: string, new: string): boolean, string? may a companion that is there go?
---@field pid integer

---@class cache.placed
---@field how table<string, integer> files by "hardlink", "reflink", "copy", "kept"
---@field passed table[] rungs of the ladder that were not taken
---@field ways table<string, string> "hardlink", "reflink", "copy" of the files that were placed, by name
---@field stats table<string, pienv.fs.stat> of the files in the workspace, by name
---@field noop boolean everything was there, by the journal
---@field warning? string the journal could not be written

local function wanted(p)
  local names = {}
  for _, name in ipairs(p.entry.names) do
    names[#names + 1] = (not p.store.is_addon(name) or p.restores(name)) and name or nil
  end
  return names
end

-- Makes the missing folders one by one, each given away as soon as it is there.
local function make_folders(p, owner)
  local fs, path = p.store.e.fs, nil
  for part in p.to.path:gmatch("[^/]+") do
    path = path and path .. "/" .. part or part
    local _, _, missing = fs.folder(p.to.root, path)
    local made <close> = missing == "ENOENT" and fs.folder(p.to.root, path, { create = true }) or nil
    if made then
      fs.chown(made:path() .. "/.", owner.uid, owner.gid)
    end
  end
end

-- The open output folder; made, and given to the project's owner, where it is missing.
local function open_folder(p)
  local fs = p.store.e.fs
  local handle, err, code = fs.folder(p.to.root, p.to.path)
  if handle or code ~= "ENOENT" then
    return handle, err, code
  end
  local above = fs.user() == 0 and fs.stat(p.to.root)
  if above and (above.uid ~= 0 or above.gid ~= 0) then
    make_folders(p, above)
  end
  return fs.folder(p.to.root, p.to.path, { create = true })
end

-- Who shall own copies: as root, the owner of the folder; otherwise nobody has to be asked.
local function owner_for(p, at)
  local fs = p.store.e.fs
  local stat = fs.user() == 0 and fs.stat(at .. "/.")
  return stat and (stat.uid ~= 0 or stat.gid ~= 0) and { uid = stat.uid, gid = stat.gid } or nil
end

local function is_same_file(p, name, path, stat)
  local from = p.entry.stats[name]
  if stat.inode == from.inode and stat.device == from.device then
    return true
  elseif stat.type ~= "file" or stat.size ~= from.size then
    return false
  end
  local fs, sha256, known = p.store.e.fs, p.store.e.sha256, p.entry:known(name)
  if p.store.is_addon(name) then
    return known ~= nil and sha256.file(path) == known.sha256
  end
  local bytes = fs.read(path, { follow = false })
  return bytes ~= nil and bytes == fs.read(p.entry.at .. "/" .. name, { follow = false })
end

-- Whether a file may be replaced: addons always, a companion when no work of the user's is in it; or why nobody knows,
-- and the code of that. Who removes entries does not wait for us: the entry's own file may be gone by now.
local function is_free(p, name, path, stat)
  if not stat or p.store.is_addon(name) then
    return true
  elseif stat.type ~= "file" then
    return stat.type == "link"
  end
  local fs = p.store.e.fs
  local bytes, err, code = fs.read(path, { follow = false })
  if not bytes then
    return false, err, code
  end
  local new, why, what = fs.read(p.entry.at .. "/" .. name, { follow = false })
  if not new then
    return false, why, what
  end
  return p.may_replace(name, bytes, new)
end

-- Whether an event put this very entry there, not another one that was made for the same key.
local function is_of_entry(p, event)
  return event.key == p.entry.key and event.captured_at == p.entry.manifest.captured_at
end

-- What is to be done for each file: keep it, or stage it.
local function plan(p, at, last)
  local fs, steps = p.store.e.fs, {}
  for i, name in ipairs(wanted(p)) do
    local path = at .. "/" .. name
    local stat = fs.stat(path, { follow = false })
    local as_written = stat and journal.same(last and last.files[name], stat)
    local keep = stat and (as_written and is_of_entry(p, last) or is_same_file(p, name, path, stat))
    steps[i] = { name = name, path = path, stat = stat, keep = keep }
    if stat and stat.type == "directory" then
      return nil, p.to.path .. "/" .. name .. " is a folder", "edited"
    end
    local free, trouble, code = keep or as_written, nil, nil
    if not free then
      free, trouble, code = is_free(p, name, path, stat)
    end
    if not free then
      return nil,
        trouble or p.to.path .. "/" .. name .. " has changes of yours",
        trouble and code or not trouble and "edited"
    end
  end
  return steps
end

-- The staged file must be the one that was looked at. Its facts stay what they are when it is renamed.
local function is_as_expected(p, step)
  local stat, from = p.store.e.fs.stat(step.temporary, { follow = false }), p.entry.stats[step.name]
  step.staged = stat
  return stat ~= nil and stat.type == "file" and stat.size == from.size
end

local function fetch(p, step, owner)
  local how, passed, code = p.store:fetch(p.entry, step.name, step.temporary, owner)
  if not how and code == "EEXIST" then -- of a dead process that had our number
    p.store.e.fs.remove(step.temporary)
    how, passed, code = p.store:fetch(p.entry, step.name, step.temporary, owner)
  end
  return how, passed, code
end

local function stage(p, steps, owner, result)
  for _, step in ipairs(steps) do
    if not step.keep then
      step.temporary = ("%s.tmp.%d"):format(step.path, p.pid)
      local how, passed, code = fetch(p, step, owner)
      if not how then
        step.temporary = code == "EEXIST" and step.temporary or nil
        return nil, passed, code
      elseif not is_as_expected(p, step) then
        return nil, step.name .. " changed while it was fetched", "damaged"
      end
      step.how = how
      table.move(passed, 1, #passed, #result.passed + 1, result.passed)
    end
  end
  return true
end

-- Keeps a second name of what is replaced until everything is in place.
local function keep_old(p, step)
  step.old = ("%s.old.%d"):format(step.path, p.pid)
  p.store.e.fs.remove(step.old)
  return p.store.e.fs.link(step.path, step.old)
end

local function swap(p, step)
  local fs = p.store.e.fs
  if step.stat then
    local ok, err, code = keep_old(p, step)
    if not ok then
      step.old = nil
      return nil, err, code
    end
  end
  local ok, err, code = fs.rename(step.temporary, step.path)
  step.done = ok ~= nil
  return ok, err, code
end

local function undo(p, steps)
  local fs = p.store.e.fs
  for _, step in ipairs(steps) do
    if step.done and step.old then
      fs.rename(step.old, step.path)
    elseif step.done then
      fs.remove(step.path)
    end
  end
end

local function tidy(p, steps)
  local fs = p.store.e.fs
  for _, step in ipairs(steps) do
    if step.temporary and not step.done then
      fs.remove(step.temporary)
    end
    if step.old then
      fs.remove(step.old)
    end
  end
end

---What the journal is told of a hit.
---@param p { entry: cache.entry, to: cache.destination, store: cache.store }
---@param files table<string, cache.facts> what is in the workspace
---@return cache.event
function M.event(p, files)
  local entry, json = p.entry, p.store.e.json
  return {
    op = "place",
    key = entry.key,
    captured_at = entry.manifest.captured_at,
    hit = true,
    folder = json.utf8(p.to.folder),
    workspace = json.utf8(p.to.root),
    files = files,
    saved = entry.manifest.pienv and entry.manifest.pienv.build_seconds,
  }
end

-- Adds the hit to the journal: what will be in the workspace. Before anything is renamed, so that a recall names every
-- workspace that may have files of the entry; a rename changes none of the facts.
local function note(p, steps)
  local facts = {}
  for _, step in ipairs(steps) do
    facts[step.name] = journal.facts(step.staged or step.stat)
  end
  return p.store:note(M.event(p, facts))
end

local function apply(p, steps, owner, result)
  local ok, err, code = stage(p, steps, owner, result)
  result.warning = ok and note(p, steps) or nil
  for _, step in ipairs(ok and steps or {}) do
    if not step.keep and ok then
      ok, err, code = swap(p, step)
    end
  end
  if not ok then
    undo(p, steps)
  end
  tidy(p, steps)
  return ok, err, code
end

-- Removes what populates that were killed left here.
local function sweep(p, at)
  local fs, names = p.store.e.fs, p.store.e.fs.list(at) or {}
  for _, name in ipairs(names) do
    if name:find("^%.pienv%-.*%.tmp$") then
      fs.sweep(at)
      break
    end
  end
  for _, name in ipairs(names) do
    local base, pid = name:match("^(.+)%.%l%l%l%.(%d+)$")
    local ours = base and (name:find("%.tmp%.%d+$") or name:find("%.old%.%d+$")) and p.entry.stats[base]
    if ours and not fs.stat("/proc/" .. pid) then
      fs.remove(at .. "/" .. name)
    end
  end
end

local function is_noop(p, steps, last)
  local files = last and is_of_entry(p, last) and last.files or {}
  for _, step in ipairs(steps) do
    if not step.keep or not journal.same(files[step.name], step.stat) then
      return false
    end
  end
  return true
end

-- What a failure of the system means here: a cache that cannot be used is no failure of the workspace.
local function fail(p, at, err, code)
  local text = err:gsub(at:gsub("%p", "%%%0"), (p.to.path:gsub("%%", "%%%%")))
  text = text:gsub(p.entry.at:gsub("%p", "%%%0"), (p.entry.path:gsub("%%", "%%%%")))
  local kind = (code == "damaged" or code == "edited") and code or code == "ENOENT" and "missing" or "trouble"
  return nil, text, kind
end

---@param p cache.placing
---@return cache.placed? placed
---@return string? reason
---@return "edited"|"damaged"|"missing"|"trouble"|nil kind
function M.run(p)
  local opened, err, code = open_folder(p)
  if not opened then
    return nil, err, (code == "ELOOP" or code == "ENOTDIR") and "edited" or "trouble"
  end
  local handle <close> = opened
  local at, store = handle:path(), p.store
  local last = journal.last(store:journal(), p.to.folder, store.e.json)
  local steps, reason, doubt = plan(p, at, last)
  if not steps then
    return fail(p, at, reason, doubt)
  end
  local result = { how = {}, ways = {}, passed = {}, stats = {}, noop = is_noop(p, steps, last) }
  if not result.noop then
    sweep(p, at)
    local ok, why, what = apply(p, steps, owner_for(p, at), result)
    if not ok then
      return fail(p, at, why, what)
    end
  end
  for _, step in ipairs(steps) do
    local how = step.how or "kept"
    result.how[how] = (result.how[how] or 0) + 1
    result.ways[step.name] = step.how
    result.stats[step.name] = step.staged or step.stat
  end
  return result
end

return M
