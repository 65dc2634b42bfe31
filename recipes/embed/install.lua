-- Puts the archive and its manifests in place as one transaction, or takes all archives away. Everything through s.
-- What has the right bytes already stays as it is.

local beneath = require("pienv.beneath")
local path = require("pienv.path")
local request = require("recipes.embed.request")

local M = {}

---@class embed.change
---@field path string absolute
---@field from? string file to copy
---@field bytes? string or content to write; with neither it is removed

local function is_file(s, file)
  local stat = s.fs.stat(file, { follow = false })
  return stat ~= nil and stat.type == "file"
end

local function add_manifests(s, changes, manifests)
  for _, file in ipairs(manifests) do
    local to = path.join(request.output(s), file.name)
    if not is_file(s, to) or s.fs.read(to) ~= file.text then
      changes[#changes + 1] = { path = to, bytes = file.text }
    end
  end
end

-- The changes that make the folder hold what is embedded. The archive comes before what names it.
local function embedding(s, packed, manifests)
  local archive, changes = path.join(request.output(s), path.basename(packed.path)), {}
  if not is_file(s, archive) or s.sha256.file(archive) ~= packed.sha256 then
    changes[1] = { path = archive, from = packed.path }
  end
  add_manifests(s, changes, manifests)
  return changes
end

local function is_folder(s, file)
  local stat = s.fs.stat(file, { follow = false })
  return stat ~= nil and stat.type == "directory"
end

---The archives in the output folder, whatever their target.
---@param s pienv.context
---@return string[] names
function M.archives(s)
  local names, list, err, code = {}, s.fs.list(request.output(s))
  if not list and code ~= "ENOENT" then
    s:fail(err)
  end
  for _, name in ipairs(list or {}) do
    local named_so = request.is_archive({ name = name, archive = s.settings.archive })
    if named_so and not is_folder(s, path.join(request.output(s), name)) then
      names[#names + 1] = name
    end
  end
  return names
end

-- The changes of a reset: what names an archive goes before it.
local function removal(s, manifests)
  local output, changes = request.output(s), {}
  add_manifests(s, changes, manifests)
  for _, name in ipairs(M.archives(s)) do
    changes[#changes + 1] = { path = path.join(output, name) }
  end
  return changes
end

local function stage(tx, change)
  if change.from then
    return tx:copy(change.from, change.path, { mode = "0644", follow = false })
  elseif change.bytes then
    return tx:write(change.path, change.bytes, { mode = "0644" })
  end
  return tx:remove(change.path)
end

local function commit(s, changes)
  local begun, why = s.transaction.begin()
  local tx <close> = begun or s:fail(why)
  for _, change in ipairs(changes) do
    local ok, err, code = stage(tx, change)
    if not ok then
      local way_on = code == "EISDIR" and "remove that folder; " or ""
      s:fail(err, { hint = way_on .. "nothing was changed" })
    end
  end
  local ok, err, _, mixed = tx:commit()
  return ok or s:fail(err, { hint = s.transaction.after(mixed) })
end

---@param s pienv.context
---@param manifests { name: string, text: string }[]
---@param packed? embed.packed nil: nothing is embedded any more
---@return embed.change[] changes what was done
function M.run(s, manifests, packed)
  local made, err, code = beneath.make(s.fs, s.root, request.output(s))
  if not made then
    s:fail(err, code == "ELOOP" and { exit = 4, hint = "remove it: the archive is written there" } or nil)
  end
  local changes = packed and embedding(s, packed, manifests) or removal(s, manifests)
  if #changes == 0 then
    s:because("nothing changed")
    return changes
  end
  commit(s, changes)
  return changes
end

return M
