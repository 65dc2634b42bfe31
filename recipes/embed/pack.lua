-- Looks at the addons and packs them, in a folder of pienv's own: nothing of the package is touched. Everything through
-- s.

local beneath = require("pienv.beneath")
local claim = require("recipes.embed.claim")
local identity = require("recipes.addon.identity")
local packages = require("recipes.addon.package")
local path = require("pienv.path")
local request = require("recipes.embed.request")
local state = require("pienv.state")

local M = {}

local function must(s, value, err)
  return value or s:fail(err)
end

---@class embed.found: embed.candidate
---@field path string absolute
---@field stat pienv.fs.stat

---The error where no file of the target is there. Pure.
---@param target embed.target
---@return string
function M.none(target)
  local lines = { ("No native addons found for %s. Expected one of:"):format(target.id) }
  for _, candidate in ipairs(target.candidates) do
    lines[#lines + 1] = "  - " .. candidate.filename
  end
  return table.concat(lines, "\n")
end

-- The archive is for everybody: what only this user may read must not get into it by a link that somebody else made.
local function refuse_foreign_link(s, file)
  local link = beneath.foreign_link(s.fs, s.root, file)
  if link then
    s:fail(
      link .. " is a symbolic link of another user",
      { exit = 4, hint = "run this as its owner, or put the file there" }
    )
  end
end

---The candidates of the target that are there.
---@param s pienv.context
---@return embed.found[] at least one
function M.find(s)
  local found = {}
  for _, candidate in ipairs(s.target.candidates) do
    local file = path.join(request.output(s), candidate.filename)
    refuse_foreign_link(s, file)
    local stat, err, code = s.fs.stat(file)
    if stat and stat.type ~= "file" then
      s:fail(("%s is a %s, no file"):format(file, stat.type), { hint = "remove it, and build the addon again" })
    elseif stat then
      local variant, filename = candidate.variant, candidate.filename
      found[#found + 1] = { path = file, stat = stat, variant = variant, filename = filename }
    elseif code ~= "ENOENT" then
      s:fail(err)
    end
  end
  if #found == 0 then
    s:fail(M.none(s.target), { exit = 4, hint = "build one of them, then run this again", code = "P0706" })
  end
  return found
end

---The version in the package's package.json.
---@param s pienv.context
---@return string
function M.version(s)
  local file = path.join(path.absolute(s.settings.package, s.root), "package.json")
  local text, err = s.fs.read(file)
  local meta, why = packages.read({
    file = file,
    text = text or "",
    decode = s.json.decode,
    fields = { "version" },
  })
  meta = meta or s:fail(text and why or err, { exit = 4, hint = "the manifest needs the package's version" })
  return meta.version
end

-- What the file holds of the sentinel; nil where addons have none.
local function sentinel_of(s, file, version)
  local found, err = identity.of(s.search, file, { sentinel = s.settings.sentinel, version = version })
  return err and s:fail(err) or found
end

---Refuses an addon that is not what its name says.
---@param s pienv.context
---@param file embed.found
---@param version string
---@return string? remark what its bytes leave open
function M.verify(s, file, version)
  local info, err = s.object.inspect(file.path)
  local input = {
    base = file.filename,
    tag = s.target.id,
    platform = s.target.platform,
    arch = s.target.arch,
    variant = file.variant,
    level = s.settings.variants[file.variant] and s.settings.variants[file.variant].level,
    info = info,
    err = err,
    version = version,
    sentinel = info and sentinel_of(s, file.path, version),
  }
  local message, hint = s.policy.claim(input)
  if message then
    s:fail(message, { hint = hint, code = "P0704" })
  end
  return claim.unproven(input)
end

local function own_place(s, name)
  local file, err = state.place(s.fs, s.root, name)
  return file or s:fail(err, { exit = 4 })
end

---Takes the lock of this project's embedding, so that what a dead run left may be removed, and makes an empty folder.
---@param s pienv.context
---@return { folder: string, lock: pienv.lock.held }
function M.prepare(s)
  local lock, folder = own_place(s, "embed.lock"), own_place(s, "embed")
  local held = must(s, s.lock.acquire(lock, { about = "embedding addons" }))
  must(s, s.fs.remove_tree(folder))
  must(s, s.fs.mkdirs(folder))
  return { folder = folder, lock = held }
end

---Removes that folder and lets the next run in.
---@param s pienv.context
---@param work { folder: string, lock: pienv.lock.held }
function M.clean(s, work)
  local removed, err = s.fs.remove_tree(work.folder)
  work.lock:release()
  must(s, removed, err)
end

local function is_same_file(a, b)
  return a.inode == b.inode and a.size == b.size and a.mtime_ns == b.mtime_ns
end

-- What was packed must be what was verified.
local function refuse_changed(s, files)
  for _, file in ipairs(files) do
    if not is_same_file(must(s, s.fs.stat(file.path)), file.stat) then
      s:fail(file.filename .. " was changed while it was embedded", { hint = "run this again when its build is over" })
    end
  end
end

---@class embed.packed: pienv.archive.written
---@field path string in the work folder
---@field files embed.file[]
---@field unpacked integer bytes of all files

---Packs the files.
---@param s pienv.context
---@param files embed.found[]
---@param folder string to work in
---@return embed.packed
function M.pack(s, files, folder)
  local members, settings = {}, s.settings
  for i, file in ipairs(files) do
    members[i] = { name = file.filename, path = file.path, mode = "0644" }
  end
  local to = path.join(folder, s.target.archive)
  local packed = must(
    s,
    s.archive.write(to, {
      members = members,
      level = settings.gzip_level,
      gzip_members = settings.gzip_members,
      threads = settings.threads,
      mtime = request.epoch(s),
      sync = false, -- it is copied from here, and that copy is synced
    })
  )
  refuse_changed(s, files)
  packed.path, packed.files, packed.unpacked = to, {}, 0
  for i, sum in ipairs(packed.members) do
    packed.files[i] = { variant = files[i].variant, filename = sum.name, size = sum.size, sha256 = sum.sha256 }
    packed.unpacked = packed.unpacked + sum.size
  end
  return packed
end

return M
