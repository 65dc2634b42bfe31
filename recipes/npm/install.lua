-- Puts the leaf packages and the core's package.json in place, as one transaction. Everything through s. What has the
-- right bytes already stays as it is.

local beneath = require("pienv.beneath")
local path = require("pienv.path")
local request = require("recipes.npm.request")
local state = require("pienv.state")

local M = {}

---@class npm.change
---@field path string absolute
---@field from? npm.found file to copy
---@field bytes? string or content to write; with neither it is removed

local function is_file(s, file)
  local stat = s.fs.stat(file, { follow = false })
  return stat ~= nil and stat.type == "file"
end

local function add_text(s, changes, file, text)
  if not is_file(s, file) or s.fs.read(file) ~= text then
    changes[#changes + 1] = { path = file, bytes = text }
  end
end

local function add_leaf(s, changes, leaf)
  local wanted = {}
  for _, file in ipairs(leaf.files) do
    local to = path.join(leaf.folder, file.filename)
    wanted[file.filename] = true
    if not is_file(s, to) or s.sha256.file(to) ~= s.sha256.file(file.held.at) then
      changes[#changes + 1] = { path = to, from = file }
    end
  end
  for _, name in ipairs(s.fs.list(leaf.folder) or {}) do
    if name:find("%.node$") and not wanted[name] then -- it would be packed
      changes[#changes + 1] = { path = path.join(leaf.folder, name) }
    end
  end
  add_text(s, changes, path.join(leaf.folder, "README.md"), leaf.readme)
  add_text(s, changes, path.join(leaf.folder, "package.json"), leaf.manifest)
end

local function is_same_file(a, b)
  return a.inode == b.inode and a.size == b.size and a.mtime_ns == b.mtime_ns
end

local function stage(s, tx, change)
  if change.bytes then
    return tx:write(change.path, change.bytes, { mode = "0644" })
  elseif not change.from then
    return tx:remove(change.path)
  end
  local held = change.from.held
  local ok, err, code = tx:copy(held.at, change.path, { mode = "0644", follow = held.follow })
  local stat = ok and s.fs.stat(held.at, { follow = held.follow })
  if stat and not is_same_file(stat, change.from.stat) then -- what is copied must be what was verified
    s:fail(change.from.filename .. " was changed meanwhile", { hint = "run this again when its build is over" })
  end
  return ok, beneath.by_path(err, held.at, held.known), code
end

local function commit(s, changes)
  local begun, why = s.transaction.begin()
  local tx <close> = begun or s:fail(why)
  for _, change in ipairs(changes) do
    local ok, err, code = stage(s, tx, change)
    if not ok then
      local way_on = code == "EISDIR" and "remove that folder; " or ""
      s:fail(err, { hint = way_on .. "nothing was changed" })
    end
  end
  local ok, err, _, mixed = tx:commit()
  return ok or s:fail(err, { hint = s.transaction.after(mixed) })
end

-- One run at a time works on the leaves.
local function lock(s)
  local held, top = state.lock(s, "npm.lock", "writing leaf packages")
  if not held then
    s:fail(top, { exit = 4 })
  end
  top:close()
  s:defer(function()
    held:release()
  end)
end

local function make_folders(s, leaves)
  for _, leaf in ipairs(leaves) do
    local made, err, code = beneath.make(s.fs, s.root, leaf.folder)
    if not made and code == "ELOOP" then
      s:fail(err, { exit = 4, hint = "remove it: leaf packages are written there" })
    end
    local _ = made or s:fail(err, { hint = "leaf packages are written there" })
  end
end

---@param s pienv.context
---@param leaves npm.leaf[]
---@param core? npm.core
---@return npm.change[] changes what was done
function M.run(s, leaves, core)
  local changes = {}
  lock(s)
  make_folders(s, leaves)
  for _, leaf in ipairs(leaves) do
    add_leaf(s, changes, leaf)
  end
  if core then
    add_text(s, changes, core.path, core.text)
  end
  if #changes == 0 then
    s:because("nothing changed")
    return changes
  end
  commit(s, changes)
  return changes
end

---What lies in the folder of the leaves and is none of them any more: folders of other targets, or of other versions.
---@param s pienv.context
---@param version string
---@return { folder: string, reason: string }[]
function M.stale(s, version)
  local known, stale = {}, {}
  for _, tag in ipairs(s.settings.tags) do
    known[tag] = true
  end
  for _, name in ipairs(s.fs.list(request.leaf_folder(s)) or {}) do
    local folder = request.leaf_folder(s, name)
    local text = beneath.read(s.fs, s.root, path.join(folder, "package.json"))
    local value = text and s.json.decode(text)
    local other = type(value) == "table" and value.version ~= version and tostring(value.version)
    local reason = text and not known[name] and "no target of this project" or other and "of version " .. other
    stale[#stale + 1] = reason and { folder = request.shown(s, folder), reason = reason } or nil
  end
  return stale
end

return M
