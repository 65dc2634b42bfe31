-- Folders of a build: the package's native/, its .build/, and one work folder for every target. Everything through s.
--
--   native/.build/<CROSS_TARGET or platform-arch>-<variant or default>-<profile>-XXXXXX/
--     owner      identity of the build that works here (recipes/build/sweep.lua)
--     objects/   what the compiler leaves
--     out/       what the builder emits; nothing else is looked at
--
-- While it is made, and while it is removed, such a folder has its owner's identity in its name. So a build that is
-- killed at any moment leaves nothing whose owner the next one does not know.

local addon = require("recipes.addon")
local beneath = require("pienv.beneath")
local path = require("pienv.path")
local sweep = require("recipes.build.sweep")

local M = {}

local function must(s, value, err)
  return value or s:fail(err)
end

-- Only where /proc tells; elsewhere a folder's age decides.
local function identity_of(s, pid)
  local stat = s.fs.read("/proc/" .. pid .. "/stat")
  local namespace = s.fs.stat("/proc/self/ns/pid")
  return stat and sweep.identity({ stat = stat, namespace = namespace and namespace.inode })
end

local function age_of(s, file)
  local stat = s.fs.stat(file, { follow = false })
  return stat and s.time.now() - stat.mtime or 0
end

-- "4242-98765-401." before a name says whose it is.
local function claimed(identity, name)
  return identity:gsub(" ", "-") .. "." .. name
end

local function unclaimed(name)
  local pid, start, namespace, rest = name:match("^(%d+)%-(%d+)%-(%d+)%.(.*)$")
  if not pid then
    return name
  end
  return rest, ("%s %s %s"):format(pid, start, namespace)
end

-- Removes a work folder, first making it ours by name. One that somebody else has taken meanwhile is theirs to remove.
local function discard(s, folder)
  local self = identity_of(s, "self")
  if self then
    local mine = path.join(path.dirname(folder), claimed(self, unclaimed(path.basename(folder))))
    local moved, err, code = s.fs.rename(folder, mine)
    if not moved then
      return code == "ENOENT", err
    end
    folder = mine
  end
  return s.fs.remove_tree(folder)
end

local function is_abandoned(s, folder, self)
  local _, owner = unclaimed(path.basename(folder))
  owner = owner or s.fs.read(path.join(folder, "owner"))
  local pid = owner and sweep.pid(owner)
  return sweep.abandoned({
    owner = owner,
    self = self,
    running = pid and identity_of(s, pid),
    age = age_of(s, folder),
  })
end

-- Nobody waits for these; what cannot be removed is left for the next build.
local function sweep_work(s, folder)
  local self = identity_of(s, "self")
  for _, name in ipairs(s.fs.list(folder) or {}) do
    if is_abandoned(s, path.join(folder, name), self) then
      discard(s, path.join(folder, name))
    end
  end
end

-- What is in a work folder, before it: its owner is known until all else is gone.
local function add_folder(c, list, folder)
  for _, name in ipairs(c.fs.list(folder) or {}) do
    if name ~= "owner" then
      list[#list + 1] = path.join(folder, name)
    end
  end
  list[#list + 1] = folder
end

-- Without an owner, and with nothing in it, a folder is what an interrupted removal left: one that is being made has
-- its owner's identity in its name.
local function is_leftover(c, folder, self)
  local names = self and not select(2, unclaimed(path.basename(folder))) and c.fs.list(folder)
  return names and #names == 0 or is_abandoned(c, folder, self)
end

---What `pienv clean` may remove, in this order: the work folders of builds that are no more, and .build/ itself where
---none is left.
---@param c pienv.context
---@param output string the package's native/
---@return string[]
function M.leftovers(c, output)
  local work, self = path.join(output, ".build"), identity_of(c, "self")
  local list, live = {}, false
  local stat = c.fs.stat(work, { follow = false })
  if stat and stat.type ~= "directory" then
    return { work } -- a link goes itself, nothing behind it
  end
  local names = stat and c.fs.list(work)
  if not names then
    return list -- nothing there; or it cannot be read, and then nobody knows who works in it
  end
  for _, name in ipairs(names) do
    local folder = path.join(work, name)
    if is_leftover(c, folder, self) then
      add_folder(c, list, folder)
    else
      live = true
    end
  end
  list[#list + 1] = not live and work or nil
  return list
end

local function sweep_temporaries(s, folder)
  for _, name in ipairs(s.fs.list(folder) or {}) do
    local is_temporary, pid = sweep.temporary(name)
    local file = path.join(folder, name)
    local running = pid ~= nil and s.fs.stat("/proc/" .. pid) ~= nil
    if is_temporary and sweep.forgotten({ pid = pid, running = running, age = age_of(s, file) }) then
      s.fs.remove(file)
    end
  end
end

-- What is swept and removed here must be ours, wherever the tree's owner pointed a link.
local function refuse_link(s, folder)
  local link = beneath.link_on_way(s.fs, s.root, folder)
  if link then
    s:fail("cannot build in " .. folder .. ": " .. link .. " is a symbolic link", {
      exit = 4,
      hint = "make it a folder, or set 'package' in pienv.lua to where it points",
    })
  end
end

---Makes native/ and native/.build/, and removes what builds that are no more left in them.
---@param s pienv.context
---@param output string the package's native/
function M.prepare(s, output)
  local work = path.join(output, ".build")
  refuse_link(s, work)
  must(s, s.fs.mkdirs(output))
  sweep_temporaries(s, output)
  must(s, s.fs.mkdirs(work))
  sweep_work(s, work)
end

local ATTEMPTS = 100

-- Six letters that no other process would choose first: Lua seeds its random numbers with time and addresses, and two
-- builds that start in one second may get the same.
local function letters(s, identity, attempt)
  return s.sha256.hash(identity .. " " .. attempt):sub(1, 6)
end

local function fill(s, folder)
  must(s, s.fs.mkdirs(path.join(folder, "objects"), { mode = "0700" }))
  must(s, s.fs.mkdirs(path.join(folder, "out")))
end

-- Made under its owner's name and renamed when the owner is written down in it.
local function create_owned(s, work, label, self)
  local staged = path.join(work, claimed(self, label))
  s:defer(function()
    s.fs.remove_tree(staged)
  end)
  fill(s, staged)
  must(s, s.fs.write(path.join(staged, "owner"), self, { sync = false }))
  for attempt = 1, ATTEMPTS do
    local folder = path.join(work, label .. "-" .. letters(s, self, attempt))
    local moved, err, code = s.fs.rename(staged, folder)
    if moved then
      return folder
    elseif attempt == ATTEMPTS or code ~= "ENOTEMPTY" and code ~= "EEXIST" then
      s:fail(err)
    end
  end
end

---Makes a target's work folder.
---@param s pienv.context
---@param output string the package's native/
---@param target build.target
---@return string folder
function M.create(s, output, target)
  local work = path.join(output, ".build")
  local words = { target.cross_target or addon.tag(target), target.variant or "default", target.profile }
  local label, self = table.concat(words, "-"), identity_of(s, "self")
  if self then
    return create_owned(s, work, label, self)
  end
  local folder = must(s, s.fs.mkdtemp(work, label))
  fill(s, folder)
  return folder
end

---Removes a work folder.
---@param s pienv.context
---@param folder string
function M.remove(s, folder)
  local removed, err = discard(s, folder)
  must(s, removed, err)
end

return M
