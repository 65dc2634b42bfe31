-- Folders of a build: the package's native/, its .build/, and one work folder for every target. Everything through s.
--
--   native/.build/<CROSS_TARGET or platform-arch>-<variant or default>-<profile>-XXXXXX/
--     owner      identity of the build that works here (recipes/build/sweep.lua)
--     objects/   what the compiler leaves
--     out/       what the builder emits; nothing else is looked at

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

local function is_abandoned(s, folder, self)
  local owner = s.fs.read(path.join(folder, "owner"))
  local pid = owner and sweep.pid(owner)
  return sweep.abandoned({
    owner = owner,
    self = self,
    running = pid and identity_of(s, pid),
    age = age_of(s, folder),
    empty = #(s.fs.list(folder) or { "?" }) == 0,
  })
end

-- Nobody waits for these; what cannot be removed is left for the next build.
local function sweep_work(s, folder)
  local self = identity_of(s, "self")
  for _, name in ipairs(s.fs.list(folder) or {}) do
    if is_abandoned(s, path.join(folder, name), self) then
      s.fs.remove_tree(path.join(folder, name))
    end
  end
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

---Makes native/ and native/.build/, and removes what builds that are no more left in them.
---@param s pienv.context
---@param output string the package's native/
function M.prepare(s, output)
  local work = path.join(output, ".build")
  must(s, s.fs.mkdirs(output))
  sweep_temporaries(s, output)
  must(s, s.fs.mkdirs(work))
  sweep_work(s, work)
end

local function fill(s, folder)
  local self = identity_of(s, "self")
  if self then
    must(s, s.fs.write(path.join(folder, "owner"), self))
  end
  must(s, s.fs.mkdirs(path.join(folder, "objects")))
  must(s, s.fs.mkdirs(path.join(folder, "out")))
end

---Makes a target's work folder.
---@param s pienv.context
---@param output string the package's native/
---@param target build.target
---@return string folder
function M.create(s, output, target)
  local words =
    { target.cross_target or target.platform .. "-" .. target.arch, target.variant or "default", target.profile }
  local folder = must(s, s.fs.mkdtemp(path.join(output, ".build"), table.concat(words, "-")))
  local ok, raised = pcall(fill, s, folder)
  if not ok then
    s.fs.remove_tree(folder)
    error(raised, 0)
  end
  return folder
end

return M
