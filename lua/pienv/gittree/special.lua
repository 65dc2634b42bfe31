-- Pipes and devices in the place of a repository's files: git would wait for who writes to a pipe, and read a device
-- into memory for ever. Asked before git is; libgit2 meets them in engine/core/gittree_special.c.

local fs = require("pienv.fs")
local path = require("pienv.path")

local M = {}

local SPECIAL = { pipe = true, character = true, block = true }

-- What others keep in a repository, and the repositories inside: git opens none of it for a question about HEAD.
local OTHERS = { hooks = true, lfs = true, logs = true, modules = true, worktrees = true }

local LONGEST = 4096 -- bytes of a file that names a folder

local RULES = { [".gitattributes"] = true, [".gitignore"] = true }

-- The first special file below a folder, among those with a wanted name. Links are followed, as git does; but not to
-- folders, where they might lead round.
local function find(folder, skipped, wanted)
  for _, name in ipairs(fs.list(folder) or {}) do
    local at = folder .. "/" .. name
    local own = fs.stat(at, { follow = false })
    local stat = own and own.type == "link" and fs.stat(at) or own
    if stat and SPECIAL[stat.type] and (not wanted or wanted[name]) then
      return at
    elseif own and own.type == "directory" and not skipped[name] then
      local inner = find(at, {}, wanted)
      if inner then
        return inner
      end
    end
  end
end

-- The folder that a file of one line names; or the special file that it is.
local function named(file, start)
  local stat = fs.stat(file)
  if stat and SPECIAL[stat.type] then
    return nil, file
  end
  local text = stat and fs.read(file, { limit = LONGEST })
  local target = text and text:match("^" .. start .. "([^\n]+)")
  return target and path.absolute(target, path.dirname(file))
end

-- The nearest ".git" from a folder upwards; the folder itself in a bare repository.
local function git_of(dir)
  local folder = fs.realpath(dir)
  while folder do
    local at = path.join(folder, ".git")
    if fs.stat(at, { follow = false }) then
      return at
    end
    local parent = path.dirname(folder)
    folder = parent ~= folder and parent or nil
  end
  return dir
end

---The first pipe or device that git may read when it is asked about the repository of a folder.
---@param dir string
---@return string? file
function M.find(dir)
  local at = git_of(dir)
  local stat = fs.stat(at)
  local folder, special = at, stat and SPECIAL[stat.type] and at
  if stat and stat.type == "file" then
    folder, special = named(at, "gitdir: ")
  end
  if special or not folder then
    return special or nil
  end
  local common, other = named(folder .. "/commondir", "")
  return other or find(folder, OTHERS) or common and find(common, OTHERS) or nil
end

-- The special files among the rules of one folder.
local function rules_in(folder)
  for name in pairs(RULES) do
    local stat = fs.stat(path.join(folder, name))
    if stat and SPECIAL[stat.type] then
      return path.join(folder, name)
    end
  end
end

---The first pipe or device among the files of a work tree that git reads rules from: below some paths, and in the
---folders above these.
---@param root string
---@param paths string[] from the root
---@return string? file
function M.rules(root, paths)
  for _, inner in ipairs(paths) do
    local special = find(path.join(root, inner), {}, RULES)
    while not special and inner ~= "." do
      inner = path.dirname(inner)
      special = rules_in(path.join(root, inner))
    end
    if special then
      return special
    end
  end
end

return M
