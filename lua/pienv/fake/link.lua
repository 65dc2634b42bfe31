-- The fake's links (pienv.fake): a file system in memory that shares no blocks.

local M = {}

local WRITABLE = 146 -- 0222

-- nil where the way will do.
local function objection(way, mode, wanted)
  if way == "reflink" then
    return { how = way, code = "EOPNOTSUPP", reason = "Operation not supported" }
  elseif way == "hardlink" and mode & WRITABLE ~= 0 then
    return { how = way, code = "EWRITABLE", reason = "the file may be written to" }
  elseif way == "hardlink" and mode ~= wanted then
    return { how = way, code = "EMODE", reason = "the file has another mode" }
  end
end

local function to_mode(mode)
  return type(mode) == "string" and tonumber(mode, 8) or mode
end

---Makes the fake of pienv.link.
---@param fs table the fake's files
---@param put fun(from: string, to: string, how: string, mode: integer) makes the new file
---@return table link
function M.new(fs, put)
  local link = {}
  function link.put(from, to, options)
    local bytes, stat, code = fs.read(from)
    if not bytes then
      return nil, stat, code
    elseif fs.stat(to) then
      return nil, "link " .. from .. " to " .. to .. ": File exists", "EEXIST"
    end
    local mode, passed = to_mode(stat.mode), {}
    local wanted = to_mode(options.mode or mode)
    for _, way in ipairs(options.ways) do
      local pass = objection(way, mode, wanted)
      if not pass then
        put(from, to, way, wanted)
        return { how = way, passed = passed }
      end
      passed[#passed + 1] = pass
    end
    local last = passed[#passed]
    return nil, "link " .. from .. " to " .. to .. ": " .. last.how .. ": " .. last.reason, last.code
  end
  return link
end

return M
