-- Makes an entry: staged in .<key>.tmp.<pid> beside the others, the manifest last, renamed under the repository's lock.
-- Files are copied, never linked: their owner stays the workspace's, and its next build may write to them.

local manifest = require("recipes.cache.manifest")

local M = {}

-- Folders of the cache: the group may write, and what is made in them gets their group.
local FOLDER_MODE = "02770"

---@class cache.source
---@field name string
---@field from? string file to copy, a path that no link leads elsewhere
---@field bytes? string or content to write
---@field mode integer of the entry's file
---@field role "addon"|"companion"
---@field isa? integer

---@class cache.publication
---@field key string
---@field target string label
---@field files cache.source[]
---@field fields table source_workspace, commit
---@field record table inputs, extra, dirty, variables, build_seconds, leaks
---@field sync boolean wait for the disk
---@field pid integer
---@field about string said to those who wait for the lock
---@field timeout? number seconds to wait for the lock
---@field search string[] texts that are looked for in the files while they are copied
---@field accept? fun(files: table<string, cache.file>, found: table<string, integer[]>, record: table): string? a last
---  look at the copies and how often the texts were found in each: says why they must not be published, and may add to
---  the record
---@field waiting? fun(holder: table, waited: number)
---@field before? fun(files: table<string, cache.file>, captured_at: number) what must be done before others can see the
---  entry
---@field after? fun() more work under the same lock: the caps

local function fail(err, code)
  return nil, err, code or "trouble"
end

-- Which of the texts are in the bytes.
local function counts_in(bytes, texts)
  local counts = {}
  for i, text in ipairs(texts) do
    counts[i] = bytes:find(text, 1, true) and 1 or 0
  end
  return counts
end

-- Source facts before and after: a file that is written to while it is copied is no artifact.
local function copy_file(store, file, to, request)
  local fs, sha256, sync = store.e.fs, store.e.sha256, request.sync
  if file.bytes then
    local ok, err, code = fs.write(to, file.bytes, { mode = file.mode, sync = sync })
    return ok and sha256.hash(file.bytes) or nil, err, ok and counts_in(file.bytes, request.search) or code
  end
  local before = fs.stat(file.from, { follow = false })
  if not before or before.type ~= "file" then
    return nil, file.name .. " is no regular file", "changed"
  end
  local digest, err, code = sha256.copy(file.from, to, {
    mode = file.mode,
    sync = sync,
    search = request.search[1] and request.search,
  })
  local after = fs.stat(file.from, { follow = false })
  if digest and not (after and after.mtime_ns == before.mtime_ns and after.size == before.size) then
    return nil, file.name .. " changed while it was copied", "changed"
  end
  return digest, err, code == "ECHANGED" and "changed" or code or {}
end

local function copy_files(store, request, staging)
  local files, found = {}, {}
  for _, file in ipairs(request.files) do
    local to = staging .. "/" .. file.name
    local digest, err, code = copy_file(store, file, to, request)
    local stat = digest and store.e.fs.stat(to, { follow = false })
    if not stat then
      return fail(err, code == "changed" and code or "trouble")
    end
    files[file.name] = {
      size = stat.size,
      mode = file.mode,
      mtime_ns = stat.mtime_ns,
      sha256 = digest,
      role = file.role,
      isa = file.isa,
    }
    found[file.name] = code
  end
  return files, found
end

-- manifest.json of an entry with these files.
local function text_of(store, request, files, captured_at)
  local json, nodes = store.e.json, {}
  for _, file in ipairs(request.files) do
    nodes[#nodes + 1] = file.role == "addon" and file.name or nil
  end
  table.sort(nodes)
  local record = { version = manifest.VERSION, files = files }
  for name, value in pairs(request.record) do
    record[name] = value
  end
  local value = {
    key = request.key,
    target = request.target,
    captured_at = captured_at,
    node_files = json.array(nodes),
    pienv = record,
  }
  for name, field in pairs(request.fields) do
    value[name] = field
  end
  return json.encode(json.readable(value), { indent = 2 }) .. "\n"
end

local function fill(store, request, staging)
  local fs = store.e.fs
  local files, found, code = copy_files(store, request, staging)
  if not files then
    return nil, found, code
  end
  local refused = request.accept and request.accept(files, found, request.record)
  if refused then
    return fail(refused, "refused")
  end
  local captured_at = store.e.time.now() + 0.0
  local text = text_of(store, request, files, captured_at)
  local ok, why = fs.write(staging .. "/" .. manifest.NAME, text, { mode = "0644", sync = request.sync })
  if not ok then
    return fail(why)
  end
  if request.before then
    request.before(files, captured_at)
  end
  return files
end

-- A damaged or incomplete entry makes room; its remains are swept with the staging folders.
local function make_room(store, request)
  local fs, path = store.e.fs, store.folder .. "/" .. request.key
  if fs.stat(path, { follow = false }) then
    return require("recipes.cache.evict").set_aside(store, request.key, "replaced")
  end
  return true
end

local function stage_and_rename(store, request)
  local fs = store.e.fs
  local staging = ("%s/.%s.tmp.%d"):format(store.folder, request.key, request.pid)
  local _ <close> = setmetatable({}, {
    __close = function()
      fs.remove_tree(staging)
    end,
  })
  fs.remove_tree(staging) -- of a dead process that had our number
  local ok, err = fs.mkdirs(staging, { mode = FOLDER_MODE })
  if not ok then
    return fail(err)
  end
  local files, why, code = fill(store, request, staging)
  if not files then
    return nil, why, code
  end
  ok, err = make_room(store, request)
  if ok then
    ok, err = fs.rename(staging, store.folder .. "/" .. request.key)
  end
  if ok and request.sync then
    ok, err = fs.sync(store.folder)
  end
  if not ok then
    return fail(err)
  end
  return files
end

---Removes the folders that a dead process was about to make in another.
---@param e table engine
---@param parent string
---@param only? string name of the folder that was to be made; nil: any
function M.sweep(e, parent, only)
  for _, entry in ipairs(e.fs.list(parent) or {}) do
    local name, pid = entry:match("^%.(.+)%.new%.(%d+)$")
    if name and (not only or name == only) and not e.fs.stat("/proc/" .. pid) then
      e.fs.remove_tree(parent .. "/" .. entry)
    end
  end
end

-- Makes a shared folder that is missing: under another name until its mode, its group and its file are right, so that
-- a kill never leaves one with half of them. Somebody who made it meanwhile wins; each has a name of his own for it.
local function make_folder(store, path, file)
  local fs, pid = store.e.fs, store.e.fs.readlink("/proc/self") or "0"
  local parent, name = path:match("^(.*)/([^/]*)$")
  local staging = ("%s/.%s.new.%s"):format(parent, name, pid)
  M.sweep(store.e, parent, name)
  fs.remove_tree(staging)
  local ok, err = fs.mkdirs(staging, { mode = FOLDER_MODE })
  if ok and store.group then
    ok, err = fs.chown(staging, fs.stat(staging).uid, store.group)
    fs.chmod(staging, FOLDER_MODE) -- a change of the group may take the bit away
  end
  if ok and file then
    ok, err = fs.write(staging .. "/" .. file.name, file.bytes, { sync = false })
  end
  if ok then
    ok, err = fs.rename(staging, path)
  end
  if not ok then
    fs.remove_tree(staging)
  end
  return ok, err
end

local function is_folder(fs, path)
  local stat = fs.stat(path)
  return stat ~= nil and stat.type == "directory"
end

---Makes the folder of the repository, and the cache's root, where they are missing.
---@param store cache.store
---@return true? ok
---@return string? err
function M.prepare(store)
  local fs, root = store.e.fs, store.root
  if not is_folder(fs, root) then
    local ok, err = fs.mkdirs(root:match("^(.*/)"))
    if ok then
      ok, err = make_folder(store, root, { name = "CACHEDIR.TAG", bytes = M.TAG })
    end
    if not ok and not is_folder(fs, root) then
      return nil, err
    end
  end
  local ok, err = store:is_there(), nil
  if not ok then
    ok, err = make_folder(store, store.folder)
  end
  return ok or store:is_there() or nil, err
end

---By this file backup programs know a folder that they may leave out.
M.TAG = "Signature: 8a477f597d28d172789f06886806bc55\n"
  .. "# This file marks a cache of pienv (https://bford.info/cachedir/).\n"

---Publishes the files under their key; an entry that is there already stays and counts as success.
---@param store cache.store
---@param request cache.publication
---@return cache.entry? entry
---@return string|boolean created false: it was there; or the reason of a failure
---@return "trouble"|"locked"|"changed"|"refused"|nil kind
function M.run(store, request)
  local ready, err = M.prepare(store)
  if not ready then
    return fail(err)
  end
  local there -- the entry, as soon as somebody else has stored it: many who wait then need not queue
  local function is_there()
    there = store:lookup(request.key, request.target)
    return there ~= nil
  end
  local held, why, code = store.e.lock.acquire(store.folder .. "/.lock", {
    create_mode = "0660",
    about = request.about,
    timeout = request.timeout,
    waiting = request.waiting,
    enough = is_there,
  })
  if not held and code ~= "ENOUGH" then
    return fail(why, "locked")
  end
  local _ <close> = held
  if there or is_there() then
    return there, false
  end
  local files, reason, kind = stage_and_rename(store, request)
  if not files then
    return nil, reason, kind
  end
  if request.after then
    request.after()
  end
  local entry, lost = store:lookup(request.key, request.target)
  if not entry then
    return fail(lost)
  end
  return entry, true
end

return M
