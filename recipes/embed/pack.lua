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
---@field path string absolute, as users know it
---@field held pienv.beneath.held the file, by which it is read: in its folder, open until the run ends
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

---The candidates of the target that are there. The archive is for everybody: what only this user may read must not get
---into it by a link that somebody else made, now or while this goes on.
---@param s pienv.context
---@return embed.found[] at least one
function M.find(s)
  local found = {}
  for _, candidate in ipairs(s.target.candidates) do
    local file = path.join(request.output(s), candidate.filename)
    local held, stat, code, hint = beneath.find(s.fs, s.root, file)
    if held and stat.type ~= "file" then
      s:fail(("%s is a %s, no file"):format(file, stat.type), { hint = "remove it, and build the addon again" })
    elseif held then
      local variant, filename = candidate.variant, candidate.filename
      found[#found + 1] = { path = file, held = held, stat = stat, variant = variant, filename = filename }
    elseif code ~= "ENOENT" then
      s:fail(stat, { exit = hint and 4, hint = hint })
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
  local text, err, _, refused = beneath.read(s.fs, s.root, file)
  local meta, why = packages.read({
    file = file,
    text = text or "",
    decode = s.json.decode,
    fields = { "version" },
  })
  meta = meta or s:fail(text and why or err, { exit = 4, hint = refused or "the manifest needs the package's version" })
  return meta.version
end

-- What a found file holds of the sentinel; nil where addons have none.
local function sentinel_of(s, file, version)
  local wanted = { sentinel = s.settings.sentinel, version = version }
  local found, err = identity.of(s.search, file.held.at, wanted)
  return err and s:fail(beneath.by_path(err, file.held.at, file.path)) or found
end

---Refuses an addon that is not what its name says.
---@param s pienv.context
---@param file embed.found
---@param version string
---@return string? remark what its bytes leave open
function M.verify(s, file, version)
  local info, err = s.object.inspect(file.held.at)
  local input = {
    base = file.filename,
    tag = s.target.id,
    platform = s.target.platform,
    arch = s.target.arch,
    variant = file.variant,
    level = s.settings.variants[file.variant] and s.settings.variants[file.variant].level,
    info = info,
    err = beneath.by_path(err, file.held.at, file.path),
    version = version,
    sentinel = info and sentinel_of(s, file, version),
  }
  local message, hint = s.policy.claim(input)
  if message then
    s:fail(message, { hint = hint, code = "P0704" })
  end
  return claim.unproven(input)
end

---@class embed.work
---@field state pienv.fs.folder .pienv/, open
---@field folder pienv.fs.folder to work in: .pienv/embed, open
---@field known string its path as users know it
---@field lock pienv.lock.held

local WORK = "embed"

-- Empties the folder that a dead run may have left.
local function renew(s, top, known)
  local at = path.join(top:path(), WORK)
  local removed, err = s.fs.remove_tree(at)
  must(s, removed, beneath.by_path(err, at, known))
  local folder, why = s.fs.folder(top:path(), WORK, { create = true })
  return must(s, folder, beneath.by_path(why, at, known))
end

---Takes the lock of this project's embedding, so that what a dead run left may be removed, and makes an empty folder.
---@param s pienv.context
---@return embed.work
function M.prepare(s)
  local held, top = state.lock(s, "embed.lock", "embedding addons")
  if not held then
    s:fail(top, { exit = 4 })
  end
  local known = path.join(s.root, state.NAME, WORK)
  return { state = top, folder = renew(s, top, known), known = known, lock = held }
end

---Removes that folder and lets the next run in.
---@param s pienv.context
---@param work embed.work
function M.clean(s, work)
  local at = path.join(work.state:path(), WORK)
  local removed, err = s.fs.remove_tree(at)
  work.lock:release()
  work.folder:close()
  work.state:close()
  must(s, removed, beneath.by_path(err, at, work.known))
end

local function is_same_file(a, b)
  return a.inode == b.inode and a.size == b.size and a.mtime_ns == b.mtime_ns
end

-- What was packed must be what was verified.
local function refuse_changed(s, files)
  for _, file in ipairs(files) do
    local stat, err = s.fs.stat(file.held.at, { follow = file.held.follow })
    if not is_same_file(must(s, stat, beneath.by_path(err, file.held.at, file.path)), file.stat) then
      s:fail(file.filename .. " was changed while it was embedded", { hint = "run this again when its build is over" })
    end
  end
end

---@class embed.packed: pienv.archive.written
---@field path string in the work folder, which is open
---@field files embed.file[]
---@field unpacked integer bytes of all files

-- An error of an archive, by the paths that users know.
local function explained(err, files, work)
  for _, file in ipairs(files) do
    err = beneath.by_path(err, file.held.at, file.path)
  end
  return beneath.by_path(err, work.folder:path(), work.known)
end

---Packs the files.
---@param s pienv.context
---@param files embed.found[]
---@param work embed.work
---@return embed.packed
function M.pack(s, files, work)
  local members, settings = {}, s.settings
  for i, file in ipairs(files) do
    members[i] = { name = file.filename, path = file.held.at, follow = file.held.follow, mode = "0644" }
  end
  local to = path.join(work.folder:path(), s.target.archive)
  local packed, err = s.archive.write(to, {
    members = members,
    level = settings.gzip_level,
    gzip_members = settings.gzip_members,
    threads = settings.threads,
    mtime = request.epoch(s),
    sync = false, -- it is copied from here, and that copy is synced
  })
  packed = must(s, packed, explained(err, files, work))
  refuse_changed(s, files)
  packed.path, packed.files, packed.unpacked = to, {}, 0
  for i, sum in ipairs(packed.members) do
    packed.files[i] = { variant = files[i].variant, filename = sum.name, size = sum.size, sha256 = sum.sha256 }
    packed.unpacked = packed.unpacked + sum.size
  end
  return packed
end

return M
