-- The fake's loader probe (pienv.fake): answers as the test says.

local M = {}

---Makes the fake of pienv.dlprobe.
---@param loads table<string, pienv.dlprobe.result> by absolute path; a file that is not in it loads
---@param record fun(...) takes what is done, for run.calls
---@return table dlprobe
function M.new(loads, record)
  return {
    run = function(path)
      record("dlprobe", path)
      return loads[path] or { class = "ok", seconds = 0 }
    end,
  }
end

return M
