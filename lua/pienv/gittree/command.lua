-- Repositories that libgit2 cannot read, read by git itself. It runs nothing of the repository: lua/pienv/git.lua.

local git_rules = require("pienv.git")

local M = {}

local function spawn(spec)
  local task = require("pienv.task")
  if require("pienv.task.scheduler").current() then
    return task.process(spec)
  end
  return task.main(function()
    return task.process(spec)
  end)
end

local function reason_of(result)
  if result.timed_out then
    return "git did not answer within " .. git_rules.SECONDS .. " seconds"
  end
  local text = result.stderr:gsub("%s+$", ""):gsub("\n", "; ")
  return text ~= "" and text or "git ended with status " .. (result.exit or result.signal)
end

---What a git command prints, on both streams.
---@param dir string
---@param arguments string[]
---@param options? { stdin?: string, index?: string } index: a file in the place of the repository's index
---@return string? stdout
---@return string stderr_or_err
function M.git(dir, arguments, options)
  local argv = { "git", table.unpack(arguments) }
  local spec = { argv = argv, cwd = dir, limit = 1 << 30, unslotted = true, stdin = options and options.stdin }
  spec.env, spec.timeout = git_rules.environment(), git_rules.SECONDS
  spec.env.GIT_INDEX_FILE = options and options.index or false
  local result, err = spawn(spec)
  if not result then
    return nil, err
  elseif result.exit ~= 0 or result.timed_out then
    return nil, "read " .. dir .. ": " .. reason_of(result)
  end
  return result.stdout, result.stderr
end

local git = M.git

-- The facts of a repository; HEAD's lines are missing before the first commit.
local FACTS = { "--show-object-format", "--is-inside-work-tree", "--show-cdup", "--path-format=absolute" }
local PLACES = { "--git-common-dir", "--revs-only", "HEAD", "HEAD^{tree}" }

local function root_of(dir, up)
  local fs = require("pienv.fs")
  return fs.realpath(dir .. "/" .. up)
end

-- No commit may be the truth, or damage that git only warns of.
local function check_unborn(dir)
  local ref, err = git(dir, { "symbolic-ref", "HEAD" })
  local found, warning = git(dir, { "for-each-ref", ref and ref:sub(1, -2) })
  if not ref or not found then
    return nil, not ref and err or warning
  elseif found .. warning ~= "" then
    return nil, "read " .. dir .. ": HEAD names no commit: " .. found .. warning
  end
  return true
end

-- Splits what PLACES print: the common folder, and HEAD's commit and tree where there are any.
local function split_places(text)
  local commondir, commit, tree = text:match("^(.*)\n(%x+)\n(%x+)\n$")
  if commit and #commit == #tree and #commit >= 40 then
    return commondir, commit, tree
  end
  commondir = text:match("^(.*)\n$")
  return commondir:match("^(.*)\n%x+$") or commondir
end

local function repository(dir)
  local arguments = { "rev-parse" }
  table.move(FACTS, 1, #FACTS, 2, arguments)
  table.move(PLACES, 1, #PLACES, #arguments + 1, arguments)
  local text, err = git(dir, arguments)
  if not text then
    return nil, err
  end
  local format, inside, rest = text:match("^(%w+)\n(%l+)\n(.*)$")
  local up = inside == "true" and rest:match("^[^\n]*")
  local commondir, commit, tree = split_places(up and rest:sub(#up + 2) or rest)
  if not commit then
    local unborn, why = check_unborn(dir)
    if not unborn then
      return nil, why
    end
  end
  local head = { format = format, commondir = commondir, commit = commit, entries = {} }
  if up then
    local root, why = root_of(dir, up)
    if not root then
      return nil, why
    end
    head.root = root
  end
  return head, nil, tree
end

-- The rows of "git ls-tree -z" by path. Each must be one of those asked, or a folder above one.
local function parse(text)
  local rows = {}
  for kind, id, path in text:gmatch("%d+ (%l+) (%x+)\t([^\0]*)\0") do
    rows[path] = { type = kind, id = id }
  end
  return rows
end

local function list(dir, paths)
  local arguments = { "ls-tree", "-t", "-z", "--full-tree", "HEAD", "--" }
  table.move(paths, 1, #paths, #arguments + 1, arguments)
  local text, err = git(dir, arguments)
  return text and parse(text), err
end

local function not_root(paths)
  local rest = {}
  for _, path in ipairs(paths) do
    rest[#rest + 1] = path ~= "." and path or nil
  end
  return rest
end

---What pienv.gittree.head tells, from git.
---@param dir string
---@param paths string[]
---@param refused string why libgit2 does not read it
---@return pienv.gittree.head? head
---@return string? err both reasons
---@return string? code "EREPO"; "EINVAL" a pipe or a device lies where a file should
function M.head(dir, paths, refused)
  local special = require("pienv.gittree.special").find(dir)
  if special then
    return nil, refused .. "; " .. special .. " is not a regular file: git is not asked", "EINVAL"
  end
  local head, err, tree = repository(dir)
  local rows, inner = {}, not_root(paths)
  if head and head.commit and inner[1] then
    rows, err = list(dir, inner)
  end
  if not head or not rows then
    return nil, refused .. "; git: " .. err, "EREPO"
  end
  rows["."] = tree and { type = "tree", id = tree }
  for i, path in ipairs(paths) do
    local row = rows[path] or {}
    head.entries[i] = { path = path, type = row.type, id = row.id }
  end
  return head
end

return M
