-- The graph of a run: one instance of every step, or one for every target, in an order in which they may run.
-- Pure: made from a recipe and a list of targets, so that it can be shown (-n) before anything is touched.

local schema = require("pienv.schema")

local M = {}

---@class pienv.instance
---@field id string "compile" or "compile[linux-x64-modern]"
---@field name string of the step
---@field step pienv.step
---@field target? table
---@field needs pienv.instance[]
---@field depth? integer longest chain of needs below it; where it needs anything

-- What steps without needs share.
local NONE = {}

-- Four fields where that is enough: a table with a fifth takes twice the room, and there may be ten thousand.
local function new_instance(id, name, step, target)
  local needs = step.needs and step.needs[1] and {} or NONE
  if needs == NONE and not target then
    return { id = id, name = name, step = step, needs = NONE }
  end
  return { id = id, name = name, step = step, target = target, needs = needs, depth = -1 }
end

local function instances_of(name, step, targets)
  if step.per ~= "target" then
    return { new_instance(name, name, step) }
  end
  local list = {}
  for i, target in ipairs(targets) do
    list[i] = new_instance(name .. "[" .. target.id .. "]", name, step, target)
  end
  return list
end

-- A target's instance needs its own target's (the `at`-th of each per-target step); everything else needs all.
local function connect(instance, at, needed)
  if instance.target and needed[at] and needed[at].target then
    instance.needs[#instance.needs + 1] = needed[at]
    return
  end
  table.move(needed, 1, #needed, #instance.needs + 1, instance.needs)
end

local function depth_of(instance)
  if instance.needs == NONE then
    return 0
  elseif instance.depth < 0 then
    instance.depth = 0
    for _, needed in ipairs(instance.needs) do
      instance.depth = math.max(instance.depth, depth_of(needed) + 1)
    end
  end
  return instance.depth
end

-- In the order of depth; within one the order stays.
local function by_depth(list)
  local levels, deepest, sorted = {}, -1, {}
  for _, instance in ipairs(list) do
    local depth = depth_of(instance)
    levels[depth] = levels[depth] or {}
    table.insert(levels[depth], instance)
    deepest = math.max(deepest, depth)
  end
  for depth = 0, deepest do
    table.move(levels[depth], 1, #levels[depth], #sorted + 1, sorted)
  end
  return sorted
end

-- Where no step needs another one or a target there is one depth; nil: there is such a step.
local function make_flat(recipe, names)
  local list = {}
  for i = 1, #names do
    local name = names[i]
    local step = recipe.steps[name]
    if step.needs or step.per then
      return nil
    end
    list[i] = { id = name, name = name, step = step, needs = NONE }
  end
  return list
end

---Makes the plan.
---@param recipe pienv.recipe checked: no unknown needs, no cycles
---@param targets { id: string }[]
---@return pienv.instance[] in the order of depth, then of names, then of targets
function M.make(recipe, targets)
  local by_step, list, names = {}, {}, schema.sorted(recipe.steps)
  local flat = make_flat(recipe, names)
  if flat then
    return flat
  end
  for _, name in ipairs(names) do
    by_step[name] = instances_of(name, recipe.steps[name], targets)
  end
  for _, name in ipairs(names) do
    for at, instance in ipairs(by_step[name]) do
      for _, needed in ipairs(recipe.steps[name].needs or NONE) do
        connect(instance, at, by_step[needed])
      end
      list[#list + 1] = instance
    end
  end
  return by_depth(list)
end

return M
