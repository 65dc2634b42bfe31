-- Recipes are code. A file of a work tree is loaded only when it belongs to the user who runs pienv, or to root and
-- nobody else may write it; or when that user named it. An orchestrator runs as root in trees of users it does not
-- trust: there a file of theirs must never run, and the stock policy must never silently take its place.

local failure = require("pienv.failure")
local files = require("pienv.path")
local fs = require("pienv.fs")
local presence = require("pienv.presence")

local M = {}

---Code of the failure that says a file may not run.
M.REFUSED = "P0210"

local WRITABLE_BY_OTHERS = 18 -- 0022: group or world

---Says whether a file with this stat may run as code of user `uid`.
---@param stat table as fs.stat gives it
---@param uid integer effective user
---@return boolean
function M.allows(stat, uid)
  if stat.uid == 0 then
    return stat.mode & WRITABLE_BY_OTHERS == 0 -- also for root itself: then it is anybody's file
  end
  return stat.uid == uid
end

local RECIPE = {
  why = "recipes are code",
  hint = "--trust           load what this tree contains, once\n"
    .. "--config FILE     use a project file of your own (and the recipes beside it)\n"
    .. "--no-config       use the stock recipes with their defaults",
}

local function refuse(path, stat, uid, what)
  local owner = fs.owner_name(stat.uid) or ("user " .. stat.uid)
  local mine = fs.owner_name(uid) or ("user " .. uid)
  local why = "belongs to " .. owner .. ", not to " .. mine
  if stat.uid == 0 then
    why = ("belongs to root, but others may write it (mode %04o)"):format(stat.mode)
  end
  failure.raise({
    code = M.REFUSED,
    message = "not loading " .. path .. ": it " .. why .. ", and " .. what.why,
    hint = what.hint,
  })
end

-- Raises unless what stands at `path` (facts of the link itself) belongs to somebody whose files may run.
local function check_owner(path, stat, what)
  local uid = fs.user()
  local is_link = stat.type == "link" -- a link has no mode of its own
  if not (M.allows(stat, uid) or is_link and (stat.uid == uid or stat.uid == 0)) then
    refuse(path, stat, uid, what or RECIPE)
  end
end

-- The link that stands there, and what it leads to; nothing where nothing is.
local function check_path(path, what)
  local link = presence.stat(path, { follow = false })
  for _, stat in ipairs(link and { link, presence.stat(path) } or {}) do
    check_owner(path, stat, what)
  end
end

---Raises unless a folder that code is read from may be trusted: its owner decides what the names in it stand for.
---@param folder string a missing one is fine
---@param trusted boolean the user vouched for it
function M.check_folder(folder, trusted)
  if not trusted then
    check_path(folder)
  end
end

-- The library is opened by its name, after this look: whoever owns a folder above it could exchange what is below.
local function check_owners_above(file, what)
  local uid, folder = fs.user(), files.dirname(file)
  while folder ~= files.dirname(folder) do
    folder = files.dirname(folder)
    local stat = presence.stat(folder, { follow = false })
    if stat and stat.uid ~= uid and stat.uid ~= 0 then
      refuse(folder, stat, uid, what)
    end
  end
end

---Raises unless a library or script may be loaded into a process of this user: that runs its code. Its folder falls
---under the same rule, because libraries that it needs may lie there; every folder above must be of the user or root.
---@param file string absolute
---@param trusted boolean the user vouched for the tree
---@param ways? string lines of the hint: how to go on without loading it
function M.check_library(file, trusted, ways)
  local hint = "--trust           load what this tree contains, once" .. (ways and "\n" .. ways or "")
  local what = { why = "to load it is to run its code", hint = hint }
  for _, name in ipairs(not trusted and { file, fs.realpath(file) } or {}) do
    check_path(name, what)
    check_path(files.dirname(name), what)
    check_owners_above(name, what)
  end
end

---Reads a file that is going to run as code; raises unless it may. The owner is that of the very file read; a
---symbolic link must be trusted itself, because its owner chooses what it points at.
---@param path string
---@param trusted boolean the user vouched for it (--trust, --config)
---@return string? text nil where there is no such file
function M.read(path, trusted)
  local link = presence.stat(path, { follow = false })
  if not link then
    return nil
  end
  local text, stat, code = fs.read(path)
  if not text then
    failure.raise({ code = "P0211", message = stat, hint = code == "EISDIR" and "a file is needed there" or nil })
  end
  for _, owner in ipairs(not trusted and { link, stat } or {}) do
    check_owner(path, owner)
  end
  return text
end

return M
