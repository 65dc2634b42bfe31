-- Folders of a tree that others may write to: a symbolic link on the way would lead what pienv reads, creates, sweeps
-- and removes to a place that the tree's owner chose. (Transactions refuse such links by themselves.) A look does not
-- help alone: the link may come after it. So what matters is used from a folder that is held open.

local path = require("pienv.path")
local presence = require("pienv.presence")

local M = {}

-- The first symbolic link on the way that is wanted.
local function first_link(fs, root, target, is_wanted)
  local folder = root
  for part in (path.relative(target, root) or "."):gmatch("[^/]+") do
    folder = path.join(folder, part)
    local stat = presence.stat(folder, { follow = false }, fs)
    if stat and stat.type == "link" and is_wanted(stat) then
      return folder
    end
  end
  return nil
end

---The first symbolic link among the folders from below a root down to a path, the path itself included.
---@param fs { stat: function } the engine's fs, or a fake's
---@param root string absolute
---@param target string absolute; one that is not beneath the root was named by its user: nothing is looked at
---@return string? link
function M.link_on_way(fs, root, target)
  return first_link(fs, root, target, function()
    return true
  end)
end

local function is_foreign(fs, stat)
  return stat.uid ~= nil and stat.uid ~= 0 and stat.uid ~= fs.user()
end

-- Whether nobody else can put another link in the place of this one: all folders above it are one's own, or root's.
local function is_lasting(fs, root, link)
  local folder = link
  repeat
    folder = path.dirname(folder)
    local stat = presence.stat(folder, { follow = folder == root }, fs)
    if not stat or is_foreign(fs, stat) then
      return false
    end
  until folder == root
  return true
end

---@class pienv.beneath.held a file, reached through its open folder; to be closed, or left to the collector
---@field at string the path to use, as long as it is held
---@field known string the path that users know
---@field follow boolean whether `at` may be a link that is to be followed
---@field folder? pienv.fs.folder nil where it is used by path
local held = {}
held.__index = held

function held:close()
  if self.folder then
    self.folder:close()
  end
end

held.__close = held.close

local function by_known_path(file)
  return setmetatable({ at = file, known = file, follow = true }, held)
end

-- What becomes of a file with a link on its way, or with `err` where there is none (any more): one's own link is
-- followed by path, where nobody else can exchange it.
local function through_link(fs, root, file, err, code)
  local link = first_link(fs, root, file, function(stat)
    return is_foreign(fs, stat)
  end)
  if link then
    return nil, link .. " is a symbolic link of another user", "ELOOP", "run this as its owner, or put the file there"
  end
  link = M.link_on_way(fs, root, file)
  if not link then
    return nil, err, code
  elseif is_lasting(fs, root, link) then
    return by_known_path(file)
  end
  local message = link .. " is a symbolic link in the tree of another user"
  return nil, message, "ELOOP", "run this as that user, or put the file there"
end

---Holds the folder of a file open, so that its path leads to what is in that very folder, whatever others put in its
---place meanwhile. The file itself may be missing, and may be exchanged: open it without following links.
---@param fs { stat: function, user: function, folder: function } the engine's fs, or a fake's
---@param root string absolute
---@param file string absolute; one that is not beneath the root was named by its user, and is used by path
---@return pienv.beneath.held? held
---@return string? err
---@return string? code "ENOENT": its folder is not there
---@return string? hint of a link that is refused
function M.hold(fs, root, file)
  local inner = path.relative(path.dirname(file), root)
  if not inner then
    return by_known_path(file)
  end
  local folder, err, code = fs.folder(root, inner ~= "." and inner or nil)
  if not folder then
    if code == "ELOOP" or code == "ENOTDIR" then
      return through_link(fs, root, file, err, code)
    end
    return nil, err, code
  end
  local at = folder:path() .. "/" .. path.basename(file)
  local stat = fs.stat(at, { follow = false })
  if stat and stat.type == "link" then
    folder:close()
    return through_link(fs, root, file, "read " .. file .. ": it is being exchanged", "ELOOP")
  end
  return setmetatable({ at = at, known = file, follow = false, folder = folder }, held)
end

---Holds what is there at a path that way, with facts about it.
---@param fs table as above
---@param root string absolute
---@param file string absolute; as above
---@return pienv.beneath.held? held
---@return pienv.fs.stat|string facts or why there are none
---@return string? code "ENOENT": it, or its folder, is not there
---@return string? hint of a link that is refused
function M.find(fs, root, file)
  local found, why, reason, hint = M.hold(fs, root, file)
  if not found then
    return nil, why, reason, hint
  end
  local stat, err, code = fs.stat(found.at, { follow = found.follow })
  if not stat then
    found:close()
    return nil, M.by_path(err, found.at, file), code
  end
  return found, stat
end

---Reads a file that way.
---@param fs table as above, and its `read`
---@param root string absolute
---@param file string absolute; as above
---@return string? bytes
---@return string? err
---@return string? code
---@return string? hint of a link that is refused
function M.read(fs, root, file)
  local opened, why, reason, hint = M.hold(fs, root, file)
  if not opened then
    return nil, why, reason, hint
  end
  local _ <close> = opened
  local bytes, err, code = fs.read(opened.at, { follow = opened.follow })
  if not bytes then
    return nil, M.by_path(err, opened.at, file), code
  end
  return bytes
end

---Makes a folder and the missing ones above it, through no link.
---@param fs { stat: function, folder: function, mkdirs: function } the engine's fs, or a fake's
---@param root string absolute
---@param folder string absolute; one that is not beneath the root was named by its user
---@return true? made
---@return string? err
---@return string? code "ELOOP": a link is on the way
function M.make(fs, root, folder)
  local inner = path.relative(folder, root)
  if not inner then
    local made, err, code = fs.mkdirs(folder)
    return made and true, err, code
  end
  local made <close>, err, code = fs.folder(root, inner ~= "." and inner or nil, { create = true })
  if made then
    return true
  end
  local link = M.link_on_way(fs, root, folder)
  return nil, link and link .. " is a symbolic link" or err, link and "ELOOP" or code
end

---A message of what was done from an open folder on, by the path that users know.
---@param err string?
---@param name string the path through the folder's handle
---@param known string the path that is meant
---@return string? err
function M.by_path(err, name, known)
  local first, last = (err or ""):find(name, 1, true)
  return first and err:sub(1, first - 1) .. known .. err:sub(last + 1) or err
end

return M
