-- The fake's archives (pienv.fake): files in memory that hold their members, unpacked, in a form of their own.

local M = {}

local sha256 = require("pienv.sha256")

local MARK, FORMAT = "fake archive\n", "<I4s4s4"

local function sum(name, bytes)
  return { name = name, size = #bytes, sha256 = sha256.hash(bytes) }
end

-- The members of an archive: name, bytes, mode.
local function members_of(fs, file)
  local bytes, err, code = fs.read(file)
  if not bytes then
    return nil, err, code
  elseif bytes:sub(1, #MARK) ~= MARK then
    return nil, "read archive " .. file .. ": not a gzip file", "EFORMAT"
  end
  local members, at = {}, #MARK + 1
  while at <= #bytes do
    local member = {}
    member.mode, member.name, member.bytes, at = FORMAT:unpack(bytes, at)
    members[#members + 1] = member
  end
  return members
end

local function write(fs, to, options)
  local packed, sums = { MARK }, {}
  for i, member in ipairs(options.members) do
    local bytes, err, code = member.bytes, nil, nil
    if member.path then
      bytes, err, code = fs.read(member.path)
    end
    if not bytes then
      return nil, err, code
    end
    local mode = type(member.mode) == "string" and tonumber(member.mode, 8) or member.mode or 420
    packed[i + 1], sums[i] = FORMAT:pack(mode, member.name, bytes), sum(member.name, bytes)
  end
  local bytes = table.concat(packed)
  local ok, err, code = fs.write(to, bytes, { mode = options.mode })
  if not ok then
    return nil, err, code
  end
  return { size = #bytes, sha256 = sha256.hash(bytes), members = sums }
end

local function list(fs, file)
  local members, err, code = members_of(fs, file)
  for i, member in ipairs(members or {}) do
    members[i] = { name = member.name, type = "file", size = #member.bytes, mode = member.mode, mtime = 0 }
  end
  return members, err, code
end

local function differs(member, options)
  local is = sum(member.name, member.bytes)
  if options.size and options.size >= 0 and options.size ~= is.size then
    return ("its size is %d, expected %d"):format(is.size, options.size), "ESIZE"
  elseif options.sha256 and options.sha256 ~= is.sha256 then
    return ("its SHA-256 is %s, expected %s"):format(is.sha256, options.sha256), "EDIGEST"
  end
end

local function extract(fs, file, name, to, options)
  options = options or {}
  local members, err, code = members_of(fs, file)
  for _, member in ipairs(members or {}) do
    if member.name == name then
      local problem, problem_code = differs(member, options)
      if problem then
        return nil, ("read archive %s: member %s: %s"):format(file, name, problem), problem_code
      end
      local ok, write_err, write_code = fs.write(to, member.bytes, { mode = options.mode or member.mode })
      local made, stat = ok and sum(nil, member.bytes), ok and fs.stat(to)
      if made then
        made.mtime_ns, made.inode = stat.mtime_ns, stat.inode
      end
      return made, write_err, write_code
    end
  end
  if members then
    err, code = ("read archive %s: it holds no member %s"):format(file, name), "ENOMEMBER"
  end
  return nil, err, code
end

---Makes the fake of pienv.archive over the fake's files.
---@param fs table
---@return table archive
function M.new(fs)
  return {
    write = function(...)
      return write(fs, ...)
    end,
    list = function(...)
      return list(fs, ...)
    end,
    extract = function(...)
      return extract(fs, ...)
    end,
  }
end

return M
