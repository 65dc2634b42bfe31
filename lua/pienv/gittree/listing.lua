-- What HEAD, the index and the work tree hold under some paths, as git lists it. Nothing of the repository runs: these
-- commands have no hooks and no filters, and lua/pienv/git.lua switches the rest off.

local c = require("pienv.c.gittree")
local command = require("pienv.gittree.command")
local sha256 = require("pienv.sha256")

local M = {}

---@class pienv.gittree.version
---@field mode string octal digits, as in a tree
---@field id? string hexadecimal; nil: of no known object (an unmerged path)

---@class pienv.gittree.node what there is at a path
---@field path string
---@field head? pienv.gittree.version
---@field index? pienv.gittree.version
---@field work? pienv.gittree.version
---@field unmerged? boolean
---@field assumed? boolean marked assume-unchanged
---@field skipped? boolean marked skip-worktree
---@field intended? boolean by "git add -N": the index has the path, but no content yet
---@field other? boolean it is not tracked
---@field embedded? boolean a repository that is not tracked
---@field unsettled? boolean a submodule with changes inside
---@field filtered? boolean git would change its content, and nothing of the repository is run
---@field exempt? boolean counts as it is at HEAD

---The id of an object.
---@param format "sha1"|"sha256"
---@param type "blob"|"tree"
---@param bytes string
---@return string
function M.hash(format, type, bytes)
  return format == "sha1" and c.hash(type, bytes) or sha256.hash(("%s %d\0%s"):format(type, #bytes, bytes))
end

-- A command on the paths asked; on everything where the root is among them.
local function ask(head, arguments, paths)
  for _, path in ipairs(paths) do
    if path == "." then
      return command.git(head.root, arguments)
    end
  end
  local words = { table.unpack(arguments) }
  words[#words + 1] = "--"
  table.move(paths, 1, #paths, #words + 1, words)
  return command.git(head.root, words)
end

local function node_at(nodes, path)
  nodes[path] = nodes[path] or { path = path }
  return nodes[path]
end

local function add_head(nodes, text)
  for mode, id, path in text:gmatch("(%d+) %l+ (%x+)\t([^\0]*)\0") do
    node_at(nodes, path).head = { mode = mode, id = id }
  end
end

-- Of an unmerged path, "ours" (stage 2) counts: git looks at it for the ends of lines.
local function add_index(nodes, text)
  for letter, mode, id, stage, path in text:gmatch("(%a) (%d+) (%x+) (%d)\t([^\0]*)\0") do
    local node = node_at(nodes, path)
    node.unmerged = stage ~= "0" or nil
    node.assumed = letter:lower() == letter or nil
    node.skipped = letter:upper() == "S" or nil
    node.index = { mode = mode, id = (stage == "0" or stage == "2") and id or node.index and node.index.id }
  end
end

local function add_untracked(nodes, text)
  for path in text:gmatch("([^\0]+)\0") do
    local plain = path:gsub("/$", "")
    local node = node_at(nodes, plain)
    node.other, node.embedded = true, plain ~= path or nil
  end
end

-- Of entries with an empty file that HEAD does not have: whether only the intention was told. (Bit 29 of their flags.)
local function add_intentions(nodes, head)
  local empty, paths = M.hash(head.format, "blob", ""), {}
  for path, node in pairs(nodes) do
    paths[#paths + 1] = node.index and node.index.id == empty and not node.head and path or nil
  end
  if not paths[1] then
    return true
  end
  local text, err = ask(head, { "ls-files", "-z", "--debug" }, paths)
  for path, flags in (text or ""):gmatch("([^\0]*)\0.-flags: (%x+)\n") do
    node_at(nodes, path).intended = tonumber(flags, 16) & 1 << 29 ~= 0 or nil
  end
  return text, err
end

---@param head pienv.gittree.head
---@param paths string[]
---@return table<string, pienv.gittree.node>? nodes by path; `work` is not known yet
---@return string? err
function M.read(head, paths)
  local nodes = {}
  local rows, err = "", nil
  if head.commit then
    rows, err = ask(head, { "ls-tree", "-r", "-z", "--full-tree", "HEAD" }, paths)
  end
  local index, why = ask(head, { "ls-files", "-z", "-s", "-v" }, paths)
  local others, what = ask(head, { "ls-files", "-z", "-o", "--exclude-standard" }, paths)
  if not rows or not index or not others then
    return nil, not rows and err or not index and why or what
  end
  add_head(nodes, rows)
  add_index(nodes, index)
  add_untracked(nodes, others)
  local told, unknown = add_intentions(nodes, head)
  return told and nodes or nil, unknown
end

return M
