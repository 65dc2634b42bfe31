-- The files that a step declares: which they are, and what is in them.

local failure = require("pienv.failure")
local fs = require("pienv.fs")
local glob = require("pienv.glob")
local path = require("pienv.path")
local sha256 = require("pienv.sha256")
local task = require("pienv.task")

local M = {}

---@class pienv.uptodate.file
---@field path string
---@field digest string of the content
---@field facts string fingerprint; "" where the file is so new that it may change without one (see M.settle)
---@field newest? integer nanoseconds, of the times in the fingerprint

-- Files of a folder in one go between two looks at what else runs.
local BETWEEN_YIELDS = 64

local function is_pattern(text)
  return text:find("[*?%[{\\]") ~= nil or text:sub(-1) == "/"
end

local function raise(code, message, hint)
  failure.raise({ code = code, message = message, hint = hint })
end

-- "src/" is everything in the folder, hidden files too; anything else is a pattern of files.
local function expand(root, pattern)
  local options, base = nil, root
  if pattern:sub(-1) == "/" then
    base, pattern, options = path.absolute(pattern, root), "**", { hidden = true }
  end
  local found, err, code = glob.find(base, pattern, options)
  if not found and code ~= "ENOENT" then
    raise("P0401", err)
  end
  local list = {}
  for _, name in ipairs(found or {}) do
    local stat = fs.stat(path.join(base, name))
    if not stat or stat.type == "file" then
      list[#list + 1] = base == root and name or path.join(path.relative(base, root) or base, name)
    end
  end
  return list
end

---The files that a list of paths, folders ("src/") and patterns ("src/*.c") stands for, in its order. A plain path is
---taken as it is; a pattern that matches nothing is told of.
---@param root string
---@param patterns string[]
---@return string[] files
---@return string? unmatched the first pattern that stands for no file
function M.resolve(root, patterns)
  local plain = true
  for i = 1, #patterns do
    plain = plain and not is_pattern(patterns[i])
  end
  if plain then
    return patterns
  end
  local files, unmatched = {}, nil
  for _, pattern in ipairs(patterns) do
    local found = is_pattern(pattern) and expand(root, pattern) or { pattern }
    unmatched = unmatched or not found[1] and pattern or nil
    table.move(found, 1, #found, #files + 1, files)
  end
  return files, unmatched
end

-- Fingerprint before content: what changes in between is newer than the fingerprint says.
local function look(view, root, name, known)
  local facts, newest, code = view:fingerprint({ name })
  if not facts then
    return nil, newest, code
  end
  facts = facts:sub(1, 32)
  if known and known.facts == facts then
    return { path = name, digest = known.digest, facts = facts, newest = newest }
  end
  local digest, err, reason = sha256.file(path.absolute(name, root))
  if not digest then
    return nil, err, reason
  end
  return { path = name, digest = digest, facts = facts, newest = newest, hashed = true }
end

---Digests of files; those whose fingerprint is as it was are not read again.
---@param view pienv.fs.folder the root
---@param root string
---@param names string[]
---@param known table<string, pienv.uptodate.file> of the last success, by path
---@return pienv.uptodate.file[]? files
---@return string? name the first that cannot be read
---@return string? err
---@return string? code
function M.digests(view, root, names, known)
  local files, hashed = {}, 0
  for i, name in ipairs(names) do
    local file, err, code = look(view, root, name, known[name])
    if not file then
      return nil, name, err, code
    end
    files[i] = file
    hashed = hashed + (file.hashed and 1 or 0)
    if hashed == BETWEEN_YIELDS then
      hashed = 0
      task.yield()
    end
  end
  return files
end

---Takes away the fingerprints of files that are so new that a later change may not show in them: such files are read
---again the next time.
---@param files pienv.uptodate.file[]
---@param looked integer nanoseconds, on the clock of the file system: when they were looked at
---@return boolean settled none was that new
function M.settle(files, looked)
  local settled = true
  for _, file in ipairs(files) do
    if (file.newest or 0) > looked - 2100000000 then -- the coarsest file systems count in steps of two seconds
      file.facts, settled = "", false
    end
  end
  return settled
end

---@param files pienv.uptodate.file[]
---@return string[][] rows for JSON
function M.rows(files)
  local rows = {}
  for i, file in ipairs(files) do
    rows[i] = { file.path, file.digest, file.facts }
  end
  return rows
end

---Are these rows as M.rows makes them?
---@param rows any
---@return boolean
function M.are_rows(rows)
  for _, row in ipairs(type(rows) == "table" and rows or { false }) do
    for i = 1, 3 do
      if type(row) ~= "table" or type(row[i]) ~= "string" then
        return false
      end
    end
  end
  return true
end

---The files of rows, by path.
---@param rows any as M.rows made them
---@return table<string, pienv.uptodate.file>
function M.by_path(rows)
  local files = {}
  for _, row in ipairs(rows) do
    files[row[1]] = { path = row[1], digest = row[2], facts = row[3] }
  end
  return files
end

return M
