-- Recordings of hits: what the answer hung on and what was done, so that the same command, while all of that holds, is
-- done again before there is any Lua (engine/core/replay.h has the form; docs/adr/0021-replay.md). A recording says
-- nothing that a hit without it would not find out, and its loss costs only time.

local journal = require("recipes.cache.journal")
local outcome = require("recipes.cache.outcome")
local place = require("recipes.cache.place")

local M = {}

-- Seconds that a file must have been left alone before its facts stand for its content.
local SETTLED = 2

---What was asked of the system, as lines.
---@class cache.asked
---@field e table the engine, whose questions about variables and paths are noted
---@field lines string[]
---@field unfit boolean something cannot be recorded

-- One line; a tab is between two texts.
local function note(asked, word, text, second)
  asked.unfit = asked.unfit or (text .. (second or "")):find("[\n\t]") ~= nil
  asked.lines[#asked.lines + 1] = word .. " " .. text .. (second and "\t" .. second or "")
end

-- Device, inode, size, time, mode and owner, as engine/core/replay_facts.c writes them.
local function facts(stat)
  local format = "%020d %020d %020d %020d %08o %010d"
  return format:format(stat.device, stat.inode, stat.size, stat.mtime_ns, stat.mode, stat.uid)
end

local function watch_env(asked, env)
  return {
    get = function(name)
      local value = env.get(name)
      note(asked, value and "env" or "unset", value and name .. "=" .. value or name)
      return value
    end,
  }
end

-- A folder counts as one, a file by its facts; both are looked at without following links.
local function watch_fs(asked, fs)
  local function stat_of(path, options)
    local stat, err, code = fs.stat(path, options)
    if not stat then
      note(asked, "none", path)
    elseif stat.type == "directory" then
      note(asked, "folder", path)
    elseif not path:find("/%.git$") then -- that one is looked at with HEAD
      asked.unfit = true
    end
    return stat, err, code
  end
  local function read(path, options)
    local text, stat, code = fs.read(path, options)
    if text then
      asked.unfit = asked.unfit or asked.now - stat.mtime < SETTLED
      note(asked, "same", facts(stat) .. " " .. path)
    end
    return text, stat, code
  end
  local function realpath(path)
    local real, err, code = fs.realpath(path)
    if real then
      note(asked, "real", path, real)
    end
    return real, err, code
  end
  return setmetatable({ stat = stat_of, read = read, realpath = realpath }, { __index = fs })
end

---Starts to note what a hit asks.
---@param e table engine
---@return cache.asked
function M.ask(e)
  local asked = { lines = {}, unfit = false, now = e.time.now() }
  asked.e = setmetatable({ env = watch_env(asked, e.env), fs = watch_fs(asked, e.fs) }, { __index = e })
  return asked
end

-- How a file of the entry came into the workspace, and with which mode; nil: that is not known any more.
local function way_of(at, name)
  local from, stat = at.entry.stats[name], at.placed.stats[name]
  local known, is_addon = at.entry:known(name), at.store.is_addon(name)
  local way = at.placed.ways[name]
  if known and known.mtime_ns ~= from.mtime_ns then
    return nil -- its bytes decide each time (recipes/cache/manifest.lua)
  end
  if not way and stat.inode == from.inode and stat.device == from.device then
    way = "hardlink"
  elseif not way and not is_addon then
    way = "copy"
  end
  local mode = (known and known.mode or from.mode) & 511 -- 0777, as the store does it
  return way, is_addon and mode & 365 or mode
end

-- The files; nil where one's way is not known.
local function add_files(lines, at)
  local marks = {}
  for i, name in ipairs(at.entry.names) do
    local way, mode = way_of(at, name)
    if not way then
      return nil
    end
    local line = "file %s %o %s %s %s"
    lines[#lines + 1] = line:format(way, mode, facts(at.entry.stats[name]), facts(at.placed.stats[name]), name)
    marks[name] = { device = "@d" .. i, inode = "@i" .. i, size = "@s" .. i, mtime_ns = "@m" .. i }
  end
  return marks
end

local function told(at, placed)
  local line = outcome.hit_line({ key = at.entry.key, placed = placed, milliseconds = "@ms" })
  return "ok   populate  @s s  " .. line
end

local function add_journal(lines, at, marks)
  local e, path = at.store.e, at.store.folder .. "/" .. journal.NAME
  local stat = e.fs.stat(path, { follow = false })
  if not stat then
    return nil
  end
  lines[#lines + 1] = ("journal %020d %020d %020d %s"):format(stat.device, stat.inode, stat.size, path)
  lines[#lines + 1] = 'about "folder":' .. e.json.encode(e.json.utf8(at.to.folder)) .. ","
  local event = place.event({ entry = at.entry, to = at.to, store = at.store }, marks)
  event.at = "@now"
  lines[#lines + 1] = "event " .. journal.line(event, e.json.encode):sub(1, -2)
  return true
end

-- What the look for edits was about; its answer is in the memory.
local function add_clean(lines, at)
  for _, entry in ipairs(at.look and at.head.entries or {}) do
    lines[#lines + 1] = ("input %s %s"):format(entry.id or "-", entry.path)
  end
  for _, pattern in ipairs(at.look and at.look.ignore or {}) do
    lines[#lines + 1] = "exempt " .. pattern
  end
  lines[#lines + 1] = at.look and "clean " .. (at.look.memo or "") or nil
end

local function lines_of(at, asked)
  local lines = table.move(asked.lines, 1, #asked.lines, 1, {})
  local head, manifest = at.head, require("recipes.cache.manifest").NAME
  lines[#lines + 1] = ("git %s\t%s\t%s"):format(head.root, head.commondir, head.commit)
  lines[#lines + 1] = ("level %d"):format(at.level)
  lines[#lines + 1] = ("same %s %s"):format(facts(at.entry.manifest_stat), at.entry.path .. "/" .. manifest)
  add_clean(lines, at)
  lines[#lines + 1] = ("from %s\t%s/%s"):format(at.store.root, at.store.slug, at.entry.key)
  lines[#lines + 1] = ("to %s\t%s"):format(at.to.root, at.to.path)
  local marks = add_files(lines, at)
  if not marks or not add_journal(lines, at, marks) then
    return nil
  end
  lines[#lines + 1] = "kept " .. told(at, { noop = true })
  lines[#lines + 1] = "placed " .. told(at, { how = "@how" })
  lines[#lines + 1] = "out " .. at.entry.path
  lines[#lines + 1] = "end\n"
  for _, line in ipairs(lines) do
    if line:find("\n.") or line:find("\0", 1, true) then
      return nil
    end
  end
  return lines
end

-- Whether the folder is the user's own, or may become that.
local function is_own(fs, folder)
  local stat = fs.stat(folder, { follow = false })
  if stat then
    return stat.type == "directory" and stat.uid == fs.user() and stat.mode & 18 == 0 -- 022
  end
  repeat
    folder = folder:match("^(.+)/[^/]*$")
    stat = folder and fs.stat(folder)
  until stat or not folder
  return stat ~= nil and stat.uid == fs.user()
end

-- Replaces a recording, or removes it.
local function put(fs, path, text)
  local folder = path:match("^(.*)/")
  if text and fs.read(path, { follow = false }) == text then
    return
  end
  fs.remove(path) -- a rename over a file makes ext4 begin to write the new one to the disk, and wait for that
  if not text then
    return
  elseif not fs.write(path, text, { sync = false, mode = "0600" }) and fs.mkdirs(folder, { mode = "0700" }) then
    fs.write(path, text, { sync = false, mode = "0600" })
  end
  fs.sweep(folder)
end

---@class cache.recorded
---@field entry cache.entry
---@field placed cache.placed
---@field store cache.store
---@field to cache.destination
---@field head pienv.gittree.head
---@field level integer this CPU's, 0: it has none
---@field look? { ignore: string[], memo: string } how edits were looked for

---Records a hit that placed files, and renews a recording that no longer holds; where there is none, a hit that finds
---everything in place writes nothing.
---@param e table engine
---@param argv string[]
---@param asked cache.asked
---@param at cache.recorded
function M.write(e, argv, asked, at)
  local path, first = e.replay.find(argv)
  local folder = path and path:match("^(.*)/")
  if not path or at.placed.noop and not e.fs.stat(path) or not is_own(e.fs, folder) then
    return
  end
  local lines = not asked.unfit and not at.placed.warning and lines_of(at, asked)
  put(e.fs, path, lines and first .. "\n" .. table.concat(lines, "\n"))
end

return M
