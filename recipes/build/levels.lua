-- x86-64 levels: what compilers call them, and what a compiler's own list of features says about them. Pure.

local M = {}

---What compilers call the CPU of a level. The first has no number with them.
---@param level integer
---@return string
function M.march(level)
  return level == 1 and "x86-64" or "x86-64-v" .. level
end

---The level that code may need which may use these features: one of a level is enough to die without it.
---@param features table<integer, string[]> some of what is new with each level
---@param has fun(name: string): boolean
---@return integer level 1 to 4
function M.of(features, has)
  for level = 4, 2, -1 do
    for _, name in ipairs(features[level]) do
      if has(name) then
        return level
      end
    end
  end
  return 1
end

return M
