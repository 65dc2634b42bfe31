-- The fake's search (pienv.fake): the same answers as pienv.search, from files in memory.

local M = {}

local function occurrences(text, needle, options)
  local found, at = { count = 0, offsets = {}, after = options.after and {} or nil }, 1
  while true do
    local first, last = text:find(needle, at, true)
    if not first then
      return found
    elseif options.word_end and text:find("^[%w_]", last + 1) then
      at = first + 1
    else
      found.count, at = found.count + 1, last + 1
      if found.count <= (options.limit or 16) then
        found.offsets[found.count] = first - 1
        if options.after then
          found.after[found.count] = text:sub(last + 1, last + options.after)
        end
      end
    end
  end
end

---Makes the fake of pienv.search.
---@param fs table the fake's files
---@return table search
function M.new(fs)
  return {
    file = function(path, needles, options)
      local text = fs.read(path)
      if not text then
        return nil, "search " .. path .. ": No such file or directory", "ENOENT"
      end
      local found = {}
      for i, needle in ipairs(needles) do
        found[i] = occurrences(text, needle, options or {})
      end
      return found
    end,
  }
end

return M
