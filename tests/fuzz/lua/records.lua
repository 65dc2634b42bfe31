-- Small records that others may have written. The first byte says which: "m" the line beside an extracted addon
-- (recipes/addon/memo.lua), "l" the record of a lock (lua/pienv/lock/record.lua), "u" the records of steps
-- (lua/pienv/uptodate/log.lua, files.lua), "s" their lines without header and sums, which no change of bytes would make
-- right. Then its bytes.

local json = require("pienv.json")
local memo = require("recipes.addon.memo")
local sha256 = require("pienv.sha256")

local STAT = { type = "file", uid = 0, device = 1, inode = 1, size = 1, mtime_ns = 1, mode = 384 }

local bytes_of_file

-- Every file has these bytes, and all facts are 1.
local fs = setmetatable({
  read = function()
    return bytes_of_file, STAT
  end,
  stat = function()
    return STAT
  end,
  user = function()
    return 0
  end,
}, { __index = require("pienv.fs") })

package.loaded["pienv.fs"] = fs
local files = require("pienv.uptodate.files")
local log = require("pienv.uptodate.log")
local record = require("pienv.lock.record")

local readers = {}

function readers.m(text)
  local value = memo.parse(text)
  if value then
    local again = memo.parse(memo.text(value))
    assert(again and memo.same(again.file, value.file), "a memo is read otherwise the second time")
  end
end

function readers.l(text)
  local value = record.parse(text)
  if value then
    assert(not record.describe(value):find("[%c\127]"), "a control byte is shown")
  end
end

local function check_rows(text)
  local rows = json.decode(text)
  rows = type(rows) == "table" and rows.inputs or rows
  if type(rows) == "table" and files.are_rows(rows) then
    files.by_path(rows)
  end
end

-- The id that stands in a file as this key.
local function unescape(key)
  return (key:gsub("%%(%x%x)", function(digits)
    return string.char(tonumber(digits, 16))
  end))
end

function readers.u(text)
  local opened = log.open("steps")
  for _, key in ipairs(opened.index and opened.index:keys() or {}) do
    local id = unescape(key)
    local line = opened:find(id)
    local rest, fields = line and opened:check(id, line), { opened:fields(id, 100) }
    assert((rest ~= nil) == (fields[1] ~= nil), "the readers of a line disagree on its sum")
    if rest then
      assert(#fields == 100 or table.concat(fields, "\t") == rest, "the readers of a line disagree on its fields")
      check_rows(fields[7] or rest)
    end
  end
  check_rows(text)
end

function readers.s(text)
  local lines = { log.HEADER }
  for line in text:gmatch("[^\n]+") do
    lines[#lines + 1] = sha256.hash(line):sub(1, 16) .. "\t" .. line
  end
  bytes_of_file = table.concat(lines, "\n")
  readers.u(bytes_of_file)
end

return function(bytes)
  local read = readers[bytes:sub(1, 1)]
  if read then
    bytes_of_file = bytes:sub(2)
    read(bytes_of_file)
  end
end
