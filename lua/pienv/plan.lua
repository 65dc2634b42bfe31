-- The graph of a run: one instance of every step, or one for every target, in an order in which they may run.
-- Pure: made from a recipe and a list of targets, so that it can be shown (-n) before anything is touched.

local M = {}

---@class pienv.instance
---@field id string "compile" or "compile[linux-x64-modern]"
---@field name string of the step
---@field step pienv.step
---@field target? table
---@field needs pienv.instance[]
---@field depth integer longest chain of needs below it

local function instances_of(name, step, targets)
  if step.per ~= "target" then
    return { { id = name, name = name, step = step, needs = {} } }
  end
  local list = {}
  for i, target in ipairs(targets) do
    list[i] = { id = name .. "[" .. target.id .. "]", name = name, step = step, target = target, needs = {} }
  end
  return list
end

-- A target's instance needs its own target's; everything else needs all.
local function connect(instance, needed)
  for _, other in ipairs(needed) do
    if not (instance.target and other.target) or instance.target == other.target then
      instance.needs[#instance.needs + 1] = other
    end
  end
end

local function depth_of(instance)
  if not instance.depth then
    instance.depth = 0
    for _, needed in ipairs(instance.needs) do
      instance.depth = math.max(instance.depth, depth_of(needed) + 1)
    end
  end
  return instance.depth
end

---Makes the plan.
---@param recipe pienv.recipe checked: no unknown needs, no cycles
---@param targets { id: string }[]
---@return pienv.instance[] in the order of depth, then of targets, then of names
function M.make(recipe, targets)
  local by_step, list, order = {}, {}, {}
  for name, step in pairs(recipe.steps) do
    by_step[name] = instances_of(name, step, targets)
  end
  for i, target in ipairs(targets) do
    order[target] = i
  end
  for name, instances in pairs(by_step) do
    for _, instance in ipairs(instances) do
      for _, needed in ipairs(recipe.steps[name].needs or {}) do
        connect(instance, by_step[needed])
      end
      list[#list + 1] = instance
    end
  end
  for _, instance in ipairs(list) do
    depth_of(instance)
  end
  table.sort(list, function(a, b)
    if a.depth ~= b.depth then
      return a.depth < b.depth
    elseif a.name ~= b.name then
      return a.name < b.name
    end
    return (order[a.target] or 0) < (order[b.target] or 0)
  end)
  return list
end

return M
