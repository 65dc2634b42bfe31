-- The end of a run: what the leaf packages hold, and in which order they are published; and what a dry run shows.

local make = require("recipes.npm.make")
local path = require("pienv.path")
local request = require("recipes.npm.request")

local M = {}

local function filenames(files)
  local names = {}
  for i, file in ipairs(files) do
    names[i] = file.filename
  end
  return names
end

local function print_leaf(s, leaf, version, remarks)
  local folder = request.shown(s, leaf.folder)
  s.ui:event("leaf", {
    name = leaf.name,
    version = version,
    folder = folder,
    files = s.json.array(filenames(leaf.files)),
  })
  s:print(("%s %s -> %s"):format(leaf.name, version, folder))
  for _, file in ipairs(leaf.files) do
    s:print("  " .. file.filename)
    for _, remark in ipairs(remarks[file.filename]) do
      s:print("    " .. remark)
    end
  end
end

local function print_core(s, core, package)
  s.ui:event("core", {
    name = package.name,
    version = package.version,
    leaves = s.json.array(core.leaves),
    files = s.json.array(core.files),
    changed = core.is_changed,
  })
  local form = "%s %s: %d leaves pinned, packs %s"
  s:print(form:format(package.name, package.version, #core.leaves, table.concat(core.files, ", ")))
  for _, name in ipairs(core.gone) do
    s:print(("  %s is no longer named: no target of this project"):format(name))
  end
end

-- Whoever installs the core gets the leaves that are there at that moment, so it comes last.
local function print_order(s, leaves, core)
  local order = {}
  for _, leaf in ipairs(leaves) do
    order[#order + 1] = request.shown(s, leaf.folder)
  end
  order[#order + 1] = core and "then the package itself" or nil
  s:print("publish in this order: " .. table.concat(order, ", "))
end

---@param s pienv.context
---@param stale { folder: string, reason: string }[]
function M.run(s, stale)
  local package, leaves, core = s.needs.package, s.needs.leaf, s.needs.core
  for i, leaf in ipairs(leaves) do
    print_leaf(s, leaf, package.version, s.needs.verify[i])
  end
  if core then
    print_core(s, core, package)
  end
  for _, row in ipairs(stale) do
    s.ui:event("stale", row)
    s:print(("stale: %s (%s)"):format(row.folder, row.reason))
  end
  print_order(s, leaves, core)
end

local function all_candidates(target)
  local files = {}
  for i, candidate in ipairs(target.candidates) do
    files[i] = candidate
  end
  return files
end

---Lines of a dry run: each leaf with its files, and its manifest.
---@param c pienv.context
---@return string[]
function M.preview(c)
  local package, lines = request.package(c), {}
  for _, target in ipairs(c.targets) do
    local found = make.find(c, target)
    local leaf = make.leaf(c, target, package, #found > 0 and found or all_candidates(target))
    local names = #found > 0 and table.concat(filenames(found), ", ") or "missing"
    local folder = path.join(c.settings.npm, target.tag)
    lines[#lines + 1] = ("DRY RUN generate %s (%s) -> %s"):format(leaf.name, names, folder)
    for line in leaf.manifest:gmatch("[^\n]+") do
      lines[#lines + 1] = line
    end
  end
  return lines
end

return M
