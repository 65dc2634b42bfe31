-- What the work tree has at the paths of a listing: modes and ids, as a commit would have them.

local command = require("pienv.gittree.command")
local eol = require("pienv.gittree.eol")
local errno = require("pienv.errno")
local fs = require("pienv.fs")
local listing = require("pienv.gittree.listing")
local path = require("pienv.path")
local presence = require("pienv.presence")

local M = {}

local MOST = 1 << 30 -- bytes of a tracked file

local FALSE = { ["false"] = true, no = true, off = true, ["0"] = true, [""] = true }

-- The last value of each setting; one without a value is true.
local function settings_of(root)
  local text, err = command.git(root, { "config", "-z", "--list" })
  local values = {}
  for row in (text or ""):gmatch("([^\0]+)\0") do
    local name, value = row:match("^([^\n]*)\n?(.*)$")
    values[name] = row:find("\n", 1, true) and value or "true"
  end
  return text and values, err
end

local function is_on(settings, name, otherwise)
  local value = settings[name]
  return value == nil and otherwise or value ~= nil and not FALSE[value:lower()]
end

local ATTRIBUTES = { "text", "crlf", "eol", "filter", "ident", "working-tree-encoding" }

-- The index has attributes only where a sparse checkout leaves their file out: one that was deleted counts as deleted.
local function leaves_out_attributes(root, paths)
  local files, seen = {}, {}
  for _, name in ipairs(paths) do
    repeat
      name = path.dirname(name)
      local known = seen[name]
      seen[name] = true
      files[#files + 1] = not known and path.join(name, ".gitattributes") or nil
    until known or name == "."
  end
  local text = command.git(root, { "ls-files", "-z", "-v", "--", table.unpack(files) })
  return text ~= nil and ("\0" .. text):find("\0[Ss] ") ~= nil
end

local function attributes_of(root, paths)
  local options = { stdin = table.concat(paths, "\0") .. "\0" }
  if not paths[1] then
    return {}
  elseif not leaves_out_attributes(root, paths) then
    options.index = "/proc/none" -- is never there
  end
  local text, err = command.git(root, { "check-attr", "-z", "--stdin", table.unpack(ATTRIBUTES) }, options)
  local all = {}
  for name, attribute, value in (text or ""):gmatch("([^\0]*)\0([^\0]*)\0([^\0]*)\0") do
    all[name] = all[name] or {}
    all[name][attribute] = value
  end
  return text and all, err
end

-- A filter without a program in the settings does nothing.
local function has_driver(settings, filter)
  for _, program in ipairs({ "clean", "process", "smudge" }) do
    if (settings[("filter.%s.%s"):format(filter, program)] or "") ~= "" then
      return true
    end
  end
  return false
end

local WORDS = { set = true, unset = true, unspecified = true, ["utf-8"] = true, utf8 = true }

local function is_filtered(attributes, settings)
  local encoding = attributes["working-tree-encoding"] or "unspecified"
  return not WORDS[encoding:lower()] or has_driver(settings, attributes.filter)
end

-- git leaves a file alone that was committed with CR LF, where it has to guess whether it is text.
local function was_committed_so(root, node)
  local version = node.index
  local is_file = version and version.id and version.mode:sub(1, 3) == "100"
  local text = is_file and command.git(root, { "cat-file", "blob", version.id })
  return text and eol.converts("guess", text) or false
end

local function content_of(w, node, bytes)
  local attributes = w.attributes[node.path] or {}
  if is_filtered(attributes, w.settings) then
    node.filtered = true
    return bytes
  end
  node.filtered = attributes.ident == "set" and bytes:find("$Id:", 1, true) ~= nil or nil
  local rule = eol.rule(attributes, w.autocrlf)
  if eol.converts(rule, bytes) and not (rule == "guess" and was_committed_so(w.root, node)) then
    return eol.convert(bytes)
  end
  return bytes
end

-- As git takes a mode from a file: where the file system cannot hold it, the index is right.
local function mode_of(w, node, mode)
  local known = node.index and node.index.mode or ""
  if not w.symlinks and known == "120000" then
    return known
  elseif not w.file_mode then
    return known:sub(1, 3) == "100" and known or "100644"
  end
  return mode & 64 ~= 0 and "100755" or "100644"
end

local function read_file(w, node, at)
  local bytes, stat, code = fs.read(at, { follow = false, limit = MOST })
  if not bytes then
    return code == "ENOENT" or code == "ELOOP", stat
  end
  local id = listing.hash(w.format, "blob", content_of(w, node, bytes))
  node.work = { mode = mode_of(w, node, stat.mode), id = id }
  return true
end

-- The repository of a folder that has one of its own, and a commit.
local function embedded_head(folder)
  local head = presence.stat(folder .. "/.git", { follow = false }) and require("pienv.gittree").head(folder, {})
  return head and head.root and head.commit and head or nil
end

-- A submodule; one that is not checked out is as the index has it.
local function read_submodule(w, node)
  local head = embedded_head(w.root .. "/" .. node.path)
  node.work = head and { mode = "160000", id = head.commit } or node.index
  if not head then
    return true
  end
  local state, err = require("pienv.gittree").state(head.root, { "." })
  node.unsettled = state and not state.clean
  return state ~= nil, err
end

local function read_folder(w, node)
  if node.index and node.index.mode == "160000" then
    return read_submodule(w, node)
  elseif node.embedded then
    local head = embedded_head(w.root .. "/" .. node.path)
    node.work = head and { mode = "160000", id = head.commit } or nil
  end
  return true
end

local function read_node(w, node, at)
  local stat, err, code = fs.stat(at, { follow = false })
  if not stat then
    return errno.is_absent(code), err
  elseif stat.type == "directory" then
    return read_folder(w, node)
  elseif stat.type == "link" then
    local target = fs.readlink(at)
    node.work = target and { mode = "120000", id = listing.hash(w.format, "blob", target) } or nil
  elseif stat.type == "file" then
    return read_file(w, node, at)
  end
  return true
end

-- Folder by folder, each held open and reached through no link.
local function read_all(w, nodes, paths)
  local folder, handle, missing
  for _, name in ipairs(paths) do
    local dir = path.dirname(name)
    if dir ~= folder then
      local _ <close> = handle
      local err, code
      handle, err, code = fs.folder(w.root, dir ~= "." and dir or nil)
      missing = errno.is_absent(code) or code == "ELOOP"
      if not handle and not missing then
        return nil, err
      end
      folder = dir
    end
    if handle then
      local ok, err = read_node(w, nodes[name], handle:path() .. "/" .. path.basename(name))
      if not ok then
        handle:close()
        return nil, err
      end
    end
  end
  local _ <close> = handle
  return true
end

---Finds out `work`, `filtered` and `unsettled` of all nodes but those that are exempt.
---@param head pienv.gittree.head
---@param nodes table<string, pienv.gittree.node>
---@return true? ok
---@return string? err
function M.read(head, nodes)
  local paths = {}
  for name, node in pairs(nodes) do
    paths[#paths + 1] = not node.exempt and (node.index or node.other) and name or nil
  end
  table.sort(paths)
  local settings, err = settings_of(head.root)
  if not settings then
    return nil, err
  end
  local attributes, why = attributes_of(head.root, paths)
  if not attributes then
    return nil, why
  end
  local autocrlf = settings["core.autocrlf"]
  return read_all({
    root = head.root,
    format = head.format,
    settings = settings,
    attributes = attributes,
    symlinks = is_on(settings, "core.symlinks", true),
    file_mode = is_on(settings, "core.filemode", true),
    autocrlf = autocrlf ~= nil and autocrlf:lower() == "input" or is_on(settings, "core.autocrlf", false),
  }, nodes, paths)
end

return M
