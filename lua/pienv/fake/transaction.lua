-- The fake's transactions (pienv.fake): staged in memory; commit writes all, in order.

local path = require("pienv.path")

local M = {}

---Makes the fake of pienv.transaction.
---@param fs table the fake's files
---@param root string
---@param on_commit fun()
---@return table transaction
function M.new(fs, root, on_commit)
  local function begin()
    local pending, tx = {}, {}
    function tx.copy(_, from, to, opts)
      local bytes, err, code = fs.read(path.absolute(from, root))
      if not bytes then
        return nil, err, code
      end
      return tx:write(to, bytes, opts)
    end
    function tx.write(_, to, bytes, opts)
      pending[#pending + 1] = { path.absolute(to, root), bytes, opts }
      return true
    end
    function tx.remove(_, name)
      pending[#pending + 1] = { path.absolute(name, root) }
      return true
    end
    function tx.commit()
      on_commit()
      for _, row in ipairs(pending) do
        local change = row[2] and fs.write or fs.remove
        change(table.unpack(row))
      end
      return true
    end
    function tx.rollback()
      pending = {}
    end
    return setmetatable(tx, { __close = tx.rollback })
  end
  return { begin = begin }
end

return M
