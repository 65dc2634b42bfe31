-- The fake's locks (pienv.fake): taken and released in memory, both recorded in order.

local M = {}

local held_class = {}
held_class.__index = held_class

function held_class:release()
  if self.held then
    self.held = false
    self.record("unlock", self.file)
  end
end

held_class.__close = held_class.release

---Makes the fake of pienv.lock.
---@param record fun(call: string, file: string, mode?: string)
---@param holders table<string, pienv.lock.record> who holds which file for ever, by absolute path
---@return table lock
function M.new(record, holders)
  local real = require("pienv.lock")
  local lock = { describe = real.describe, waiting_text = real.waiting_text }
  function lock.acquire(file, options)
    options = options or {}
    record("lock", file, options.mode or "exclusive")
    local holder = holders[file]
    if not holder then
      return setmetatable({ file = file, record = record, held = true }, held_class)
    elseif options.timeout ~= 0 and options.waiting then
      options.waiting(holder, 2)
    end
    return nil, "lock " .. file .. ": " .. real.describe(holder), options.timeout == 0 and "EAGAIN" or "ETIMEDOUT"
  end
  function lock.try(file, options)
    return lock.acquire(file, { mode = options and options.mode, timeout = 0 })
  end
  function lock.holder(file)
    return holders[file]
  end
  return lock
end

return M
