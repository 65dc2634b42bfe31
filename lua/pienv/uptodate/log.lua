-- The file that keeps what a recipe's steps were like when they last succeeded: .pienv/steps/RECIPE.HASH
--
--   pienv steps 1
--   SUM ID FIELDS...       a line for each record, tabs between; of several with one ID the last one counts
--
-- SUM is the beginning of the SHA-256 of what follows it. A line is written at once, at the end of the file, after a
-- line feed of its own: what a kill or a full disk left half written is one damaged line, which its sum tells, and two
-- pienv that write at the same time do not mix. Damaged and unknown mean that the step runs.

local fs = require("pienv.fs")
local records = require("pienv.records")
local sha256 = require("pienv.sha256")
local state = require("pienv.state")

local M = {}

M.HEADER = "pienv steps 1"

---Says in place of a record that the step began: one that does not end well has no record.
M.BEGAN = "began"

local UNREADABLE = "the record of the last run cannot be read"

local SUM_SIZE = 16 -- hexadecimal digits

-- Lines beyond one for each step, after which a file is written anew: so many at least, and half of the steps. What is
-- old is read in every run, so it may be no more.
local MOST_OLD_LINES = 1000

local function sum_of(rest)
  return sha256.hash(rest):sub(1, SUM_SIZE)
end

-- Ids hold whatever a recipe calls its steps and targets.
local function escape(id)
  if not id:find("[%c%%]") then
    return id
  end
  return (id:gsub("[%c%%]", function(char)
    return ("%%%02X"):format(char:byte())
  end))
end

---@class pienv.uptodate.log
---@field path? string
---@field folder? pienv.fs.folder that it lies in, open as long as the records are used
---@field name? string of the file in it
---@field index? pienv.records.index of the file, as it was opened: by escaped id
---@field added table<string, string> by escaped id: lines that were added since
---@field lines integer in the file
---@field exists? boolean there is a file that can be added to
---@field trouble? string why there are no records though there is a file
local log = {}
log.__index = log

-- A planted record could say that a step is up to date, and what it returned: only one's own are believed.
local function is_trusted(stat)
  return (stat.uid == fs.user() or stat.uid == 0) and stat.mode & 18 == 0 -- not writable by group or others
end

-- What was begun to be read: folder and index, by root and name.
local begun = {}

-- Bytes from which on a thread is worth its start.
local LARGE = 1 << 16

---The name of the file for a recipe.
---@param recipe string
---@param chunk string
---@return string
function M.name(recipe, chunk)
  return (recipe:gsub("[^%w_-]", "_")) .. "." .. sha256.hash(chunk):sub(1, 8)
end

---Begins to read the records of a recipe, of which `within` is going to be asked.
---@param root string
---@param name string
function M.begin(root, name)
  local folder = fs.folder(root, state.NAME .. "/steps")
  local path = folder and folder:path() .. "/" .. name
  local stat = path and fs.stat(path, { follow = false })
  if stat and stat.size >= LARGE then
    begun[root .. "\0" .. name] = { folder = folder, path = path, index = records.ahead(path) }
  elseif folder then
    folder:close()
  end
end

local function adopt(self, index)
  local stat, _, code = index:facts()
  if not stat then
    self.trouble = code ~= "ENOENT" and UNREADABLE or nil
  elseif not is_trusted(stat) then
    self.trouble = "the record of the last run can be written by others"
  elseif index:head() ~= M.HEADER then
    self.trouble = UNREADABLE
  else
    self.index, self.exists, self.lines = index, true, index:lines()
  end
  return self
end

---Opens the records of a recipe; a missing file holds none. One that cannot be read is written anew.
---@param path? string nil: there is none yet
---@return pienv.uptodate.log
function M.open(path)
  local self = setmetatable({ path = path, added = {}, lines = 0 }, log)
  local index, _, code = nil, nil, "ENOENT"
  if path then
    index, _, code = records.read(path)
  end
  if not index then
    self.trouble = code ~= "ENOENT" and UNREADABLE or nil
    return self
  end
  return adopt(self, index)
end

---Opens the records of a recipe of a project, and holds their folder: no link leads to the records of another one.
---@param root string
---@param name string of the file
---@return pienv.uptodate.log
function M.within(root, name)
  local early = begun[root .. "\0" .. name]
  begun[root .. "\0" .. name] = nil
  local self
  if early and early.index then
    self = adopt(setmetatable({ path = early.path, added = {}, lines = 0 }, log), early.index)
    self.folder = early.folder
  else
    local folder = fs.folder(root, state.NAME .. "/steps")
    self = M.open(folder and folder:path() .. "/" .. name)
    self.folder = folder
  end
  self.name = name
  return self
end

---The line of an instance as it is, not looked at; nil: there is none.
---@param id string
---@return string? line without what stands for the instance: "SUM FIELDS"
function log:find(id)
  id = escape(id)
  return self.added[id] or self.index and self.index:line(id)
end

---The fields of an instance's record, as the file had them when it was opened; nothing where there is no whole one.
---@param id string
---@param most integer fields at most
---@return string ...
function log:fields(id, most)
  if self.index then
    return self.index:fields(escape(id), most)
  end
end

---Which rows have records that tell how their files are, in the file as it was opened: see pienv.records.
---@param folder pienv.fs.folder
---@param rows table[]
---@param how pienv.records.held
---@return table<table, true>? rows
---@return table<string, true>|string? unknown
function log:held(folder, rows, how)
  if self.index then
    return self.index:held(folder, rows, how)
  end
end

---Have all rows such records?
---@param folder pienv.fs.folder
---@param rows table<string, table>
---@param how pienv.records.all_held
---@return boolean
function log:all_held(folder, rows, how)
  return self.index ~= nil and self.index:all_held(folder, rows, how) == true
end

---What a line holds behind its sum and its id, when it is whole.
---@param id string
---@param line string
---@return string? fields
function log:check(id, line)
  local rest = line:sub(SUM_SIZE + 2)
  local prefix = escape(id) .. "\t"
  if line:sub(1, SUM_SIZE) == sum_of(rest) and rest:sub(1, #prefix) == prefix then
    return rest:sub(#prefix + 1)
  end
  return nil
end

-- Creates the folder and the file, or starts a file anew that cannot be read.
local function create(self, root)
  local folder, err = state.open(root, "steps")
  if not folder then
    return nil, err
  end
  if self.name then
    self.folder, self.path = folder, folder:path() .. "/" .. self.name
  end
  local written
  written, err = fs.write(self.path, M.HEADER .. "\n", { mode = "0600", sync = false })
  self.exists = written
  return written, err
end

---Adds a record; what cannot be written is no failure of the step: it only runs again.
---@param root string of the project
---@param id string
---@param fields string without line feeds
---@return true? ok
---@return string? err
function log:add(root, id, fields)
  local escaped = escape(id)
  local rest = escaped .. "\t" .. fields
  if not self.exists then
    local created, err = create(self, root)
    if not created then
      return nil, err
    end
  end
  local line = sum_of(rest) .. "\t" .. rest
  self.added[escaped], self.lines = line, self.lines + 1
  return fs.append(self.path, "\n" .. line, { mode = "0600" })
end

---Seconds by which the clock of the file system is ahead of ours, measured by a write into the file.
---@param now fun(): number
---@return number
function log:skew(now)
  local before = now()
  local stat = self.path and fs.append(self.path, "\n", { mode = "0600" }) and fs.stat(self.path)
  return stat and stat.mtime - before or 0
end

-- The last line of every instance, in the order of the ids.
local function last_lines(self)
  local ids, lines = self.index and self.index:keys() or {}, {}
  for id in pairs(self.added) do
    ids[#ids + 1] = not (self.index and self.index:line(id)) and id or nil
  end
  table.sort(ids)
  for i, id in ipairs(ids) do
    lines[i] = self.added[id] or self.index:line(id)
  end
  return lines
end

---Writes the file anew when most of its lines are old ones. A record that another pienv adds in this very moment is
---lost: its step runs once more.
function log:compact()
  if self.lines <= MOST_OLD_LINES or not next(self.added) then
    return
  end
  local lines = last_lines(self)
  if self.lines > #lines + math.max(MOST_OLD_LINES, #lines // 2) then
    fs.write(self.path, M.HEADER .. "\n\n" .. table.concat(lines, "\n"), { mode = "0600", sync = false })
  end
end

return M
