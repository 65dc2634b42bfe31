-- "did you mean": the nearest name by edit distance.

local M = {}

-- Edits (insert, delete, replace, swap of neighbours) that turn a into b.
local function distance(a, b)
  local before, previous = nil, {}
  for j = 0, #b do
    previous[j] = j
  end
  for i = 1, #a do
    local row = { [0] = i }
    for j = 1, #b do
      local same = a:byte(i) == b:byte(j)
      row[j] = math.min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (same and 0 or 1))
      if before and i > 1 and j > 1 and a:byte(i) == b:byte(j - 1) and a:byte(i - 1) == b:byte(j) then
        row[j] = math.min(row[j], before[j - 2] + 1)
      end
    end
    before, previous = previous, row
  end
  return previous[#b]
end

---Finds the name most like `name`; nil when none is like it (more than a third of its letters differ).
---@param name any
---@param names table<any, any> a list of names, or a table whose keys are the names
---@return string?
function M.closest(name, names)
  local best, best_distance
  local function try(candidate)
    -- It takes at least as many edits as the lengths differ by: a name of any length costs no time.
    if math.abs(#name - #candidate) > math.max(1, #name // 3) then
      return
    end
    local d = distance(name:lower(), candidate:lower())
    local nearer = not best_distance or d < best_distance or d == best_distance and candidate < best
    if d <= math.max(1, #name // 3) and nearer then
      best, best_distance = candidate, d
    end
  end
  if type(name) ~= "string" then
    return nil
  end
  for key, value in pairs(names) do
    local candidate = type(key) == "number" and value or key
    if type(candidate) == "string" and candidate ~= name then
      try(candidate)
    end
  end
  return best
end

return M
