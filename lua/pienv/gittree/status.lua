-- The state of a work tree whose repository libgit2 does not read: from git's lists and the files themselves. The same
-- answers as engine/core/gittree_state.h; slower, because git is a child process, and without a memory.

local c = require("pienv.c.gittree")
local command = require("pienv.gittree.command")
local content = require("pienv.gittree.content")
local listing = require("pienv.gittree.listing")
local presence = require("pienv.presence")

local M = {}

local function differ(a, b)
  if not a or not b then
    return a ~= b
  end
  return a.mode ~= b.mode or a.id ~= b.id
end

local function staged_kind(node)
  return differ(node.head, not node.intended and node.index or nil) and "staged" or nil
end

local function work_kind(node)
  local index, work = node.index, node.work
  if not index then
    return (work or node.embedded) and "untracked" or nil
  elseif node.filtered then
    return "filtered"
  elseif node.intended then
    return "unstaged"
  elseif work and index.mode == "160000" and work.mode == "160000" then
    return (differ(index, work) or node.unsettled) and "submodule" or nil
  elseif not differ(index, work) then
    return nil
  end
  return node.skipped and "skip-worktree" or node.assumed and "assume-unchanged" or "unstaged"
end

local function changes_of(nodes)
  local changes = {}
  local function add(node, kind)
    local path = kind == "untracked" and node.embedded and node.path .. "/" or node.path
    changes[#changes + 1] = kind and { path = path, kind = kind }
  end
  for _, node in pairs(nodes) do
    if node.unmerged and not node.exempt then
      add(node, "unmerged")
    elseif not node.exempt then
      add(node, staged_kind(node))
      add(node, work_kind(node))
    end
  end
  table.sort(changes, function(a, b)
    return a.path < b.path or a.path == b.path and a.kind < b.kind
  end)
  return changes
end

-- Whether something has taken the place of a file, or of a folder above it.
local function is_displaced(root, path)
  for above, next_byte in path:gmatch("()(/?)") do
    if next_byte == "/" or above > #path then
      local stat = presence.stat(root .. "/" .. path:sub(1, above - 1), { follow = false })
      if not stat then
        return false
      elseif above > #path or stat.type ~= "directory" then
        return true
      end
    end
  end
  return false
end

-- What a sparse checkout leaves out is as the index has it.
local function fill_sparse(root, nodes)
  for path, node in pairs(nodes) do
    if node.skipped and not node.work and not is_displaced(root, path) then
      if node.intended then
        node.index = nil
      end
      node.work = node.index
    end
  end
end

-- A folder may hold a file that is called "mode".
local function is_version(item)
  return type(item.mode) == "string"
end

-- Everything as it would be committed, as tables of names; leaves are versions.
local function hierarchy(nodes)
  local top = {}
  for path, node in pairs(nodes) do
    local version, folder = node.work, top
    if node.exempt then
      version = node.head
    end
    for part, rest in path:gmatch("([^/]+)(/?)") do
      if version and rest == "/" then
        folder[part] = folder[part] and not is_version(folder[part]) and folder[part] or {}
        folder = folder[part]
      elseif version then
        folder[part] = version
      end
    end
  end
  return top
end

local function raw(id)
  return (id:gsub("%x%x", function(digits)
    return string.char(tonumber(digits, 16))
  end))
end

-- The object of a table of names, or of a version; nil where there is nothing. git sorts a folder as if its name ended
-- with "/".
local function object_of(format, item)
  if not item or is_version(item) then
    return item and item.id, item and item.mode
  end
  local rows = {}
  for name, inner in pairs(item) do
    local id, mode = object_of(format, inner)
    rows[#rows + 1] = id and { key = mode == "40000" and name .. "/" or name, name = name, id = id, mode = mode }
  end
  table.sort(rows, function(a, b)
    return a.key < b.key
  end)
  for i, row in ipairs(rows) do
    rows[i] = ("%s %s\0%s"):format(row.mode, row.name, raw(row.id))
  end
  return rows[1] and listing.hash(format, "tree", table.concat(rows)) or nil, "40000"
end

local function item_at(top, path)
  local item = top
  for part in (path ~= "." and path or ""):gmatch("[^/]+") do
    item = item and not is_version(item) and item[part] or nil
  end
  return item
end

local function ids_of(format, nodes, paths)
  local ids, top = {}, hierarchy(nodes)
  for _, path in ipairs(paths) do
    ids[path] = object_of(format, item_at(top, path)) or false
  end
  return ids
end

local function mark_exempt(nodes, patterns)
  for path, node in pairs(nodes) do
    for _, pattern in ipairs(patterns) do
      node.exempt = node.exempt or c.covers(pattern, path) or nil
    end
  end
end

---What pienv.gittree.state tells, from git.
---@param dir string
---@param paths string[]
---@param options pienv.gittree.options
---@param refused string why libgit2 does not read it
---@return pienv.gittree.state? state
---@return string? err both reasons
---@return string? code "EREPO", "EBARE", "EINVAL"
function M.state(dir, paths, options, refused)
  local head, err, code = command.head(dir, {}, refused)
  if not head then
    return nil, err, code
  elseif not head.root then
    return nil, ("read %s: a bare repository has no work tree"):format(dir), "EBARE"
  end
  local special = require("pienv.gittree.special").rules(head.root, paths)
  if special then
    return nil, refused .. "; " .. special .. " is not a regular file: git is not asked", "EINVAL"
  end
  local nodes, why = listing.read(head, paths)
  if nodes then
    mark_exempt(nodes, options.ignore or {})
    local ok, unreadable = content.read(head, nodes)
    nodes, why = ok and nodes or nil, unreadable
  end
  if not nodes then
    return nil, refused .. "; " .. why, "EREPO"
  end
  fill_sparse(head.root, nodes)
  local changes = changes_of(nodes)
  local ids = options.ids and ids_of(head.format, nodes, paths) or nil
  return { clean = #changes == 0, changes = changes, ids = ids }
end

return M
