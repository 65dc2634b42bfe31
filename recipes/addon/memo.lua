-- The line beside a cached addon by which it is known again without reading it: its digest, and size, time and inode of
-- the file and of what it was copied from. Pure.
--
--   <sha256> <size> <mtime in nanoseconds> <inode>[ <size> <mtime> <inode> of the source]

local M = {}

---@class addon.stat
---@field type string "file" for a regular file
---@field size integer
---@field mtime_ns integer
---@field inode integer

---@class addon.memo
---@field sha256 string
---@field file addon.stat
---@field source? addon.stat

local function facts(stat)
  return ("%d %d %d"):format(stat.size, stat.mtime_ns, stat.inode)
end

---@param memo addon.memo
---@return string
function M.text(memo)
  return ("%s %s%s\n"):format(memo.sha256, facts(memo.file), memo.source and " " .. facts(memo.source) or "")
end

-- Three numbers of words from there on; nil where one is none, or too large to be a fact of a file.
local function stat_of(words, first)
  local size, time, inode = table.unpack(words, first, first + 2)
  size, time, inode = math.tointeger(size), math.tointeger(time), math.tointeger(inode)
  return size and time and inode and { type = "file", size = size, mtime_ns = time, inode = inode } or nil
end

---@param text string
---@return addon.memo? memo nil for what is none: then it is as if nothing had been written
function M.parse(text)
  local line, words = text:match("^(%x+[ %d]+)\n$"), {}
  for word in (line or ""):gmatch("%x+") do
    words[#words + 1] = word
  end
  if #(words[1] or "") ~= 64 or #words ~= 4 and #words ~= 7 then
    return nil
  end
  local file, source = stat_of(words, 2), stat_of(words, 5)
  if not file or words[5] and not source then
    return nil
  end
  return { sha256 = words[1], file = file, source = source }
end

---Whether a file is still the one that was noted.
---@param noted addon.stat
---@param stat addon.stat
---@return boolean
function M.same(noted, stat)
  return noted.size == stat.size and noted.mtime_ns == stat.mtime_ns and noted.inode == stat.inode
end

return M
